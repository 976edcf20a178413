import { startProgram } from '@gatewire/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended } from '../cli.js';
import { installCommand } from '../cgi/site.js';
import { Recipe } from './recipe.js';

let recipe: Recipe;

beforeEach(async () => {
  recipe = await Recipe.open('container');
  await installCommand(recipe.directory.path);
  // Of this machine alone here.
  recipe.place('0.0.0.0:3031', recipe.here('127.0.0.1:3031'));
});
afterEach(() => recipe.close());

/** The list behind a word such as CMD. */
function command(word: string): [string, ...string[]] {
  const line =
    recipe
      .block('dockerfile', 0)
      .split('\n')
      .find((text) => text.startsWith(`${word} `)) ?? '';
  return JSON.parse(line.slice(line.indexOf('['))) as [string, ...string[]];
}

describe('docs/recipes/container.md', () => {
  test('CMD serves, HEALTHCHECK says so, TERM ends it with 0', async () => {
    const cwd = recipe.directory.path;
    const [program, ...args] = command('CMD');
    const server = recipe.keep(await startProgram(program, args, { cwd, ready: { output: /"listening"/ } }));
    const [health, ...probe] = command('HEALTHCHECK');
    const healthy = await ended(await startProgram(health, probe, { cwd }));
    expect(healthy).toEqual({ code: 0, output: 'hello from /\n' });
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect((await ended(await startProgram(health, probe, { cwd }))).code).toBe(7);
    expect(recipe.unused()).toEqual([]);
  });
});
