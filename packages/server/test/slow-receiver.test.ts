// Receivers that take a response slowly, or not at all, when the application has long handed it over.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { FCGI_KEEP_CONN, FCGI_ROLE, FcgiWebServer } from '@gatewire/fastcgi';
import { encodeRequest } from '@gatewire/uwsgi';
import { afterEach, describe, expect, test } from 'vitest';
import { answering, open, pause, PLAIN, start, until } from './client.js';
import type { TestServer } from './client.js';

/** More than the buffers of the kernel take. */
const SIZE = 24 << 20;
const whole = answering('200 OK', PLAIN, [new Uint8Array(SIZE)]);

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function fastcgi(flags: number): Uint8Array[] {
  const web = new FcgiWebServer();
  const id = web.begin(FCGI_ROLE.RESPONDER, flags);
  return [...web.params(id, ['REQUEST_METHOD', 'GET', 'CONTENT_LENGTH', '']), ...web.stdinEnd(id)];
}

const REQUESTS = [
  ['uwsgi', 'uwsgi', () => encodeRequest(['REQUEST_METHOD', 'GET'])],
  ['fastcgi', 'fastcgi', () => fastcgi(0)],
  ['fastcgi, kept', 'fastcgi', () => fastcgi(FCGI_KEEP_CONN)],
  ['http', 'http', () => [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')]],
] as const;

/** Asks, reads nothing for `ms`, then reads the rest; resolves with the bytes that came by the end, or by `enough`. */
async function readLate(socket: Socket, request: readonly Uint8Array[], ms: number): Promise<number> {
  let bytes = 0;
  socket.pause();
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  socket.pause();
  for (const chunk of request) socket.write(chunk);
  await pause(ms);
  const closed = once(socket, 'close');
  socket.resume();
  await Promise.race([closed, until(() => bytes > SIZE)]);
  socket.destroy();
  return bytes;
}

describe('a response that was handed over in one piece', () => {
  test.concurrent.each(REQUESTS)('%s: comes whole, however long that takes', async (_, protocol, request) => {
    const slow = await start(whole);
    const bytes = await readLate(await open(slow[protocol]), request(), 6500);
    await slow.close();
    expect(bytes).toBeGreaterThan(SIZE);
  });

  test.concurrent.each(REQUESTS)('%s: is given up when nobody takes it', async (_, protocol, request) => {
    const strict = await start(whole, { bodyTimeout: 0.3 });
    const bytes = await readLate(await open(strict[protocol]), request(), 1500);
    await strict.close();
    expect(bytes).toBeLessThan(SIZE);
  });

  // The whole takes longer than the limit, each step much less, on a busy machine too.
  test.concurrent.each(REQUESTS)('%s: one that moves is not given up', async (_, protocol, request) => {
    const patient = await start(whole, { bodyTimeout: 2 });
    const socket = await open(patient[protocol]);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 8);
    });
    for (const chunk of request()) socket.write(chunk);
    await Promise.race([once(socket, 'close'), until(() => bytes > SIZE)]);
    socket.destroy();
    await patient.close();
    expect(bytes).toBeGreaterThan(SIZE);
  });
});

describe('replies of FastCGI', () => {
  test('§4.1 a peer that asks and does not read is not read either; then it gets every answer', async () => {
    // No request ever begins, and a slow machine takes long for so many questions.
    server = await start(answering('200 OK', PLAIN, []), { headerTimeout: 120 });
    const socket = await open(server.fastcgi);
    const count = 768 * 1024;
    // FCGI_GET_VALUES of one name of 15 bytes, 7 of padding. The answer is as long: a value of one byte, 6 of padding.
    const question = Buffer.concat([
      Buffer.from([1, 9, 0, 0, 0, 17, 7, 0, 15, 0]),
      Buffer.from('FCGI_MPXS_CONNS'),
      Buffer.alloc(7),
    ]);
    const block = Buffer.alloc(2048 * question.length, question);
    let sent = 0;
    const send = (): boolean => {
      sent += block.length;
      return socket.write(block);
    };
    const moves = (): Promise<boolean> =>
      Promise.race([once(socket, 'drain').then(() => true), pause(1000).then(() => false)]);
    while (sent < 32 * count && (send() || (await moves())));
    expect(sent).toBeLessThan(32 * count);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    while (sent < 32 * count) if (!send()) await once(socket, 'drain');
    await until(() => bytes === 32 * count);
    socket.destroy();
    expect(bytes).toBe(32 * count);
  }, 120_000);
});
