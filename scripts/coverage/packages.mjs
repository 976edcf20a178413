/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {readonly string[]} sources Folders that are judged.
 * @property {string} tests Folder with its own tests.
 * @property {number} lines Least percentage.
 * @property {number} branches Least percentage.
 */

/** @param {string} name @param {number} least @returns {Subject} */
const inPackages = (name, least) => ({
  name,
  sources: [`packages/${name}/src`],
  tests: `packages/${name}/`,
  lines: least,
  branches: least,
});

/**
 * What is judged. Not what runs only to test or to record: `packages/testkit`, `benchmarks`, `fixtures/capture` and the demo. A
 * mistake in those shows as a test that fails, and what they do depends on which programs are installed.
 * @type {readonly Subject[]}
 */
export const SUBJECTS = [
  inPackages('bytes', 100),
  inPackages('uwsgi', 100),
  inPackages('fastcgi', 100),
  inPackages('interfaces', 95),
  inPackages('environ', 95),
  inPackages('server', 95),
  inPackages('gatewire', 95),
  {
    name: 'fixtures',
    sources: ['fixtures/src', 'fixtures/fuzz'],
    tests: 'fixtures/',
    lines: 95,
    branches: 95,
  },
];
