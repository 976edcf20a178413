import { describeWith } from '@gatewire/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLoad } from '../load.js';
import { killAll } from './kill.js';
import { Recipe } from './recipe.js';

let recipe: Recipe;

function stop(pid: number): void {
  process.kill(pid, 'SIGTERM');
}

beforeEach(async () => {
  recipe = await Recipe.open('nginx-upstream');
});
afterEach(() => recipe.close());

describeWith('nginx', 'docs/recipes/nginx-upstream.md', () => {
  test('has a block of nginx for each pair of commands', () => {
    expect([recipe.count('js'), recipe.count('sh'), recipe.count('nginx')]).toEqual([1, 4, 2]);
  });

  test.each([
    ['uwsgi', 'stopped', 0, stop],
    ['FastCGI', 'stopped', 1, stop],
    ['uwsgi', 'killed', 0, killAll],
    ['FastCGI', 'killed', 1, killAll],
  ] as const)('%s: the load is spread over both; one is %s, and no GET fails', async (_, __, index, end) => {
    await recipe.gatewire(2 * index);
    const second = await recipe.gatewire(2 * index + 1);
    const { port } = await recipe.nginx(index);
    const load = startLoad(port, 8);
    await load.reached(2000);
    await end(second.pid);
    await second.exited;
    await load.reached(load.answered + 1000);
    const { failures, bodies } = await load.stop();
    expect(failures).toEqual({});
    // Two processes of each.
    expect(Object.keys(bodies)).toHaveLength(4);
  });
});
