import { readFile, rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Site } from './harness.js';

let site: Site;

beforeEach(async () => {
  site = await Site.make();
});
afterEach(() => site.remove());

interface Line {
  readonly event: string;
  readonly target: string;
  readonly worker?: number;
  readonly pid: number;
}

async function linesOf(path: string): Promise<readonly Line[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
}

/** Asks until a line about it is in the file. */
async function askUntilIn(path: string, base: string): Promise<void> {
  const target = `/${Math.random()}`;
  do await (await fetch(`http://${base}${target}`, { headers: { Connection: 'close' } })).text();
  while (!(await linesOf(path).catch(() => [])).some((line) => line.target === target));
}

test.each([
  ['in one process', 1, []],
  ['in workers', 2, ['--workers', '2']],
])('USR1 opens the access log again, %s', async (_, processes, workers) => {
  const [log, old] = [site.path('access.log'), site.path('access.log.1')];
  const args = ['--http', ':0', '--access-log', log, '--log-format', 'json', ...workers];
  const served = await site.serve(args);
  const base = served.jsonAddress('http');
  await askUntilIn(log, base);
  await rename(log, old);
  await askUntilIn(old, base);
  served.signal('SIGUSR1');
  do await askUntilIn(log, base);
  while (new Set((await linesOf(log)).map((line) => line.pid)).size < processes);
  // Nobody writes to the old file any more.
  const before = (await linesOf(old)).length;
  for (let i = 0; i < 20; i++) await askUntilIn(log, base);
  expect(await linesOf(old)).toHaveLength(before);
});

test('workers append whole lines to one file, and say who they are', async () => {
  const log = site.path('access.log');
  const served = await site.serve([
    '--http',
    ':0',
    '--workers',
    '2',
    '--access-log',
    log,
    '--log-format',
    'json',
  ]);
  const base = served.jsonAddress('http');
  const targets = Array.from({ length: 400 }, (_, i) => `/${i}/${'x'.repeat(2000)}`);
  await Promise.all(targets.map(async (target) => (await fetch(`http://${base}${target}`)).text()));
  await served.program.stop();
  const lines = await linesOf(log);
  expect(lines.map((line) => line.target).sort()).toEqual([...targets].sort());
  const workers = new Map(lines.map((line) => [line.worker, line.pid]));
  expect([...workers.keys()].sort()).toEqual([1, 2]);
  expect(new Set([...workers.values(), served.program.pid]).size).toBe(3);
});
