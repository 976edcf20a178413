// npm run check: everything that must hold besides the tests. A line per check; what a check printed only if it
// failed, and notes.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './lib/run.mjs';
import { runSteps, selectSteps } from './lib/steps.mjs';
import { ROOT } from './lib/workspace.mjs';

/** @param {string} name */
const script = (name) => [process.execPath, join(ROOT, 'scripts', name)];
/** @param {string} path */
const tool = (path) => [process.execPath, join(ROOT, 'node_modules', path)];

/** Long ones first, so that two at once end at about the same time. */
// prettier-ignore
const STEPS = /** @type {readonly import('./lib/steps.mjs').Step[]} */ ([
  { name: 'build',      command: script('build.mjs') },
  { name: 'types',      command: script('types.mjs') },
  { name: 'lint',       command: [...tool('eslint/bin/eslint.js'), '.', '--max-warnings=0'] },
  { name: 'pack',       command: script('pack.mjs'), after: ['build'] },
  { name: 'consumer',   command: script('consumer.mjs'), after: ['pack'] },
  { name: 'tarballs',   command: script('tarballs.mjs'), after: ['pack'] },
  { name: 'api',        command: script('api.mjs'), after: ['build'], updates: true },
  { name: 'docs',       command: script('docs.mjs') },
  { name: 'release',    command: script('release.mjs'), after: ['build'] },
  { name: 'format',     command: [...tool('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'] },
  { name: 'sizes',      command: script('size-rules.mjs'), updates: true },
  { name: 'licences',   command: script('runtime-tree.mjs'), updates: true },
  { name: 'imports',    command: script('import-graph.mjs') },
  { name: 'runtimes',   command: script('runtimes/table.mjs'), updates: true },
  { name: 'changesets', command: script('changesets.mjs') },
  { name: 'words',      command: script('words.mjs') },
]);

const UPDATING = STEPS.filter(({ updates }) => updates).map(({ name }) => name);

const USAGE = `Usage: npm run check -- [--only NAME]... [--update]

Runs every check and goes on after a failure. Exit code 1 when any has failed.

  --only NAME   this check and what it needs; may be given several times
  --update      write the files that hold a result (of ${UPDATING.join(', ')}) instead of comparing them
  --help        this text

Checks: ${STEPS.map(({ name }) => name).join(', ')}
`;

/** @param {import('./lib/steps.mjs').StepResult} result */
function show({ name, ok, seconds, output }) {
  console.log(`${name.padEnd(12)}${ok ? 'ok    ' : 'FAILED'}${seconds.toFixed(1).padStart(7)} s`);
  const lines = ok ? output.split('\n').filter((line) => line.startsWith('note: ')) : [output.trimEnd()];
  for (const line of lines) console.log(line.replace(/^/gm, '    '));
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      update: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const names = values.only ?? (values.update ? UPDATING : STEPS.map(({ name }) => name));
  const steps = selectSteps(STEPS, names).map((step) =>
    values.update && step.updates ? { ...step, command: [...step.command, '--update'] } : step,
  );
  const results = await runSteps(steps, 2, run, show);
  const failed = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failed} checks passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`check: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
