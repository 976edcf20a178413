import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { describeWith, findProgram, startProgram } from '@gatewire/testkit';
import type { RunningProgram } from '@gatewire/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLoad } from '../load.js';
import type { Load } from '../load.js';
import { killAll } from './kill.js';
import { Recipe } from './recipe.js';

let recipe: Recipe;

beforeEach(async () => {
  recipe = await Recipe.open('fastrouter');
});
afterEach(() => recipe.close());

const [FIRST, SECOND] = ['10.0.0.2:3031', '10.0.0.3:3031'] as const;

async function router(index: number): Promise<RunningProgram> {
  const ini = join(recipe.directory.path, 'fastrouter.ini');
  await writeFile(ini, recipe.block('ini', index));
  const program = await startProgram(findProgram('uwsgi') ?? 'uwsgi', ['--ini', 'fastrouter.ini'], {
    cwd: recipe.directory.path,
    ready: { output: /spawned uWSGI fastrouter 1 / },
  });
  return recipe.keep(program);
}

/** What the router says when a server has announced itself. */
function known(address: string): RegExp {
  return new RegExp(`example\\.com => new node: ${recipe.here(address).replaceAll('.', '\\.')}`);
}

/** Both servers behind the router and nginx, with a load on them. */
async function twoServers(): Promise<{
  readonly uwsgi: RunningProgram;
  readonly second: RunningProgram;
  readonly load: Load;
}> {
  const uwsgi = await router(0);
  await recipe.gatewire(0);
  const second = await recipe.gatewire(1);
  await uwsgi.waitForOutput(known(FIRST));
  await uwsgi.waitForOutput(known(SECOND));
  const { port } = await recipe.nginx(0);
  return { uwsgi, second, load: startLoad(port, 8, 'example.com') };
}

function status(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(
      { port, host: '127.0.0.1', headers: { Host: 'example.com' }, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', reject);
  });
}

describeWith(['nginx', 'uwsgi'], 'docs/recipes/fastrouter.md', () => {
  test('has the blocks that are tested here', () => {
    expect(['js', 'ini', 'sh', 'nginx'].map((language) => recipe.count(language))).toEqual([1, 2, 4, 1]);
  });

  test('two servers announce themselves: the load is spread over both; one stops, and no request fails', async () => {
    const { uwsgi, second, load } = await twoServers();
    await load.reached(2000);
    process.kill(second.pid, 'SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    await uwsgi.waitForOutput(/example\.com => (marking|removing|unsubscribing) /);
    await load.reached(load.answered + 1000);
    const { failures, bodies } = await load.stop();
    expect(failures).toEqual({});
    expect(Object.keys(bodies)).toHaveLength(4);
  });

  test('one is killed: the others still answer', async () => {
    const { second, load } = await twoServers();
    await load.reached(1000);
    await killAll(second.pid);
    await second.exited;
    const before = load.answered;
    await load.reached(before + 2000);
    const { failures } = await load.stop();
    // At most those that it was working on, one for each connection of the load.
    expect(Object.values(failures).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(8);
  });

  test('the last one withdraws: the router knows nobody', async () => {
    const uwsgi = await router(0);
    const first = await recipe.gatewire(0);
    await uwsgi.waitForOutput(known(FIRST));
    const { port } = await recipe.nginx(0);
    expect(await status(port)).toBe(200);
    await first.stop();
    expect(await status(port)).toBe(502);
  });
});

describeWith(['nginx', 'uwsgi', 'openssl'], 'docs/recipes/fastrouter.md: signed announcements', () => {
  test('a router takes those with the right key, and no others', async () => {
    for (const line of recipe.block('sh', 2).trim().split('\n')) {
      const [program, ...args] = line.split(' ');
      await (
        await startProgram(program, args, { cwd: recipe.directory.path })
      ).exited;
    }
    const uwsgi = await router(1);
    const { port } = await recipe.nginx(0);
    const unsigned = await recipe.gatewire(1);
    await recipe.gatewire(3);
    await uwsgi.waitForOutput(known(FIRST));
    expect(await status(port)).toBe(200);
    expect(uwsgi.output()).not.toMatch(known(SECOND));
    await unsigned.waitForOutput(/^listening on uwsgi /);
  });
});
