import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { missingPrograms, nginxVersion } from '@gatewire/testkit/servers';
import { BACKENDS } from './e2e/backends.js';
import type { Backend, RunningBackend } from './e2e/backends.js';
import { startFront } from './e2e/front.js';
import { checkAnswers, CONNECTIONS, runScenario, SCENARIOS, separate } from './e2e/measure.js';
import type { Scenario, ScenarioResult, Target } from './e2e/measure.js';
import { formatScenario, formatTargets } from './e2e/table.js';
import { print, runCommand } from './main.js';
import { Progress } from './progress.js';
import { saveResults, today } from './report/results.js';
import { profileBackend } from './e2e/profile.js';
import { formatProfiles } from './profile.js';
import type { Profile } from './profile.js';
import { MISSED_BACKENDS } from './report/missed.js';
import { saveProfiles, writeReport } from './report.js';

const USAGE = `Usage: npm run bench:e2e -- [options]

Measures whole servers behind one nginx: requests per second, latency, and CPU time per request of the back end alone.
About eight minutes; needs nginx and wrk, and leaves out the back ends that are not installed. Back ends take turns, a
second each, in shuffled rounds. What the tables mean and how it is done: benchmarks/README.md.

What to measure:
  --only REGEX      the back ends whose name matches; without it, all
  --scenario REGEX  the scenarios whose name matches: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --rounds N        rounds of each scenario (default 12; --quick: 3)
  --quick           three rounds, hello only
  --no-build        gatewire as it was built last time; without it, npm run build comes first
  --list            names the back ends and measures nothing

Instead of measuring:
  --profile         shows in which functions gatewire, or the back ends of --only, spend their time under load

What to do with the results:
  --json            writes them as JSON on stdout
  --save            keeps them in benchmarks/results and writes RESULTS.md, CLAIMS.md and the charts: all results, so not
                    with --only, --scenario or --quick
  --help            this text
`;

const OPTIONS = {
  only: { type: 'string', default: '' },
  scenario: { type: 'string', default: '' },
  rounds: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  'no-build': { type: 'boolean', default: false },
  save: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Requests that warm a back end up. */
const WARM_UP = 20_000;

const BUILD = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return print(USAGE);
  if (values.save && (values.only !== '' || values.scenario !== '' || values.quick))
    throw new RangeError('--save keeps all results: without --only, --scenario and --quick');
  const only = new RegExp(values.only);
  const wanted = BACKENDS.filter(({ name }) => only.test(name));
  if (values.list)
    return print(
      wanted.map(({ name, pass }) => `${name} (${pass === 'http' ? 'proxy' : pass}_pass)\n`).join(''),
    );
  const pattern = new RegExp(values.scenario === '' && values.quick ? 'hello' : values.scenario);
  const scenarios = SCENARIOS.filter(({ name }) => pattern.test(name));
  const rounds = values.rounds === '' ? (values.quick ? 3 : 12) : Number(values.rounds);
  const missing = missingPrograms(['nginx', 'wrk']);
  if (missing !== null) throw new Error(`not installed: ${missing}`);
  const backends = wanted.filter(isInstalled);
  if (backends.length === 0 || scenarios.length === 0 || !(rounds > 0))
    throw new RangeError('nothing to measure: see --list, --scenario and --rounds in --help');
  if (!values['no-build']) build();
  if (values.profile) return profile(values.only === '' ? MISSED_BACKENDS : only, values);
  const results = await measureAll(backends, scenarios, rounds);
  const machine = `Node ${process.version}, nginx ${nginxVersion() ?? '?'}, ${cpus()[0]?.model ?? 'unknown'}`;
  const how = `${rounds} rounds of 1 s; ${CONNECTIONS} connections; medians`;
  if (values.save) {
    saveResults('e2e', { command: 'npm run bench:e2e', machine, how, date: today(), results });
    await writeReport();
  }
  if (values.json)
    return print(
      `${JSON.stringify({ machine, how, rounds, date: new Date().toISOString().slice(0, 10), results }, null, 2)}\n`,
    );
  return print([...results.map(formatScenario), formatTargets(results), `${machine}; ${how}.\n`].join('\n'));
}

/** Where the time goes in those of the back ends that run on node. */
async function profile(only: RegExp, { save, json }: { save: boolean; json: boolean }): Promise<number> {
  const backends = BACKENDS.filter(({ name }) => only.test(name) && /^gatewire|node:/.test(name));
  if (backends.length === 0) throw new RangeError('no such back end that runs on node');
  const shown = new Progress();
  const results: Profile[] = [];
  for (const [i, backend] of backends.entries()) {
    results.push(await profileBackend(backend));
    shown.show((i + 1) / backends.length, backend.name);
  }
  shown.end();
  if (save) await saveProfiles('e2e-profiles', 'npm run bench:e2e -- --profile', results);
  return print(json ? `${JSON.stringify(results, null, 2)}\n` : formatProfiles(results));
}

async function measureAll(
  backends: readonly Backend[],
  scenarios: readonly Scenario[],
  rounds: number,
): Promise<ScenarioResult[]> {
  const started: { backend: Backend; running: RunningBackend }[] = [];
  const progress = new Progress();
  try {
    for (const backend of backends) started.push({ backend, running: await backend.start() });
    const nginx = await startFront(started);
    try {
      const targets: Target[] = started.map((entry, i) => ({ ...entry, url: `${nginx.url}/${i}` }));
      await checkAnswers(targets, scenarios);
      const plan = { rounds, seconds: 1, warmUp: WARM_UP, prefix: separate(targets, nginx) };
      const results: ScenarioResult[] = [];
      for (const scenario of scenarios) {
        const all = targets.length * (rounds + 1);
        results.push(
          await runScenario(scenario, targets, nginx, plan, (done) =>
            progress.show((results.length + done / all) / scenarios.length, scenario.name),
          ),
        );
      }
      return results;
    } finally {
      await nginx.stop();
    }
  } finally {
    progress.end();
    await Promise.all(started.map(({ running }) => running.stop()));
  }
}

function isInstalled({ name, needs }: Backend): boolean {
  const missing = missingPrograms(needs);
  if (missing !== null) process.stderr.write(`left out: ${name} needs ${missing}\n`);
  return missing === null;
}

/** What users run is the built command. */
function build(): void {
  process.stderr.write('building\n');
  const { status } = spawnSync(process.execPath, [BUILD], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm run build failed; --no-build takes what was built before');
}

runCommand('bench:e2e', main);
