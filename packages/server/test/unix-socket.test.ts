import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { serve } from '@gatewire/server';
import { remote } from '@gatewire/server/middleware';
import { checkSocketPath, isLeftBehind } from '@gatewire/server/unix-socket';
import { makeTempDir } from '@gatewire/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answering } from './client.js';

const PLATFORM = process.platform;

function pretendToBe(platform: NodeJS.Platform): void {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);
}

afterEach(() => {
  vi.restoreAllMocks();
  expect(process.platform).toBe(PLATFORM);
});

describe('the path of a unix socket', () => {
  // unix(7): sun_path has 108 bytes on Linux; 104 in <sys/un.h> of macOS and the BSDs. One is for the NUL.
  test.each([
    ['linux', 107],
    ['darwin', 103],
    ['freebsd', 103],
  ] as const)('%s: %i bytes fit, one more is a RangeError', (platform, most) => {
    pretendToBe(platform);
    const path = `/${'a'.repeat(most - 1)}`;
    expect(() => checkSocketPath(path)).not.toThrow();
    const message = `a path of ${most + 1} bytes, a unix socket's has at most ${most}`;
    expect(() => checkSocketPath(`${path}a`)).toThrow(new RangeError(message));
  });

  test('bytes are counted, not characters', () => {
    pretendToBe('linux');
    expect(() => checkSocketPath(`/${'é'.repeat(53)}`)).not.toThrow();
    const message = "a path of 109 bytes, a unix socket's has at most 107";
    expect(() => checkSocketPath(`/${'é'.repeat(54)}`)).toThrow(new RangeError(message));
  });

  test('Windows has pipes, which are longer', () => {
    pretendToBe('win32');
    expect(() => checkSocketPath(`\\\\.\\pipe\\${'a'.repeat(200)}`)).not.toThrow();
  });

  test('a NUL is a RangeError', () => {
    expect(() => checkSocketPath('\0abstract')).toThrow(
      new RangeError('a NUL in the path of the unix socket'),
    );
  });
});

describe('a path that is too long', () => {
  const app = answering('200 OK', [], []);

  test('serve listens nowhere: neither there, nor where the path would be cut, nor at its other addresses', async () => {
    const temp = await makeTempDir('gatewire-server');
    const fine = join(temp.path, 'fine.sock');
    const path = join(temp.path, 'a'.repeat(107 - temp.path.length));
    const listen = [
      { protocol: 'http', path: fine },
      { protocol: 'uwsgi', path },
    ] as const;
    const expected = new RangeError("a path of 108 bytes, a unix socket's has at most 107");
    await expect(serve(app, { listen })).rejects.toThrow(expected);
    expect([existsSync(fine), existsSync(path), existsSync(path.slice(0, 107))]).toEqual([
      false,
      false,
      false,
    ]);
    await temp.remove();
  });

  test('remote() forwards nowhere', () => {
    const to = [{ protocol: 'uwsgi', path: `/${'a'.repeat(107)}` }] as const;
    const expected = new RangeError("a path of 108 bytes, a unix socket's has at most 107");
    expect(() => remote({ to })).toThrow(expected);
  });
});

describe('whether a socket is left behind', () => {
  test('not a file, not a socket that is listened on', async () => {
    const temp = await makeTempDir('gatewire-server');
    const file = join(temp.path, 'file');
    await writeFile(file, '');
    expect(await isLeftBehind(file)).toBe(false);
    const path = join(temp.path, 'app.sock');
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await isLeftBehind(path)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    await temp.remove();
  });

  test('a path where nothing is: ENOENT', async () => {
    await expect(isLeftBehind('/nowhere/app.sock')).rejects.toThrow(/^ENOENT/);
  });
});
