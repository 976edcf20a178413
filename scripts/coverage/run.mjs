// npm run coverage: runs the tests, and says which lines and branches of each package they reach, also in the programs that
// they start.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../lib/workspace.mjs';
import { addCoverage, readChildren } from './merge.mjs';
import { SUBJECTS } from './packages.mjs';
import { percentage, ranges, summarise } from './summary.mjs';

/** @typedef {import('./packages.mjs').Subject} Subject @typedef {import('./summary.mjs').FileSummary} FileSummary */

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const RESULT = join(ROOT, 'coverage', 'coverage.json');

const USAGE = `Usage: npm run coverage -- [--only PACKAGE]... [--all]

Runs the tests, and prints how many of each package's lines and branches they reach; the programs that the tests start
count too, unless a signal ends them at once. Below the threshold of a package: what is not reached in each of its files,
and exit code 1. The same for machines, for every file: coverage/coverage.json.

  --only PACKAGE  this package, by its own tests alone; may be given several times
  --all           what is not reached in every file, whatever the threshold
  --help          this text

Packages: ${SUBJECTS.map(({ name, lines }) => `${name} (${lines} %)`).join(', ')}
`;

/**
 * @param {readonly Subject[]} subjects
 * @param {readonly string[]} filters Folders with tests; all when there is none.
 * @param {string} folder For what it leaves behind.
 * @returns {Promise<boolean>} Whether the tests passed.
 */
function runTests(subjects, filters, folder) {
  const sources = subjects.flatMap((subject) => subject.sources).map((path) => `${path}/**/*.ts`);
  const args = ['run', '--config', join(ROOT, 'scripts', 'coverage', 'vitest.config.ts')];
  const reports = `--coverage.reportsDirectory=${join(folder, 'runner')}`;
  const child = spawn(process.execPath, [VITEST, ...args, reports, ...filters], {
    cwd: ROOT,
    env: {
      ...process.env,
      GATEWIRE_COVERAGE: join(folder, 'children'),
      GATEWIRE_COVERAGE_SOURCES: sources.join(','),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // What ends this script ends the tests; then what is in `folder` is removed as always.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

/**
 * @param {string} folder
 * @returns {Promise<FileSummary[]>}
 */
async function collect(folder) {
  const file = join(folder, 'runner', 'coverage-final.json');
  if (!existsSync(file)) throw new Error('the test runner left no coverage');
  /** @type {import('./merge.mjs').Coverage} */
  const coverage = JSON.parse(readFileSync(file, 'utf8'));
  const { programs, coverages } = await readChildren(join(folder, 'children'));
  console.log(`${programs} programs that the tests started have told what they ran`);
  for (const other of coverages)
    for (const [path, found] of Object.entries(other)) {
      const base = coverage[path];
      if (base !== undefined) addCoverage(base, found);
    }
  return Object.entries(coverage)
    .map(([path, found]) => summarise(relative(ROOT, path).replaceAll('\\', '/'), found))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * @param {Subject} subject
 * @param {readonly FileSummary[]} all
 */
function judge({ name, sources, lines, branches }, all) {
  const files = all.filter(({ path }) => sources.some((source) => path.startsWith(`${source}/`)));
  const found = { lines: percentage(files, 'lines'), branches: percentage(files, 'branches') };
  const ok = files.length > 0 && found.lines >= lines && found.branches >= branches;
  return { name, ok, least: { lines, branches }, ...found, files };
}

/** @typedef {ReturnType<typeof judge>} Result */

/** @param {readonly Result[]} results @param {boolean} all */
function show(results, all) {
  console.log(
    `\n${'package'.padEnd(12)}${'lines'.padStart(9)}${'branches'.padStart(10)}${'least'.padStart(7)}`,
  );
  for (const { name, ok, lines, branches, least } of results)
    console.log(
      `${name.padEnd(12)}${lines.toFixed(2).padStart(9)}${branches.toFixed(2).padStart(10)}${`${least.lines}`.padStart(7)}  ${ok ? 'ok' : 'FAILED'}`,
    );
  for (const { name, ok, files } of results) {
    const lacking = files.filter((file) => file.uncoveredLines.length + file.uncoveredBranches.length > 0);
    if ((ok && !all) || lacking.length === 0) continue;
    console.log(`\n${name}: not reached`);
    for (const { path, uncoveredLines, uncoveredBranches } of lacking) {
      const parts = [
        uncoveredLines.length > 0 ? `lines ${ranges(uncoveredLines)}` : '',
        uncoveredBranches.length > 0 ? `branches on ${ranges(uncoveredBranches)}` : '',
      ];
      console.log(`  ${path}: ${parts.filter((part) => part !== '').join('; ')}`);
    }
  }
}

/** @param {readonly string[] | undefined} names @returns {readonly Subject[]} */
function chosen(names) {
  const unknown = names?.find((name) => !SUBJECTS.some((subject) => subject.name === name));
  if (unknown !== undefined)
    throw new RangeError(`there is no ${unknown}; there are ${SUBJECTS.map(({ name }) => name).join(', ')}`);
  return SUBJECTS.filter(({ name }) => names === undefined || names.includes(name));
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return true;
  }
  const subjects = chosen(values.only);
  const folder = mkdtempSync(join(tmpdir(), 'gatewire-coverage-'));
  try {
    mkdirSync(join(folder, 'children'));
    const filters = values.only === undefined ? [] : subjects.map(({ tests }) => tests);
    const passed = await runTests(subjects, filters, folder);
    const files = await collect(folder);
    const results = subjects.map((subject) => judge(subject, files));
    show(results, values.all);
    mkdirSync(dirname(RESULT), { recursive: true });
    writeFileSync(RESULT, `${JSON.stringify({ passed, packages: results }, null, 1)}\n`);
    if (!passed) console.log('\nTests have failed: see above');
    return passed && results.every(({ ok }) => ok);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`coverage: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
