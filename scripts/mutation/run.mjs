// npm run mutation: changes the sources of the codecs one piece at a time, and says which changes no test notices.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../lib/workspace.mjs';
import { compareSurvivors, countMutants, formatList, parseList, survivorsOf } from './survivors.mjs';

const PACKAGES = ['bytes', 'uwsgi', 'fastcgi'];
const ALL_FILES = ['src/**/*.ts'];
/** Of a hundred mutants, how many the tests must notice at least. */
const LOWEST_SCORE = 90;

const USAGE = `Usage: npm run mutation -- [--package NAME]... [--file GLOB]... [--concurrency N] [--update]

Runs the tests of a codec against mutants of its sources: a mutant takes about a second. Exit code 1 when
fewer than ${LOWEST_SCORE} in a hundred are noticed, or one lives that packages/NAME/MUTANTS.md does not explain.

  --package NAME    of ${PACKAGES.join(', ')}; may be given several times. All of them unless given
  --file GLOB       only these sources, such as 'src/kinds/*.ts'; may be given several times
  --concurrency N   so many at once; ${defaultConcurrency()} here unless given
  --update          write what lives into MUTANTS.md, for you to give the reasons, and take out what does not
  --help            this text
`;

function defaultConcurrency() {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * @param {string} name
 * @param {readonly string[]} files
 * @param {number} concurrency
 * @param {string} temp A folder that may be filled.
 */
function strykerOptions(name, files, concurrency, temp) {
  return {
    packageManager: 'pnpm',
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
    mutate: files.map((file) => `packages/${name}/${file}`),
    // The copy that the tests run in: no more than they need.
    ignorePatterns: [
      '**',
      `!packages/{bytes,${name}}/*.{json,md}`,
      `!packages/{bytes,${name}}/{src,test}/**`,
      '!packages/testkit/src/**',
      '!scripts/mutation/**',
      '!*.json',
    ],
    coverageAnalysis: 'perTest',
    disableTypeChecks: false,
    concurrency,
    // A thread for each mutant: most need no second collection of garbage.
    testRunnerNodeArgs: ['--max-semi-space-size=64'],
    // Endless loops are found by counting. What counting does not find may take its time on a machine that is busy.
    timeoutMS: 10_000,
    reporters: ['progress-append-only', 'json'],
    jsonReporter: { fileName: join(temp, 'report.json') },
    tempDirName: join(temp, 'copy'),
    cleanTempDir: 'always',
    allowConsoleColors: false,
  };
}

/**
 * @param {string} config
 * @param {string} name
 * @returns {Promise<number | null>} Its exit code.
 */
function stryker(config, name) {
  const program = join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const child = spawn(process.execPath, [program, 'run', config], {
    cwd: ROOT,
    env: { ...process.env, MUTATION_PACKAGE: name },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => child.kill());
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}

/**
 * @param {string} name
 * @param {readonly string[]} files
 * @param {number} concurrency
 * @returns {Promise<import('./survivors.mjs').MutationReport>}
 */
async function mutate(name, files, concurrency) {
  const temp = mkdtempSync(join(realpathSync(tmpdir()), 'gatewire-mutation-'));
  try {
    const config = join(temp, 'stryker.json');
    writeFileSync(config, JSON.stringify(strykerOptions(name, files, concurrency, temp)));
    const exitCode = await stryker(config, name);
    if (exitCode !== 0) throw new Error(`Stryker ended with exit code ${exitCode}`);
    return JSON.parse(readFileSync(join(temp, 'report.json'), 'utf8'));
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/**
 * @param {string} title
 * @param {readonly import('./survivors.mjs').Survivor[]} mutants
 */
function show(title, mutants) {
  if (mutants.length > 0) console.log(`\n${title}`);
  for (const { file, was, becomes } of mutants) console.log(`\n  ${file}\n  - ${was}\n  + ${becomes}`);
}

/**
 * @param {string} name
 * @param {readonly string[]} files
 * @param {number} concurrency
 * @param {boolean} update
 * @returns {Promise<boolean>} Whether all is well.
 */
async function checkPackage(name, files, concurrency, update) {
  const folder = `packages/${name}`;
  const list = join(ROOT, folder, 'MUTANTS.md');
  const start = performance.now();
  const report = await mutate(name, files, concurrency);
  const { all, detected, timedOut, survived, score } = countMutants(report);
  const rows = existsSync(list) ? parseList(readFileSync(list, 'utf8')) : [];
  // Rows of files that are not there any more are found when all of them are looked at.
  const looked =
    files === ALL_FILES
      ? rows.map(({ file }) => file)
      : Object.keys(report.files).map((path) => path.slice(folder.length + 1));
  const { fresh, gone, kept } = compareSurvivors(survivorsOf(report, folder), rows, looked);
  const unexplained = kept.filter(({ reason }) => reason === '');
  show('Live and are not in the list:', fresh);
  show('Are in the list without a reason:', unexplained);
  show('Are in the list and live no longer:', gone);
  if (update) {
    const added = fresh.map((survivor) => ({ ...survivor, reason: '' }));
    writeFileSync(list, formatList(name, [...kept, ...added]));
  }
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `\n${name}: ${all} mutants, ${detected} noticed (${timedOut} by never ending), ${survived} live, score ${score.toFixed(1)}, ${minutes} minutes\n`,
  );
  return score >= LOWEST_SCORE && fresh.length === 0 && unexplained.length === 0;
}

async function main() {
  const { values } = parseArgs({
    options: {
      package: { type: 'string', multiple: true, default: PACKAGES },
      file: { type: 'string', multiple: true, default: ALL_FILES },
      concurrency: { type: 'string', default: String(defaultConcurrency()) },
      update: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = values.package.find((name) => !PACKAGES.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`there is no package ${unknown}; there are ${PACKAGES.join(', ')}`);
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`--concurrency is ${values.concurrency}, expected a whole number from 1`);
  let well = true;
  for (const name of values.package)
    if (!(await checkPackage(name, values.file, concurrency, values.update))) well = false;
  return well ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`mutation: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
