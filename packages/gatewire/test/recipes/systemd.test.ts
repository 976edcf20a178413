import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith, findProgram, startProgram } from '@gatewire/testkit';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../cli.js';
import { installCommand } from '../cgi/site.js';
import { Recipe } from './recipe.js';

let recipe: Recipe;

beforeEach(async () => {
  recipe = await Recipe.open('systemd');
  await installCommand(recipe.directory.path);
});
afterEach(() => recipe.close());
afterAll(() => {
  expect(recipe.unused(), 'every block of the page is run').toEqual([]);
});

function below(name: string): string {
  return join(recipe.directory.path, name);
}

describeWith('systemd-analyze', 'docs/recipes/systemd.md', () => {
  test('systemd finds nothing wrong with the units', async () => {
    await writeFile(below('app.socket'), recipe.block('ini', 0));
    await writeFile(below('app.service'), recipe.block('ini', 1));
    const args = ['verify', '--man=no', below('app.service'), below('app.socket')];
    const verify = await startProgram(findProgram('systemd-analyze') ?? '', args);
    const { code } = await verify.exited;
    // It reads the units of this machine too, and says what it thinks of them.
    const ours = verify
      .output()
      .split('\n')
      .filter((line) => line.includes(recipe.directory.path));
    expect([code, ours]).toEqual([0, []]);
  });

  test('the command of the service takes the socket that systemd hands over, and leaves it', async () => {
    const command = /^ExecStart=(.*)$/m.exec(recipe.block('ini', 1))?.[1] ?? '';
    const path = /^ListenStream=(.*)$/m.exec(recipe.block('ini', 0))?.[1] ?? '';
    const activate = findProgram('systemd-socket-activate') ?? '';
    const program = recipe.keep(
      await startProgram(activate, ['-l', path, ...command.split(' ')], {
        cwd: recipe.directory.path,
        ready: { socket: path },
        grace: 8000,
      }),
    );
    // The first connection starts it, as it does with the real one.
    const request = ['request', 'uwsgi://localhost/there', '--unix-socket', path];
    expect(await run(request)).toEqual({ code: 0, output: 'hello from /there\n' });
    // Said by the master, which may be a turn behind the worker that answers.
    await program.waitForOutput(/^listening on uwsgi fd:3$/m);
    process.kill(program.pid, 'SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(true);
  });
});
