import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { RunningProgram, TempDir } from '@gatewire/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, gatewire } from './cli.js';
import { FastcgiClient } from './fastcgi-client.js';

/** `/now` is answered at once; anything else sends a first piece and goes on once `go` exists in the directory. */
const APPLICATION = `
import { existsSync } from 'node:fs';
const text = (value) => new TextEncoder().encode(value);
export async function* app(environ, start) {
  start('200 OK', [['Content-Type', 'text/plain']]);
  yield text(environ.SCRIPT_NAME + '|' + environ.PATH_INFO + ' ');
  while (environ.PATH_INFO !== '/now' && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
  yield text('end');
}
`;

let directory: TempDir;
let program: RunningProgram | null = null;

beforeEach(async () => {
  directory = await makeTempDir('gatewire-serve-fastcgi');
  await writeFile(join(directory.path, 'app.mjs'), APPLICATION);
});

afterEach(async () => {
  await program?.stop();
  program = null;
  await directory.remove();
});

async function serve(
  args: readonly string[],
  output: RegExp = /^listening on fastcgi \S+\n/m,
): Promise<RunningProgram> {
  program = await gatewire(['serve', 'app.mjs', ...args], {
    cwd: directory.path,
    ready: { output },
    stopSignal: 'SIGTERM',
  });
  return program;
}

function addressOf(running: RunningProgram): string {
  return /^listening on fastcgi (\S+)$/m.exec(running.output())?.[1] ?? '';
}

test('--fastcgi may be repeated; each has a ready line and answers', async () => {
  const path = join(directory.path, 'app.sock');
  const running = await serve(
    ['--fastcgi', ':0', '--fastcgi', `unix:${path}`],
    /^listening on fastcgi unix:\S+\n/m,
  );
  const lines = running.output().trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^listening on fastcgi 127\.0\.0\.1:[1-9][0-9]*$/),
    `listening on fastcgi unix:${path}`,
  ]);
  for (const line of lines) {
    const client = await FastcgiClient.open(line.replace('listening on fastcgi ', ''));
    const expected = /^Status: 200 OK\r\nContent-Type: text\/plain\r\n(?:.+\r\n)*\r\n\|\/now end$/;
    expect(await client.get('/now').answer).toMatch(expected);
    // The connection stays open: a second request goes over it.
    expect(await client.get('/now').answer).toMatch(expected);
    client.destroy();
  }
  await running.stop();
  expect(existsSync(path)).toBe(false);
  expect(running.output().match(/^192\.0\.2\.7 - - .* "GET \/now HTTP\/1\.1" 200 /gm)).toHaveLength(4);
});

test('TERM: the request in flight is answered, an idle connection closed, then exit code 0', async () => {
  const running = await serve(['--fastcgi', ':0']);
  const idle = await FastcgiClient.open(addressOf(running));
  await idle.get('/now').answer;
  const busy = await FastcgiClient.open(addressOf(running));
  const { begun, answer } = busy.get('/wait');
  await begun;
  const idleCloses = idle.closes(5000);
  process.kill(running.pid, 'SIGTERM');
  await running.waitForOutput(/^stopping after the requests in flight/m);
  expect(await idleCloses).toBe(true);
  await expect(FastcgiClient.open(addressOf(running))).rejects.toThrow('ECONNREFUSED');
  await writeFile(join(directory.path, 'go'), '');
  expect(await answer).toMatch(/\r\n\|\/wait end$/);
  expect(await busy.closes(5000)).toBe(true);
  const { code, output } = await ended(running);
  expect(output).toMatch(/"GET \/wait HTTP\/1\.1" 200 .*\nstopped\n$/);
  expect(code).toBe(0);
});
