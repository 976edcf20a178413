// Which runtimes the packages are tested on, with what, and which tests are known to fail there.
import { compareWithFile, isMain, report } from '../lib/report.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} id For the command line.
 * @property {string} title
 * @property {string} alias Its folder among the installed ones.
 * @property {string} spec What npm installs there.
 * @property {readonly string[]} command Program, relative to its folder, and arguments before those of the test runner.
 * @property {string} says What the program has to call itself in `process.versions`.
 *
 * @typedef {object} Suite
 * @property {string} id
 * @property {string} title
 * @property {readonly string[]} folders
 *
 * @typedef {object} Known A test that fails on a runtime.
 * @property {readonly string[]} runtimes
 * @property {string} file
 * @property {RegExp} [test] Matches `file > describe > test`; without it, any of the file.
 * @property {string} reason For the users.
 */

const NODE = `node-${process.platform}-${process.arch}`;

/**
 * @param {number} major
 * @param {string} version
 * @returns {Runtime}
 */
function node(major, version) {
  const alias = `node-${major}`;
  return {
    id: `node${major}`,
    title: `Node ${major}`,
    alias,
    spec: `npm:${NODE}@${version}`,
    command: ['bin/node'],
    says: 'node',
  };
}

/** Renewed by hand, with the other pins: see CONTRIBUTING.md. @type {readonly Runtime[]} */
export const RUNTIMES = [
  node(20, '20.19.0'),
  node(22, '22.23.3'),
  node(24, '24.21.0'),
  node(26, '26.10.0'),
  { id: 'bun', title: 'Bun', alias: 'bun', spec: '1.4.5', command: ['bin/bun.exe', '--bun'], says: 'bun' },
  {
    id: 'deno',
    title: 'Deno',
    alias: 'deno',
    spec: '2.9.6',
    command: ['../.bin/deno', 'run', '-A', '--node-modules-dir=manual'],
    says: 'deno',
  },
];

/** @type {readonly Suite[]} */
export const SUITES = [
  {
    id: 'codecs',
    title: 'codecs, environ, interfaces',
    folders: ['packages/uwsgi', 'packages/fastcgi', 'packages/environ', 'packages/interfaces'],
  },
  { id: 'server', title: 'server', folders: ['packages/server'] },
];

/** @type {readonly Known[]} */
export const KNOWN = [
  {
    runtimes: ['bun', 'deno'],
    file: 'packages/fastcgi/test/memory.test.ts',
    reason:
      'the tests that measure memory ask for what only Node tells: a collector on demand and bytes outside of the heap.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/interfaces/test/lint/wsgi.test.ts',
    test: /a body that nobody reads or closes/,
    reason: 'the same of the test that a forgotten body is reported when it is collected.',
  },
  {
    runtimes: ['bun', 'deno'],
    file: 'packages/server/test/accept-queue.test.ts',
    reason:
      'connections that the kernel has taken and the server has not yet are reset when it closes; Node answers them. In Bun those of HTTP only.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/lifecycle.test.ts',
    test: /close > over HTTP too/,
    reason:
      'when an HTTP listener closes, a connection on which nothing was asked stays open; `close` is done all the same.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/bad-input.test.ts',
    test: /a byte now and then/,
    reason:
      'a socket that was destroyed still says that it has ended: on a request that was given up for its time a second line is logged.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/fastcgi.test.ts',
    test: /a silent one is closed at the limit/,
    reason: 'the same of a FastCGI connection that was given up.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/streams.test.ts',
    test: /a slow application holds the sender/,
    reason:
      'a test asks how much its own socket has not sent yet, and Bun says so differently. A slow application does hold the sender.',
  },
  {
    runtimes: ['deno'],
    file: 'packages/server/test/asgi.test.ts',
    test: /over HTTP > http\.disconnect comes when the response is complete/,
    reason:
      'over HTTP, of several `receive` calls that wait before the response, the first gets `http.disconnect` too; one after the other is right.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/slow-receiver.test.ts',
    test: /is given up when nobody takes it/,
    reason:
      'over uwsgi and FastCGI `bodyTimeout` does not see that nobody takes a response: a socket says that all has left. It is kept until the client goes.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/slow-receiver.test.ts',
    test: /a peer that asks and does not read/,
    reason:
      'a FastCGI peer that asks for values by the million and reads no answer is cut off; elsewhere it has to wait.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/conversations.test.ts',
    test: /over HTTP > an answer before the body was read/,
    reason:
      'over HTTP an answer that is given before the body was read can be lost when the client goes on sending.',
  },
  {
    runtimes: ['deno'],
    file: 'packages/server/test/slow-receiver.test.ts',
    test: /one that moves is not given up/,
    reason:
      '`bodyTimeout` is for a whole piece of a response and not from one part of it to the next: a slow receiver of a large piece is given up.',
  },
  {
    runtimes: ['bun', 'deno'],
    file: 'packages/server/test/expect.test.ts',
    test: /asked for nothing|asks for nothing|no 100 behind the head/,
    reason:
      'over HTTP, a response to a client that still holds its body back (`Expect: 100-continue`) does not say that the connection ends.',
  },
  {
    runtimes: ['deno'],
    file: 'packages/server/test/close-idle.test.ts',
    test: /a request that the kernel had before close/,
    reason: 'a request that came on a kept FastCGI connection just before `close` is not answered.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/gone.test.ts',
    test: /an application that hangs: .* > http, /,
    reason:
      'the test counts the connections of an HTTP listener, which Bun does not show. That the client has gone is not told by these tests there.',
  },
  {
    runtimes: ['bun'],
    file: 'packages/server/test/accept-errors.test.ts',
    reason: 'the test hands an error to each listener; that of HTTP does not pass it on.',
  },
];

