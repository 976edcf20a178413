/**
 * How the cost of `work(n)` grows with `n`: the exponent of the power that fits best, about 1 for linear work and 2 for
 * quadratic. CPU time, the best of several runs per size, so that a busy machine changes it little. No time is judged,
 * only how times compare.
 *
 * `work` is prepared once per size: `prepare(n)` returns what is measured.
 */
export function growthExponent(sizes: readonly number[], prepare: (size: number) => () => unknown): number {
  const points = sizes.map((size) => {
    const work = prepare(size);
    work();
    return [Math.log(size), Math.log(bestTime(work))] as const;
  });
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2));
}

const RUNS = 7;
/** Work shorter than this is repeated: the clock of the process is not finer. */
const LEAST_MICROSECONDS = 3000;

function bestTime(work: () => unknown): number {
  let best = Infinity;
  let repeat = 1;
  for (let run = 0; run < RUNS; run++) {
    let spent = timed(work, repeat);
    while (spent < LEAST_MICROSECONDS) {
      repeat *= 2;
      spent = timed(work, repeat);
    }
    best = Math.min(best, spent / repeat);
  }
  return best;
}

function timed(work: () => unknown, repeat: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < repeat; i++) work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
