// fast-check in a hurry, for the runs against mutants: few draws, and no search for the smallest one that fails.
import * as real from '../../node_modules/fast-check/lib/fast-check.js';

export * from '../../node_modules/fast-check/lib/fast-check.js';

/** Draws for each property. What takes more of them to notice is better shown by a test with bytes in it. */
const RUNS = 10;

/** `fc.assert` with at most {@link RUNS} draws. */
function assert<T>(
  property: real.IRawProperty<T>,
  parameters: real.Parameters<T> = {},
): Promise<void> | void {
  const numRuns = Math.min(parameters.numRuns ?? RUNS, RUNS);
  return real.assert(property, { ...parameters, numRuns, endOnFailure: true });
}

export default { ...real, assert };
