import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { CASES } from './cases.js';
import { formatMemory, growth, runMemory, STREAMS } from './memory.js';
import { print, runCommand } from './main.js';
import { formatProfiles } from './profile.js';
import type { Profile } from './profile.js';
import { MISSED_CASES } from './report/missed.js';
import { Progress } from './progress.js';
import { pinned, profilePeer } from './runner.js';
import { runCase } from './run.js';
import type { CaseResult, Plan } from './run.js';
import { saveResults, today } from './report/results.js';
import { saveProfiles, writeReport } from './report.js';
import { formatResults } from './table.js';

const USAGE = `Usage: npm run bench -- [options]

Measures the codecs beside the programs a user could pick instead: about seven minutes, less than one with --quick.
What the tables mean and how it is done: benchmarks/README.md.

What to measure:
  --only REGEX   the cases whose name matches, such as uwsgi/decode or get-25; without it, all
  --quick        a tenth of the rounds, and without the requests of 5 and 100 variables: right to about a tenth
  --list         names the cases and their rows, and measures nothing

Instead of measuring rates:
  --memory       streams 1 GiB through each side of FastCGI (--quick: 64 MiB) and shows the memory in use; ends with 1
                 when it grew by more than 8 MB
  --profile      shows in which functions the first row of a case spends its time: of the cases that the targets name,
                 or of those of --only
  --charts       writes RESULTS.md, CLAIMS.md and the charts again from what was saved

What to do with the results:
  --json         writes them as JSON on stdout, rates in operations per second of CPU time
  --save         keeps them in benchmarks/results and writes RESULTS.md, CLAIMS.md and the charts: not with --only
  --help         this text
`;

const FULL: Plan = { rounds: 50, sliceMilliseconds: 40, warmUpMilliseconds: 500, warmUpRequests: 10_000 };
const QUICK: Plan = { rounds: 5, sliceMilliseconds: 20, warmUpMilliseconds: 100, warmUpRequests: 5_000 };

/** What --quick leaves out unless it is asked for: the same work on other requests. */
const NOT_QUICK = /get-(5|100)$/;

/** Seconds of work that are profiled, after as many to warm up. */
const PROFILE_SECONDS = 2;

/** Megabytes that the engine's own memory may take more. A kept chunk in sixteen would be 64 MB of 1 GiB. */
const MOST_GROWTH = 8;

const OPTIONS = {
  only: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
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
      cases
        .map(({ name, work, peers }) =>
          [`${name}: ${work}`, ...peers.map((p) => `  ${p.name}`), ''].join('\n'),
        )
        .join(''),
    );

  if (values.profile) return profile(values.only === '' ? MISSED_CASES : only, values);
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

/** Where the time goes in the first row of each case, when it is of this language. */
async function profile(only: RegExp, { save, json }: { save: boolean; json: boolean }): Promise<number> {
  const cases = CASES.filter(({ name, peers }) => only.test(name) && 'prepare' in peers[0]);
  if (cases.length === 0) throw new RangeError('no such case whose first row runs in this language');
  const shown = new Progress();
  const results: Profile[] = [];
  for (const [i, { name, peers }] of cases.entries()) {
    results.push(await profilePeer(name, peers[0].name, PROFILE_SECONDS));
    shown.show((i + 1) / cases.length, name);
  }
  shown.end();
  if (save) await saveProfiles('bench-profiles', 'npm run bench -- --profile', results);
  return print(json ? `${JSON.stringify(results, null, 2)}\n` : formatProfiles(results));
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
