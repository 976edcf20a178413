// npm run test:runtimes: packs the packages, and runs their tests from the tarballs on other runtimes than the one at hand.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mustRun, run } from '../lib/run.mjs';
import { installTarballs } from '../lib/tarballs.mjs';
import { ROOT } from '../lib/workspace.mjs';
import { replayInChromium } from './chromium.mjs';
import { knownFailure, knownFailures, RUNTIMES, SUITES } from './table.mjs';

/** @typedef {import('./table.mjs').Runtime} Runtime @typedef {import('./table.mjs').Suite} Suite */

const CACHE = join(ROOT, 'node_modules', '.runtimes');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const SUITE_SECONDS = 400;

const USAGE = `Usage: npm run test:runtimes -- [--only RUNTIME]... [--suite SUITE]... [--keep-packed]

Runs the packages' tests, from their tarballs, on other runtimes. They are installed from npm, once.

  --only RUNTIME  ${[...RUNTIMES.map(({ id }) => id), 'chromium'].join(', ')}; may be given several times
  --suite SUITE   ${SUITES.map(({ id }) => id).join(', ')}; may be given several times
  --keep-packed   do not build and pack again
  --help          this text
`;

/** @param {readonly Runtime[]} runtimes */
async function installRuntimes(runtimes) {
  const dependencies = Object.fromEntries(RUNTIMES.map(({ alias, spec }) => [alias, spec]));
  const wanted = JSON.stringify({ private: true, dependencies });
  const manifest = join(CACHE, 'package.json');
  const there = existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted;
  if (there && runtimes.every((runtime) => existsSync(commandOf(runtime)[0]))) return;
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(manifest, wanted);
  const install = ['npm', 'install', '--no-audit', '--no-package-lock', '--loglevel=error'];
  await mustRun(install, { cwd: CACHE, seconds: 600 });
}

/** @param {Runtime} runtime */
function commandOf({ alias, command }) {
  const [program, ...args] = command;
  return [join(CACHE, 'node_modules', alias, program ?? ''), ...args];
}

/**
 * @typedef {object} TestReport As vitest's `json` reporter writes it.
 * @property {{ name: string, status: string, message?: string, assertionResults: { ancestorTitles: string[], title: string, status: string, failureMessages?: string[] }[] }[]} testResults
 */

/**
 * @param {TestReport} report
 * @returns {{ passed: number, failed: Map<string, string> }} What failed, with the reason.
 */
function readReport({ testResults }) {
  /** @type {Map<string, string>} */
  const failed = new Map();
  let passed = 0;
  for (const { name, status, message = '', assertionResults } of testResults) {
    const file = name.slice(name.indexOf('packages/'));
    // A file that cannot be loaded has no failed test in it.
    if (status === 'failed' && assertionResults.length === 0) failed.set(file, message);
    for (const test of assertionResults) {
      if (test.status === 'passed') passed++;
      if (test.status === 'failed')
        failed.set([file, ...test.ancestorTitles, test.title].join(' > '), test.failureMessages?.[0] ?? '');
    }
  }
  return { passed, failed };
}

/**
 * @param {Runtime} runtime
 * @param {Suite} suite
 * @param {import('../lib/tarballs.mjs').Installed[]} installed
 * @param {string} folder
 * @returns {Promise<boolean>}
 */
async function runSuite(runtime, suite, installed, folder) {
  const command = commandOf(runtime);
  const expression = `console.log(process.versions[${JSON.stringify(runtime.says)}])`;
  const program = join(folder, 'version.cjs');
  writeFileSync(program, expression);
  const version = (await mustRun([...command, program])).trim();
  const report = join(folder, `${runtime.id}-${suite.id}.json`);
  const entries = installed.flatMap((subject) => subject.entries).filter((entry) => entry.startsWith('@'));
  const vitest = [VITEST, 'run', '--config', join(ROOT, 'scripts', 'runtimes', 'vitest.config.mjs')];
  const { ok: clean, output } = await run(
    [...command, ...vitest, '--reporter=json', `--outputFile=${report}`, ...suite.folders],
    {
      seconds: SUITE_SECONDS,
      env: {
        GATEWIRE_TARBALLS: join(folder, 'node_modules'),
        GATEWIRE_ENTRIES: JSON.stringify(entries),
        GATEWIRE_RUNTIME: `${runtime.says} ${version}`,
      },
    },
  );
  const head = `${`${runtime.title} ${version}`.padEnd(16)} ${suite.id.padEnd(9)}`;
  if (!existsSync(report)) {
    console.log(`${head} FAILED: no result\n${output}`);
    return false;
  }
  const { passed, failed } = readReport(JSON.parse(readFileSync(report, 'utf8')));
  const unknown = [...failed].filter(([test]) => knownFailure(runtime, test) === null);
  // An error outside of all tests fails the run, and no test.
  const ok = unknown.length === 0 && passed > 0 && (clean || failed.size > 0);
  if (!ok && unknown.length === 0) console.log(output);
  const known = failed.size - unknown.length;
  console.log(
    `${head} ${ok ? 'ok    ' : 'FAILED'} ${passed} passed, ${known} known to fail, ${unknown.length} others`,
  );
  for (const [test, message] of unknown) console.log(`    ${test}\n        ${message.split('\n')[0]}`);
  for (const entry of knownFailures(runtime, suite))
    if (![...failed.keys()].some((test) => knownFailure(runtime, test) === entry))
      console.log(`    note: ${entry.file} did not fail: ${entry.reason}`);
  return ok;
}

/** @param {string} modules @returns {Promise<boolean>} */
async function runChromium(modules) {
  const result = await replayInChromium(modules);
  if (result === null) {
    console.log(`${'Chromium'.padEnd(26)} skipped: it is not installed`);
    return !process.env['CI'];
  }
  const { count, failures, buffer } = result;
  const ok = count > 0 && failures.length === 0 && !buffer;
  console.log(
    `${'Chromium'.padEnd(16)} ${'replay'.padEnd(9)} ${ok ? 'ok    ' : 'FAILED'} ${count} fixtures, ${failures.length} failures`,
  );
  for (const failure of failures) console.log(`    ${failure}`);
  return ok;
}

/** @param {readonly string[] | undefined} names @param {readonly string[]} all */
function chosen(names, all) {
  const unknown = names?.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new RangeError(`there is no ${unknown}; there are ${all.join(', ')}`);
  return names ?? all;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      suite: { type: 'string', multiple: true },
      'keep-packed': { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return true;
  }
  const ids = chosen(values.only, [...RUNTIMES.map(({ id }) => id), 'chromium']);
  const suiteIds = chosen(
    values.suite,
    SUITES.map(({ id }) => id),
  );
  const runtimes = RUNTIMES.filter(({ id }) => ids.includes(id));
  const folder = mkdtempSync(join(tmpdir(), 'gatewire-runtimes-'));
  try {
    if (!values['keep-packed'])
      for (const name of ['build.mjs', 'pack.mjs'])
        await mustRun([process.execPath, join(ROOT, 'scripts', name)]);
    const installed = await installTarballs(join(folder, 'node_modules'));
    if (runtimes.length > 0) await installRuntimes(runtimes);
    let ok = true;
    for (const runtime of runtimes)
      for (const suite of SUITES.filter(({ id }) => suiteIds.includes(id)))
        ok = (await runSuite(runtime, suite, installed, folder)) && ok;
    if (ids.includes('chromium')) ok = (await runChromium(join(folder, 'node_modules'))) && ok;
    return ok;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`test:runtimes: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
