import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openBody } from '../../src/request/body.js';
import type { RequestBody } from '../../src/request/body.js';
import { RequestFailure } from '../../src/request/failure.js';
import { sendBody } from '../../src/request/send.js';
import { SPOOL_MEMORY } from '../../src/request/spool.js';

let directory: TempDir;
beforeAll(async () => {
  directory = await makeTempDir('gatewire-body');
});
beforeEach(() => {
  vi.stubEnv('TMPDIR', directory.path);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await directory.remove();
});

async function contentOf(body: RequestBody): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.chunks()) chunks.push(chunk);
  await body.close();
  return Buffer.concat(chunks).toString('latin1');
}

function file(name: string, text: string): string {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  return path;
}

const NO_STDIN = Readable.from([]);
const spools = (): string[] =>
  readdirSync(directory.path).filter((name) => name.startsWith('gatewire-request-'));

test.each([
  ['a text', 'a=\xe9', 4, 'a=\xc3\xa9'],
  ['no text', '', 0, ''],
])('%s', async (_, data, bytes, content) => {
  const body = await openBody(data, NO_STDIN);
  expect([body.bytes, await contentOf(body)]).toEqual([bytes, content]);
});

test.each([
  ['a file', 'content'],
  ['an empty file', ''],
])('%s', async (name, text) => {
  const body = await openBody(`@${file(name, text)}`, NO_STDIN);
  expect([body.bytes, await contentOf(body)]).toEqual([text.length, text]);
});

test('a file that grows gives what it had, one that shrinks is failure 26', async () => {
  const grows = file('grows', '12345');
  const grown = await openBody(`@${grows}`, NO_STDIN);
  writeFileSync(grows, '67', { flag: 'a' });
  expect(await contentOf(grown)).toBe('12345');

  const shrinks = file('shrinks', '12345');
  const shrunk = await openBody(`@${shrinks}`, NO_STDIN);
  truncateSync(shrinks, 3);
  const reading = contentOf(shrunk);
  await expect(reading).rejects.toThrow(RequestFailure);
  await expect(reading).rejects.toMatchObject({
    exitCode: 26,
    message: `${shrinks} is 2 bytes shorter than it was`,
  });
});

test('a folder is no body', async () => {
  const path = join(directory.path, 'folder');
  await mkdir(path);
  await expect(openBody(`@${path}`, NO_STDIN)).rejects.toMatchObject({
    exitCode: 26,
    message: `cannot read ${path}: it is a folder (EISDIR)`,
  });
  const fd = openSync(path, 'r');
  await expect(openBody('@-', Object.assign(Readable.from([]), { fd }))).rejects.toMatchObject({
    exitCode: 26,
    message: 'cannot read stdin: it is a folder (EISDIR)',
  });
  closeSync(fd);
});

test('a device is no file', async () => {
  await expect(openBody('@/dev/null', NO_STDIN)).rejects.toMatchObject({
    exitCode: 26,
    message: 'cannot read /dev/null: not a file; for a pipe write -d @- and give it as stdin',
  });
});

test.each([
  [0, 'content'],
  [3, 'tent'],
  [7, ''],
])('stdin of which %i bytes were read gives what is left', async (taken, left) => {
  const fd = openSync(file('begun', 'content'), 'r');
  readSync(fd, Buffer.alloc(7), 0, taken, null);
  const body = await openBody('@-', createReadStream('', { fd }));
  expect([body.bytes, await contentOf(body)]).toEqual([left.length, left]);
});

test.runIf(existsSync('/proc/version'))('a file of the system, which has no size, is read', async () => {
  const text = readFileSync('/proc/version', 'latin1');
  const named = await openBody('@/proc/version', NO_STDIN);
  expect([named.bytes, await contentOf(named)]).toEqual([text.length, text]);
  const stdin = createReadStream('/proc/version');
  await once(stdin, 'open');
  const given = await openBody('@-', stdin);
  expect([given.bytes, await contentOf(given)]).toEqual([text.length, text]);
});

test('stdin that is not open for reading is failure 26', async () => {
  const fd = openSync(file('written', 'content'), 'w');
  const body = openBody('@-', createReadStream('', { fd }));
  await expect(body).rejects.toMatchObject({
    exitCode: 26,
    message: 'cannot read stdin: it is not open for that (EBADF)',
  });
});

test('stdin that is a file is streamed; one that breaks is failure 26', async () => {
  const stdin = createReadStream(file('stdin', 'content'));
  await once(stdin, 'open');
  const body = await openBody('@-', stdin);
  expect([body.bytes, await contentOf(body)]).toEqual([7, 'content']);

  const breaks = createReadStream(file('breaks', 'content'));
  await once(breaks, 'open');
  const broken = await openBody('@-', breaks);
  breaks.destroy(new Error('input/output error'));
  await expect(contentOf(broken)).rejects.toMatchObject({
    exitCode: 26,
    message: 'cannot read stdin: input/output error',
  });
});

test('stdin that is a pipe is read to its end: in memory, or past a mebibyte in a file', async () => {
  const small = await openBody('@-', Readable.from([Buffer.from('ab'), Buffer.from('c')]));
  expect([small.bytes, await contentOf(small)]).toEqual([3, 'abc']);

  const piece = Buffer.alloc(SPOOL_MEMORY, 'x');
  const large = await openBody('@-', Readable.from([piece, Buffer.from('a'), Buffer.from('b')]));
  expect(spools()).toHaveLength(1);
  expect(large.bytes).toBe(SPOOL_MEMORY + 2);
  expect((await contentOf(large)).slice(-3)).toBe('xab');
  expect(spools()).toEqual([]);
});

test('a pipe that breaks leaves no file behind', async () => {
  const pipe = Readable.from(
    (async function* () {
      yield Buffer.alloc(SPOOL_MEMORY, 'x');
      yield Buffer.from('more');
      await expect.poll(spools).toHaveLength(1);
      throw new Error('broken pipe');
    })(),
  );
  await expect(openBody('@-', pipe)).rejects.toMatchObject({
    exitCode: 26,
    message: 'cannot read stdin: broken pipe',
  });
  expect(spools()).toEqual([]);
});

test('a body that cannot be read on ends the connection with that failure', async () => {
  const server = createServer((other) => other.on('error', () => undefined).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const failure = new RequestFailure(26, 'cannot read it');
  const body: RequestBody = {
    bytes: 4,
    // eslint-disable-next-line @typescript-eslint/require-await -- others wait
    chunks: async function* () {
      yield Buffer.from('ab');
      throw failure;
    },
    close: () => Promise.resolve(),
  };
  const errors: unknown[] = [];
  socket.on('error', (error) => errors.push(error));
  expect(await sendBody(socket, body, (chunk) => [chunk])).toBe(false);
  await once(socket, 'close').catch(() => undefined);
  expect(errors).toEqual([failure]);
  // Nothing more is read of a body that nobody takes.
  let asked = 0;
  const unread: RequestBody = {
    ...body,
    // eslint-disable-next-line @typescript-eslint/require-await -- others wait
    chunks: async function* () {
      for (; ; asked++) yield Buffer.from('x');
    },
  };
  expect(await sendBody(socket, unread, (chunk) => [chunk])).toBe(false);
  expect(asked).toBe(0);
  server.close();
});
