import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { CASES } from './cases.js';
import { formatMemory, growth, runMemory, STREAMS } from './memory.js';
import { print, runCommand } from './main.js';
import { Progress } from './progress.js';
import { pinned } from './runner.js';
import { runCase } from './run.js';
import type { CaseResult, Plan } from './run.js';
import { saveResults, today } from './report/results.js';
import { writeReport } from './report.js';
import { formatResults } from './table.js';

const USAGE = `Usage: npm run bench -- [options]

Measures the codecs beside the programs a user could pick instead. Method and reading: benchmarks/README.md.

  --only REGEX   the cases whose name matches, such as uwsgi/decode or get-25
  --quick        a tenth of the rounds, and without the requests of 5 and 100 variables: right to about a tenth
  --memory       streams 1 GiB through each side of FastCGI instead (--quick: 64 MiB) and shows the memory in use;
                 ends with 1 when it grew by more than 8 MB
  --save         keeps the results in benchmarks/results and writes the pages and charts again
  --charts       measures nothing: writes RESULTS.md, CLAIMS.md and the charts from what bench, bench:e2e and
                 bench:growth have saved
  --json         the results as JSON on stdout, rates in operations per second of CPU time
  --list         names the cases and their peers and measures nothing
  --help         this text
`;

const FULL: Plan = { rounds: 50, sliceMilliseconds: 40, warmUpMilliseconds: 500, warmUpRequests: 10_000 };
const QUICK: Plan = { rounds: 5, sliceMilliseconds: 20, warmUpMilliseconds: 100, warmUpRequests: 2_000 };

/** What --quick leaves out unless it is asked for: the same work on other requests. */
const NOT_QUICK = /get-(5|100)$/;

/** Megabytes that the engine's own memory may take more. A kept chunk in sixteen would be 64 MB of 1 GiB. */
const MOST_GROWTH = 8;

const OPTIONS = {
  only: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  memory: { type: 'boolean', default: false },
  save: { type: 'boolean', default: false },
  charts: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const only = new RegExp(values.only);
  const cases = CASES.filter(
    ({ name }) => only.test(name) && !(values.quick && values.only === '' && NOT_QUICK.test(name)),
  );
  if (values.help) return print(USAGE);
  if (values.charts) return print(`${(await writeReport()).join('\n')}\n`);
  if (values.save && values.only !== '') throw new RangeError('--save keeps all results: without --only');
  if (values.memory) return memory(values.quick ? 64 : 1024, values.json);
  if (cases.length === 0) throw new RangeError(`no case matches ${values.only}; --list names them`);
  if (values.list)
    return print(
      cases.map(({ name, peers }) => [name, ...peers.map((p) => `  ${p.name}`), ''].join('\n')).join(''),
    );

  const plan = values.quick ? QUICK : FULL;
  const slices = cases.reduce((sum, { peers }) => sum + peers.length, 0) * plan.rounds;
  const shown = new Progress();
  const results: CaseResult[] = [];
  let done = 0;
  for (const subject of cases) {
    const before = done;
    const progress = (round: number): void => {
      done = before + round * subject.peers.length;
      shown.show(done / slices, subject.name);
    };
    const result = await runCase(subject, plan, progress);
    if (result !== null) results.push(result);
  }
  shown.end();
  if (values.save) {
    saveResults('bench', {
      command: values.quick ? 'npm run bench -- --quick' : 'npm run bench',
      ...whereAndHow(plan),
      date: today(),
      results,
    });
    await writeReport();
  }
  const machine = { node: process.version, processor: cpus()[0]?.model ?? 'unknown', pinned, ...plan };
  return print(
    values.json ? JSON.stringify({ ...machine, results }, null, 2) + '\n' : describe(plan, results),
  );
}

function memory(mebibytes: number, json: boolean): number {
  const results = STREAMS.map((stream) => runMemory(stream, mebibytes));
  print(json ? JSON.stringify(results, null, 2) + '\n' : formatMemory(results));
  return results.every((result) => growth(result) <= MOST_GROWTH) ? 0 : 1;
}

function describe(plan: Plan, results: readonly CaseResult[]): string {
  const { machine, how } = whereAndHow(plan);
  return `${formatResults(results)}\n${machine}; ${how}.\n`;
}

function whereAndHow({ rounds, sliceMilliseconds }: Plan): { machine: string; how: string } {
  const where = pinned ? 'pinned to one processor' : 'not pinned';
  return {
    machine: `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown'}, ${where}`,
    how: `${rounds} rounds of ${sliceMilliseconds} ms slices; medians; time is CPU time`,
  };
}

runCommand('bench', main);
