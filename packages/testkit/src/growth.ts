/** A size, and what the work of that size cost. */
export type GrowthPoint = readonly [size: number, cost: number];

/**
 * How the cost of `work(n)` grows with `n`: the exponent of the power that fits best, about 1 for linear work and 2 for
 * quadratic. CPU time, the best of several runs per size, so that a busy machine changes it little. No time is judged,
 * only how times compare.
 *
 * `work` is prepared once per size: `prepare(n)` returns what is measured.
 */
export function growthExponent(sizes: readonly number[], prepare: (size: number) => () => unknown): number {
  return fitExponent(sizes.map((size) => [size, cpuMicros(prepare(size))]));
}

/** The exponent of the power of the size that fits the costs best. Sizes and costs are above 0. */
export function fitExponent(costs: readonly GrowthPoint[]): number {
  const points = costs.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2));
}

/** CPU time of `work` in microseconds: the best of several runs, after one that is not measured. */
export function cpuMicros(work: () => unknown): number {
  work();
  return bestTime(work);
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
