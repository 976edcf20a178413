import { pathToFileURL } from 'node:url';

/**
 * Prints what a check found, a line each, and sets the exit code. `summary` is printed when nothing was found.
 * @param {readonly string[]} violations
 * @param {string} summary
 */
export function report(violations, summary) {
  for (const violation of violations) console.error(violation);
  if (violations.length === 0) console.log(summary);
  else process.exitCode = 1;
}

/**
 * Whether the module with this URL is the program that was started, and not imported by another.
 * @param {string} url
 */
export function isMain(url) {
  return process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === url;
}
