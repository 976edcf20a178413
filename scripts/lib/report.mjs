import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './workspace.mjs';

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
 * Compares a text that a check has made with the committed file that holds it, or writes it there.
 * @param {string} path From the top folder.
 * @param {string} text
 * @param {boolean} update Write the file instead.
 * @returns {string[]} The lines that differ, `-` as committed and `+` as it is now; nothing when they are the same.
 */
export function compareWithFile(path, text, update) {
  const file = join(ROOT, path);
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (committed === text) return [];
  if (update) {
    writeFileSync(file, text);
    return [];
  }
  return [
    `${path} is not what it should be; see what changed with npm run check -- --update, and commit it`,
  ].concat(differences(committed, text));
}

/**
 * The lines that only one of two texts has.
 * @param {string} before
 * @param {string} after
 */
function differences(before, after) {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const lines = [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
  return lines.length > 40 ? [...lines.slice(0, 40), `and ${lines.length - 40} more`] : lines;
}

/**
 * Whether the module with this URL is the program that was started, and not imported by another.
 * @param {string} url
 */
export function isMain(url) {
  return process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === url;
}
