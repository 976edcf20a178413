import type { StartResponse, WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { encodeRequest } from '@gatewire/uwsgi';
import { afterEach, describe, expect, test } from 'vitest';
import { answering, open, pause, readAll, request, start, text, until, PLAIN } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('streams', () => {
  test('a slow reader holds the producer', async () => {
    let produced = 0;
    server = await start(function* (_environ: WSGIEnvironment, startResponse: StartResponse) {
      startResponse('200 OK', PLAIN);
      for (let i = 0; i < 1000; i++) {
        produced++;
        yield new Uint8Array(65_536);
      }
    });
    const socket = await open(server.uwsgi);
    for (const chunk of encodeRequest(['REQUEST_METHOD', 'GET'])) socket.write(chunk);
    await until(() => produced > 0);
    await pause(200);
    const held = produced;
    expect(held).toBeLessThan(200); // what the kernel's buffers take, not the 1,000 there are
    const { body } = await readAll(socket);
    expect([body.length, produced]).toEqual([1000 * 65_536, 1000]);
  });

  test('a slow application holds the sender', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    server = await start(async function* (environ: WSGIEnvironment, startResponse: StartResponse) {
      startResponse('200 OK', PLAIN);
      await gate;
      let bytes = 0;
      for await (const chunk of environ['wsgi.input']) bytes += chunk.length;
      yield text(String(bytes));
    } as WSGIApplication);
    const socket = await open(server.uwsgi);
    const size = 64 << 20;
    const [packet] = encodeRequest(['REQUEST_METHOD', 'POST'], { contentLength: size });
    socket.write(packet);
    let sent = 0;
    const block = Buffer.alloc(65_536);
    while (sent < size && socket.write(block)) sent += block.length;
    await pause(300);
    const stuck = socket.writableLength;
    expect(stuck).toBeGreaterThan(0);
    go();
    for (sent += block.length; sent < size; sent += block.length) {
      if (!socket.write(block)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    expect((await readAll(socket)).body.toString()).toBe(String(size));
  });

  test('the client goes: the iterator is closed, the signal fires, close() is called', async () => {
    const seen: string[] = [];
    server = await start((environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      environ['gatewire.client']?.signal.addEventListener('abort', () => seen.push('signal'));
      const body = {
        async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
          try {
            for (;;) {
              yield text('tick\n');
              await pause(10);
            }
          } finally {
            seen.push('iterator');
          }
        },
        close: () => seen.push('close'),
      };
      return body;
    });
    const access = server.nextAccess();
    const socket = await open(server.uwsgi);
    for (const chunk of encodeRequest(['REQUEST_METHOD', 'GET'])) socket.write(chunk);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(await access).toMatchObject({ aborted: true, status: 200 });
    expect(seen).toEqual(['signal', 'iterator', 'close']);
  });

  test('the client goes in the middle of its body: the application is told, never a short body', async () => {
    let told: unknown;
    server = await start(async (environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      try {
        await environ['wsgi.input'].read();
      } catch (error) {
        told = error;
        throw error;
      }
      return [];
    });
    const access = server.nextAccess();
    const socket = await open(server.uwsgi);
    const [packet] = encodeRequest(['REQUEST_METHOD', 'POST'], { contentLength: 10 });
    socket.write(packet);
    socket.end('12345');
    expect(await access).toMatchObject({ aborted: true, bytesIn: 5 });
    expect(String(told)).toMatch(/ClientGone: the request was aborted/);
  });

  test('a body that nobody reads does not destroy the response', async () => {
    server = await start(answering('200 OK', PLAIN, [text('early')]));
    const response = await request(server.uwsgi, [], new Uint8Array(4 << 20));
    expect([response.status, response.body.toString(), response.clean]).toEqual([200, 'early', true]);
  });
});
