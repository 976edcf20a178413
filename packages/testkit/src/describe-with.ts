import { describe, test } from 'vitest';
import { missingPrograms } from './programs.js';

/**
 * A `describe` for tests that start installed programs. When one is missing, one line says so and the suite counts as
 * skipped; where `CI` is set it fails instead, because there a silent skip would pass for a test that ran.
 *
 * @example
 * ```ts no-run
 * describeWith('nginx', 'behind nginx', () => {
 *   test('answers', async () => { ... });
 * });
 * ```
 */
export function describeWith(programs: string | readonly string[], title: string, body: () => void): void {
  const missing = missingPrograms(typeof programs === 'string' ? [programs] : programs);
  if (missing === null) {
    describe(title, body);
    return;
  }
  const line = `skipped: "${title}" needs ${missing}`;
  if (isCi()) {
    test(title, () => {
      throw new Error(`${line}; CI treats a skip as a failure`);
    });
    return;
  }
  // Not console.log: vitest prefixes and folds that, and this line has to be seen.
  process.stderr.write(`${line}\n`);
  describe.skip(title, body);
}

function isCi(): boolean {
  const ci = process.env['CI'] ?? '';
  return ci !== '' && ci !== '0' && ci !== 'false';
}
