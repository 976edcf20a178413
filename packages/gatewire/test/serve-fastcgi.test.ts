import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended } from './cli.js';
import { FastcgiClient } from './fastcgi-client.js';
import { addressOf, WaitingSite } from './waiting-site.js';

let site: WaitingSite;

beforeEach(async () => {
  site = await WaitingSite.make();
});

afterEach(() => site.remove());

test('--fastcgi may be repeated; each has a ready line and answers', async () => {
  const path = site.path('app.sock');
  const running = await site.serve(
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
  const running = await site.serve(['--fastcgi', ':0'], /^listening on fastcgi \S+\n/m);
  const idle = await FastcgiClient.open(addressOf(running, 'fastcgi'));
  await idle.get('/now').answer;
  const busy = await FastcgiClient.open(addressOf(running, 'fastcgi'));
  const { begun, answer } = busy.get('/wait');
  await begun;
  const idleCloses = idle.closes(5000);
  process.kill(running.pid, 'SIGTERM');
  await running.waitForOutput(/^stopping after the requests in flight/m);
  expect(await idleCloses).toBe(true);
  await expect(FastcgiClient.open(addressOf(running, 'fastcgi'))).rejects.toThrow('ECONNREFUSED');
  await site.go();
  expect(await answer).toMatch(/\r\n\|\/wait end$/);
  expect(await busy.closes(5000)).toBe(true);
  const { code, output } = await ended(running);
  expect(output).toMatch(/"GET \/wait HTTP\/1\.1" 200 .*\nstopped\n$/);
  expect(code).toBe(0);
});
