import { afterEach, describe, expect, test } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeRequest } from '@gatewire/uwsgi';
import { ask, closed, descriptorsOf, dial, residentOf, startTarget, stateOf, ticksOf } from './target.js';
import type { Target } from './target.js';
import { download, upload } from './transfers.js';

let target: Target | undefined;

afterEach(async () => {
  await target?.stop();
  target = undefined;
});

const MIB = 2 ** 20;

test('no descriptor is left: connections wait or are closed, the processor is idle, and all is well afterwards', async () => {
  // Node and what it loads need some forty.
  target = await startTarget(30, 100);
  const [address] = target.addresses;
  const sockets = await Promise.all(Array.from({ length: 300 }, () => dial(address)));
  await expect.poll(() => descriptorsOf(target!), { timeout: 5_000 }).toBeGreaterThan(90);
  const before = ticksOf(target);
  await pause(600);
  // Of 60 ticks: a loop that accepts in vain takes all of them, as far as others leave it the processor.
  expect(ticksOf(target) - before).toBeLessThan(20);
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map(closed));
  await expect.poll(() => ask(address, '/fine').catch(String), { timeout: 10_000 }).toContain('fine');
  for (const other of target.addresses) expect(await ask(other, '/fine')).toContain('fine');
});

test('bodies stream through, both ways: 576 MiB in less memory than a sixth of it', async () => {
  target = await startTarget(30);
  const running = target;
  const blocks = 96 * 16;
  const addresses = target.addresses.filter(({ path }) => path === undefined);
  const before = residentOf(target);
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, residentOf(running))), 10);
  for (const address of addresses) {
    expect(await upload(address, blocks)).toContain(String(blocks * 65_536));
    expect(await download(address, blocks)).toBeGreaterThan(blocks * 65_536);
  }
  clearInterval(watch);
  expect(most - before).toBeLessThan(90 * MIB);
});

describe('magic variables', () => {
  const MAGIC = [
    ...[
      'UWSGI_FILE',
      '/etc/passwd',
      'UWSGI_SCRIPT',
      'evil',
      'UWSGI_MODULE',
      'evil',
      'UWSGI_CALLABLE',
      'evil',
    ],
    ...['UWSGI_CHDIR', '/', 'UWSGI_PYHOME', '/tmp', 'UWSGI_SETENV', 'EVIL=1', 'UWSGI_APPID', 'x'],
    ...['UWSGI_TOUCH_RELOAD', '/etc/passwd', 'UWSGI_SCHEME', 'https', 'PHP_VALUE', 'auto_prepend_file=x'],
  ];

  test('UWSGI_* and PHP_VALUE are data for the application, and nothing else', async () => {
    target = await startTarget(30);
    const before = await stateOf(target);
    const socket = await dial(target.addresses[0]);
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    const request = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/environ', ...MAGIC];
    socket.write(Buffer.concat(encodeRequest(request)));
    await closed(socket.once('end', () => socket.end()));
    const answer = Buffer.concat(parts).toString('latin1');
    const environ = JSON.parse(answer.slice(answer.indexOf('{'))) as Record<string, unknown>;
    for (let i = 0; i < MAGIC.length; i += 2) expect(environ[MAGIC[i]]).toBe(MAGIC[i + 1]);
    expect(environ['wsgi.url_scheme']).toBe('http');
    const { cwd, env } = await stateOf(target);
    expect([cwd, env]).toEqual([before.cwd, before.env]);
  });
});
