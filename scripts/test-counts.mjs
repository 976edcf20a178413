// Prints the test runner's counts from its JSON report, and fails when a test failed, was skipped or did not run.
import { existsSync, readFileSync } from 'node:fs';
import { isMain } from './lib/report.mjs';

/**
 * @typedef {object} TestReport As vitest's `json` reporter writes it.
 * @property {boolean} success
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests Skipped.
 * @property {number} numTodoTests
 *
 * @param {TestReport} report
 * @returns {{ line: string, ok: boolean }}
 */
export function countTests(report) {
  const skipped = report.numPendingTests + report.numTodoTests;
  const line = `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`;
  // A file that cannot be loaded has no failed test in it: then only `success` says so.
  return {
    line,
    ok: report.success && report.numPassedTests > 0 && report.numFailedTests === 0 && skipped === 0,
  };
}

if (isMain(import.meta.url)) {
  const path = process.argv[2] ?? '';
  if (existsSync(path)) {
    const { line, ok } = countTests(JSON.parse(readFileSync(path, 'utf8')));
    console.log(line);
    process.exitCode = ok ? 0 : 1;
  } else {
    console.error('the test runner left no report');
    console.log('0 passed, 0 failed, 0 skipped');
    process.exitCode = 1;
  }
}
