import { existsSync } from 'node:fs';
import { describeWith, findProgram, startProgram } from '@gatewire/testkit';
import type { RunningProgram } from '@gatewire/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundledCommand } from '../bundled.js';
import { Served, Site } from './harness.js';

/** Opens a socket as descriptor 3 and becomes the program, as systemd does. */
const ACTIVATE = `
import os, socket, sys
path = sys.argv[1]
unix = path != ""
s = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
s.bind(path if unix else ("127.0.0.1", 0))
s.listen(100)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
if s.fileno() != 3: os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[2], sys.argv[2:])
`;

let site: Site;
let program: RunningProgram;

beforeEach(async () => {
  site = await Site.make();
});
afterEach(async () => {
  await program.stop();
  await site.remove();
});

async function activated(path: string, args: readonly string[]): Promise<Served> {
  const command = [...(await bundledCommand()), 'serve', 'app.mjs', '--access-log', 'none', ...args];
  program = await startProgram(findProgram('python3') ?? 'python3', ['-c', ACTIVATE, path, ...command], {
    cwd: site.directory.path,
    ready: { output: /^listening on http .*\n/m },
  });
  return new Served(program);
}

describeWith('python3', 'fd:N, a socket that somebody else has opened', () => {
  describe.each([
    ['in one process', []],
    ['in workers', ['--workers', '2']],
  ])('%s', (_, workers) => {
    test('a port: its number is in the ready line', async () => {
      const served = await activated('', ['--http', 'fd:3', ...workers]);
      expect(served.address('http')).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
      expect(await served.ask()).toMatch(/^one /);
      expect(await program.stop()).toEqual({ code: 0, signal: null });
    });

    test('a unix socket is left where it is', async () => {
      const path = site.path('app.sock');
      const served = await activated(path, ['--http', 'fd:3', ...workers]);
      expect(served.address('http')).toBe('fd:3');
      expect(await program.stop()).toEqual({ code: 0, signal: null });
      expect(existsSync(path)).toBe(true);
    });
  });

  test('is still there for the worker that follows one that died, and for those after a reload', async () => {
    const served = await activated('', ['--http', 'fd:3', '--workers', '1']);
    const [first] = await served.pids(1);
    await expect(served.ask('/crash')).rejects.toThrow();
    const [second] = await served.pids(1);
    expect(second).not.toBe(first);
    await site.answer('two');
    served.signal('SIGHUP');
    await program.waitForOutput(/^reloaded$/m);
    await expect.poll(() => served.ask()).toMatch(/^two /);
  });
});
