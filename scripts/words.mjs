// Looks for traces of somebody's machine in the files that git tracks: home folders, temporary checkouts, registries.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, report } from './lib/report.mjs';
import { ROOT } from './lib/workspace.mjs';

/** Paths are given as they stand at the start of a word: `/home` inside an URL's path is nobody's home. */
const TRACES = [
  { pattern: /(?<![\w.:/-])\/(home|Users)\/[a-z]\w*/, what: "a path in somebody's home folder" },
  { pattern: /(?<![\w.:/-])\/(root|work|workspace|shared)\//, what: 'a path on one machine' },
  { pattern: /file:\/\/\/\w/, what: 'a URL of a file on one machine' },
  { pattern: /^\s*(tarball|resolution):.*https?:/, what: 'a package pinned to one registry' },
  { pattern: /^(<<<<<<<|>>>>>>>) /, what: 'a merge conflict' },
];

/**
 * @param {string} path
 * @param {string} text
 * @returns {string[]} One line per trace.
 */
export function checkText(path, text) {
  return text
    .split('\n')
    .flatMap((line, index) =>
      TRACES.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${index + 1}: ${what}`),
    );
}

if (isMain(import.meta.url)) {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  // Recorded bytes are what they are, and the rules above would find themselves in their test.
  const paths = tracked.filter(
    (path) => path !== '' && !/\.bin$|\/checks\.test\.ts$/.test(path) && existsSync(join(ROOT, path)),
  );
  const violations = paths.flatMap((path) => checkText(path, readFileSync(join(ROOT, path), 'utf8')));
  report(violations, `${paths.length} files name no machine`);
}
