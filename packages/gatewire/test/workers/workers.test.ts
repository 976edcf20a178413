import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, run } from '../cli.js';
import { Site } from './harness.js';

let site: Site;

beforeEach(async () => {
  site = await Site.make();
});
afterEach(() => site.remove());

/** Waits until `check` is true; the test's own time limit ends it. */
async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await sleep(20);
}

describe('start', () => {
  test('several workers, ready lines once, real ports; the unix socket is open to the web server, and goes', async () => {
    const path = site.path('app.sock');
    const served = await site.serve([
      '--workers',
      '3',
      '--http',
      ':0',
      '--uwsgi',
      ':0',
      '--uwsgi',
      `unix:${path}`,
    ]);
    await served.program.waitForOutput(
      /^listening on uwsgi 127\.0\.0\.1:[1-9][0-9]*\nlistening on uwsgi unix:\S+\nlistening on http 127\.0\.0\.1:[1-9][0-9]*\n$/,
    );
    expect((await stat(path)).mode & 0o777).toBe(0o666);
    const pids = new Set<number>();
    await until(async () => {
      for (const pid of await served.pids(20)) pids.add(pid);
      return pids.size === 3;
    });
    expect(pids.has(served.program.pid)).toBe(false);
    expect(await served.program.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(false);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('WEB_CONCURRENCY is a number of workers', async () => {
    const served = await site.serve(['--http', ':0'], { WEB_CONCURRENCY: '2' });
    const pids = new Set<number>();
    await until(async () => {
      for (const pid of await served.pids(20)) pids.add(pid);
      return pids.size === 2;
    });
    expect(pids.has(served.program.pid)).toBe(false);
  });

  test.each([
    [
      'an application that throws',
      "throw new TypeError('no database');",
      /^error: app\.mjs cannot be imported: TypeError: no database\n(?: {2}.*\n)+$/,
    ],
    [
      'an application that ends the process',
      'process.exit(7);',
      /^error: worker [123] \(pid [0-9]+\) died before it was ready: exit code 7\n$/,
    ],
  ])('%s: told once, exit code 3', async (_, application, output) => {
    await site.write(application);
    const end = await run(['serve', 'app.mjs', '--http', ':0', '--workers', '3'], {
      cwd: site.directory.path,
    });
    expect(end.output).toMatch(output);
    expect(end.code).toBe(3);
  });

  test('an address that is taken: exit code 3', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const args = ['serve', 'app.mjs', '--http', `:${port}`, '--workers', '2'];
    const end = await run(args, { cwd: site.directory.path });
    other.close();
    expect(end).toEqual({
      code: 3,
      output: `error: cannot listen: address already in use 127.0.0.1:${port}\n`,
    });
  });

  test('a unix socket that is left over is taken, one that is alive is not', async () => {
    const args = ['--workers', '2', '--http', `unix:${site.path('s')}`];
    const first = await site.serve(args);
    const second = await run(['serve', 'app.mjs', ...args], { cwd: site.directory.path });
    expect(second).toEqual({
      code: 3,
      output: `error: cannot listen: address already in use ${site.path('s')}\n`,
    });
    first.signal('SIGKILL');
    await first.program.exited;
    await until(() => existsSync(site.path('s')));
    const third = await site.serve(args);
    expect((await third.program.stop()).code).toBe(0);
  });
});

describe('a worker that dies', () => {
  test('is replaced, while its address stays; one that dies at once waits a second', async () => {
    const served = await site.serve(['--workers', '1', '--http', ':0']);
    const [first] = await served.pids(1);
    await expect(served.ask('/crash')).rejects.toThrow();
    // Connections wait until there is a worker again: nothing is refused.
    const [second] = await served.pids(1);
    expect(second).not.toBe(first);
    await served.program.waitForOutput(
      new RegExp(`^error: worker 1 \\(pid ${first}\\) died: exit code 9; starting it again in 1 s$`, 'm'),
    );
  });

  test('by kill -9: the others go on', async () => {
    const served = await site.serve(['--workers', '2', '--http', ':0']);
    const [pid] = await served.pids(1);
    process.kill(pid, 'SIGKILL');
    await served.program.waitForOutput(/died: SIGKILL/);
    expect(await served.ask()).toMatch(/^one /);
  });

  test('that cannot be started again is tried for ever', async () => {
    const served = await site.serve(['--workers', '1', '--http', ':0']);
    await site.write("throw new Error('broken');");
    await expect(served.ask('/crash')).rejects.toThrow();
    await served.program.waitForOutput(
      /^error: app\.mjs cannot be imported: Error: broken; starting it again in 2 s$/m,
    );
    await site.answer('two');
    expect(await served.ask()).toMatch(/^two /);
  });
});

test('the master dies by kill -9: the workers answer what they have, and end', async () => {
  const served = await site.serve(['--workers', '1', '--http', ':0']);
  const [pid] = await served.pids(1);
  const slow = served.ask('/slow');
  await served.program.waitForOutput(/^at work$/m);
  served.signal('SIGKILL');
  expect(await slow).toBe(`one ${pid}`);
  await until(() => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
  await expect(served.ask()).rejects.toThrow();
});

describe('signals', () => {
  test('HUP: the application as it is now, by other processes', async () => {
    const served = await site.serve(['--workers', '2', '--http', ':0']);
    const before = await served.pids(20);
    await site.answer('two');
    served.signal('SIGHUP');
    await served.program.waitForOutput(/^reloaded$/m);
    await until(async () => (await served.ask()).startsWith('two '));
    await until(() => before.every((pid) => !isAlive(pid)));
    expect(await served.ask()).toMatch(/^two /);
  });

  test('HUP with an application that does not load: the old workers stay', async () => {
    const served = await site.serve(['--workers', '2', '--http', ':0']);
    const before = await served.pids(20);
    await site.write('export const app = 1;');
    served.signal('SIGHUP');
    await served.program.waitForOutput(/^error: app\.mjs: .*; not reloaded, the workers stay as they were$/m);
    for (const pid of await served.pids(20)) expect(before).toContain(pid);
  });

  test('HUP while an application is loading that never ends to: begins anew', async () => {
    const served = await site.serve(['--workers', '1', '--http', ':0']);
    await site.write(
      `process.stderr.write('hangs\\n'); await new Promise((resolve) => setTimeout(resolve, 1e6)); export const app = 1;`,
    );
    served.signal('SIGHUP');
    await served.program.waitForOutput(/^hangs$/m);
    await site.answer('three');
    served.signal('SIGHUP');
    await served.program.waitForOutput(/^reloaded$/m);
    // The old worker is told then, and may take a connection until it has heard.
    await expect.poll(() => served.ask()).toMatch(/^three /);
  });

  test('TTIN and TTOU: one more, one fewer, never none', async () => {
    const served = await site.serve(['--workers', '1', '--http', ':0']);
    served.signal('SIGTTIN');
    await served.program.waitForOutput(/^2 workers$/m);
    expect(await served.ask()).toMatch(/^one /);
    served.signal('SIGTTOU');
    await served.program.waitForOutput(/^1 worker$/m);
    served.signal('SIGTTOU');
    await served.program.waitForOutput(/^1 worker\n1 worker$/m);
    expect(await served.ask()).toMatch(/^one /);
  });

  test('TERM for a worker: it is replaced', async () => {
    const served = await site.serve(['--workers', '1', '--http', ':0']);
    const [first] = await served.pids(1);
    process.kill(first, 'SIGTERM');
    await until(async () => !(await served.pids(1)).includes(first));
    await until(() => !isAlive(first));
    await served.program.waitForOutput(/^worker 1 \(pid [0-9]+\) is replaced: SIGTERM$/m);
  });

  test('TERM for all, as systemd sends it: a request in flight is answered, then exit code 0', async () => {
    const served = await site.serve(['--workers', '2', '--http', ':0']);
    const pids = await served.pids(20);
    const slow = served.ask('/slow');
    await served.program.waitForOutput(/^at work$/m);
    for (const pid of [...pids, served.program.pid]) process.kill(pid, 'SIGTERM');
    expect(await slow).toMatch(/^one /);
    expect(await ended(served.program)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/\nstopped\n$/) as unknown,
    });
  });

  test('TERM: requests in flight are answered, then exit code 0', async () => {
    const served = await site.serve(['--workers', '2', '--http', ':0']);
    const slow = served.ask('/slow');
    await served.program.waitForOutput(/^at work$/m);
    served.signal('SIGTERM');
    expect(await slow).toMatch(/^one /);
    expect(await ended(served.program)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/\nstopped\n$/) as unknown,
    });
  });

  test('a second INT cuts: exit code 130', async () => {
    await site.write(
      "export const app = () => { process.stderr.write('at work\\n'); return new Promise(() => undefined); };",
    );
    const served = await site.serve(['--workers', '2', '--http', ':0']);
    const cut = expect(served.ask()).rejects.toThrow();
    await served.program.waitForOutput(/^at work$/m);
    served.signal('SIGINT');
    await served.program.waitForOutput(/Ctrl-C again stops at once/);
    // Right after the first it would be taken for the same key stroke.
    await sleep(600);
    served.signal('SIGINT');
    await cut;
    expect((await ended(served.program)).code).toBe(130);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