/**
 * Why a test may fail on a runtime, or `null` when it may not.
 * @param {Runtime} runtime
 * @param {string} test Its file and titles, joined by ` > `; the file alone when it cannot be loaded.
 */
export function knownFailure(runtime, test) {
  return (
    KNOWN.find(
      (known) =>
        known.runtimes.includes(runtime.id) &&
        test.startsWith(known.file) &&
        (known.test === undefined || known.test.test(test)),
    ) ?? null
  );
}

/**
 * What is known to fail in a suite on a runtime.
 * @param {Runtime} runtime
 * @param {Suite} suite
 */
export function knownFailures(runtime, suite) {
  return KNOWN.filter(
    ({ runtimes, file }) =>
      runtimes.includes(runtime.id) && suite.folders.some((folder) => file.startsWith(`${folder}/`)),
  );
}

/** @returns {string} docs/runtimes.md */
export function runtimesPage() {
  /** @type {readonly (readonly string[])[]} */
  const rows = [
    ['runtime', 'version', ...SUITES.map(({ title }) => title)],
    ...RUNTIMES.map((runtime) => [
      runtime.title,
      runtime.spec.replace(/^.*@/, ''),
      ...SUITES.map((suite) => {
        const { length } = knownFailures(runtime, suite);
        return length === 0 ? 'passes' : `passes, but for ${length} of the points below`;
      }),
    ]),
    ['Chromium', 'as installed', 'every fixture replays', 'no sockets'],
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  /** @param {readonly string[]} row */
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  const titles = (/** @type {Known} */ { runtimes }) =>
    RUNTIMES.filter(({ id }) => runtimes.includes(id))
      .map(({ title }) => title)
      .join(' and ');
  return `# Runtimes

\`npm run test:runtimes\` packs the packages, installs the runtimes below from npm and runs the tests of the packages on each,
against what was packed. It fails when a test fails that is not named here, so this page is what it found. Written by
\`npm run check -- --update\` from \`scripts/runtimes/table.mjs\`.

${[head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')}

The tests that talk to web servers and applications run on the Node that \`npm test\` is started with.

## What fails, and why

${KNOWN.map((known) => `- **${titles(known)}**: ${known.reason}`).join('\n')}
`;
}

if (isMain(import.meta.url)) {
  const update = process.argv.includes('--update');
  report(compareWithFile('docs/runtimes.md', runtimesPage(), update), 'docs/runtimes.md says what is tested');
}
