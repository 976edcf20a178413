/** A worker that has lived as long as this, in milliseconds, was in order. */
export const LIVED_MS = 10_000;

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before a worker that died is started again, in milliseconds: not at all when it had lived, else one
 * second, doubled each time up to thirty. `previousMs` is the wait before the one that died, 0 when there was none.
 */
export function restartDelay(previousMs: number, livedMs: number): number {
  if (livedMs >= LIVED_MS) return 0;
  return previousMs === 0 ? FIRST_MS : Math.min(LONGEST_MS, 2 * previousMs);
}
