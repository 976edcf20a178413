/** Middle and spread of a list of numbers: half of them lie between `lower` and `upper`. */
export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** Quartiles by linear interpolation between the two nearest values. Throws RangeError without a value. */
export function quartiles(values: readonly number[]): Quartiles {
  if (values.length === 0) throw new RangeError('quartiles of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/**
 * How many times the rate of `theirs` the rate of `ours` is, formed inside each round and only then summarised: what
 * slows a whole round down (another program, a lower clock) divides out.
 */
export function ratio(ours: readonly number[], theirs: readonly number[]): Quartiles {
  if (ours.length !== theirs.length) throw new RangeError('both sides need a rate from every round');
  return quartiles(ours.map((rate, round) => rate / theirs[round]));
}

/** A copy of `items` in an order that only `random` (0 to 1, 1 excluded) decides. */
export function shuffled<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
