import { hex } from '@gatewire/testkit';
import { encodePacket } from '@gatewire/uwsgi';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open, pause, readAll, request, start, text, until } from './client.js';
import type { RawResponse, TestServer } from './client.js';

let server: TestServer;

beforeEach(async () => {
  server = await start(
    (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [text('fine')];
    },
    { headerTimeout: 0.3, bodyTimeout: 0.3, maxBodyBytes: 1000 },
  );
});

// Whatever came, the next request is answered.
afterEach(async () => {
  expect((await request(server.uwsgi)).body.toString()).toBe('fine');
  await server.close();
});

async function send(bytes: Uint8Array | string): Promise<RawResponse> {
  const socket = await open(server.uwsgi);
  const response = readAll(socket);
  socket.write(bytes);
  return response;
}

test('a uwsgi ping is answered: a health check is no broken request', async () => {
  const answer = await send(hex`64 00 00 00`);
  expect([answer.body.equals(hex`64 00 00 01`), answer.clean]).toEqual([true, true]);
  expect([server.log, server.access]).toEqual([[], []]);
});

test('bytes of a body that look like a ping are body', async () => {
  const socket = await open(server.uwsgi);
  const response = readAll(socket);
  socket.write(encodePacket(0, 0, ['REQUEST_METHOD', 'POST', 'PATH_INFO', '/', 'CONTENT_LENGTH', '4']));
  await pause(20);
  socket.write(hex`64 00 00 00`);
  expect((await response).body.toString()).toBe('fine');
});

describe('a peer that breaks the protocol', () => {
  test('GET: one line says what it is and what to do, on the log and to the sender', async () => {
    const line = 'this is HTTP, not uwsgi: point proxy_pass elsewhere (UWSGI_NOT_UWSGI at byte 0)';
    const response = await send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect([response.status, response.body.toString()]).toEqual([400, `${line}\n`]);
    expect(server.log).toHaveLength(1);
    expect(server.log[0]).toMatchObject({
      level: 'warning',
      event: 'peer_error',
      code: 'UWSGI_NOT_UWSGI',
      offset: 0,
    });
    expect(server.log[0].message).toMatch(
      /^closed a uwsgi connection from 127\.0\.0\.1:[0-9]+: this is HTTP, not uwsgi: point/,
    );
    expect(server.log[0].message.endsWith(line)).toBe(true);
  });

  test.each([
    ['TLS', hex`16 03 01 02 00 01 00`, 'UWSGI_NOT_UWSGI', 0],
    ['the resynchronisation block', hex`00 08 00 00 ff ff 01 00 41 01 00 31`, 'UWSGI_KEY_OVERRUN', 4],
    ['an empty name', hex`00 04 00 00 00 00 00 00`, 'UWSGI_EMPTY_KEY', 4],
    ['a stray byte', hex`00 06 00 00 01 00 41 00 00 07`, 'UWSGI_STRAY_BYTE', 9],
    ['a signal', hex`6e 00 00 01`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
  ])('%s: closed without an answer, one line on the log', async (_, bytes, code, offset) => {
    const response = await send(bytes);
    expect(response.body).toHaveLength(0);
    expect(server.log.map((entry) => [entry.event, entry['code'], entry['offset']])).toEqual([
      ['peer_error', code, offset],
    ]);
  });

  test.each([
    [['REQUEST_METHOD', 'GET', 'CONTENT_LENGTH', '+5'], 400, 'UWSGI_BAD_CONTENT_LENGTH'],
    [['REQUEST_METHOD', 'GET', 'HTTP_TRANSFER_ENCODING', 'chunked'], 411, 'UWSGI_LENGTH_REQUIRED'],
  ])('%j is answered with %d', async (pairs, status, code) => {
    const response = await send(encodePacket(0, 0, pairs));
    expect([response.status, server.log[0]['code']]).toEqual([status, code]);
    expect(server.log).toHaveLength(1);
  });

  test('variables that make no request are answered with 400', async () => {
    const response = await send(encodePacket(0, 0, ['PATH_INFO', '/']));
    expect([response.status, server.log[0]['code']]).toEqual([400, 'ENVIRON_BAD_METHOD']);
    expect(server.access[0]).toMatchObject({ status: 400, environ: null });
  });

  test('it hangs up inside the packet: one line', async () => {
    const socket = await open(server.uwsgi);
    socket.end(hex`00 33 00 00 0e`);
    await readAll(socket);
    expect(server.log.map((entry) => [entry['code'], entry['offset']])).toEqual([['UWSGI_TRUNCATED', 5]]);
  });

  test('it connects and hangs up: nothing to say', async () => {
    const socket = await open(server.uwsgi);
    socket.end();
    await readAll(socket);
    expect(server.log).toEqual([]);
  });
});

describe('a peer that takes its time', () => {
  test('nothing at all: closed at the limit', async () => {
    const response = await readAll(await open(server.uwsgi));
    expect(response.body).toHaveLength(0);
    expect(server.log.map(({ event, message }) => [event, message.replace(/:[0-9]+:/, ':')])).toEqual([
      ['timeout', 'closed a uwsgi connection from 127.0.0.1: no complete request within 0.3 s'],
    ]);
  });

  test('a byte now and then: the limit is for the whole packet', async () => {
    const socket = await open(server.uwsgi);
    const closed = readAll(socket);
    const packet = encodePacket(0, 0, ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/']);
    let sent = 0;
    const drip = setInterval(() => socket.write(packet.subarray(sent, ++sent)), 50);
    expect((await closed).body).toHaveLength(0);
    clearInterval(drip);
    expect(sent).toBeLessThan(packet.length);
    expect(server.log.map(({ event }) => event)).toEqual(['timeout']);
  });

  test('a body that stops: the application is told, the connection closed', async () => {
    await server.close();
    let told: unknown;
    server = await start(
      async (environ, startResponse) => {
        startResponse('200 OK', []);
        if (environ.REQUEST_METHOD === 'GET') return [text('fine')];
        await environ['wsgi.input'].read().catch((error: unknown) => (told = error));
        return [];
      },
      { bodyTimeout: 0.3 },
    );
    const socket = await open(server.uwsgi);
    socket.write(encodePacket(0, 0, ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '10']));
    await readAll(socket);
    await until(() => told !== undefined);
    expect(String(told)).toMatch(/^ClientGone/);
    expect(server.log[0].message).toMatch(/the request body made no progress within 0.3 s/);
  });
});

describe('limits', () => {
  test('a body of maxBodyBytes passes, one more byte is 413', async () => {
    expect((await request(server.uwsgi, [], new Uint8Array(1000))).status).toBe(200);
    expect((await request(server.uwsgi, [], new Uint8Array(1001))).status).toBe(413);
    expect(server.log.map(({ event }) => event)).toEqual(['body_too_large']);
  });

  test('a chunked HTTP upload past maxBodyBytes is 413 as well', async () => {
    await server.close();
    server = await start(
      async (environ, startResponse) => {
        if (environ.REQUEST_METHOD === 'POST') await environ['wsgi.input'].read();
        startResponse('200 OK', []);
        return [text('fine')];
      },
      { maxBodyBytes: 1000 },
    );
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(600)),
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await fetch(`http://${server.http.address}/`, init);
    expect(response.status).toBe(413);
  });

  test('limitConcurrency: one more is 503', async () => {
    await server.close();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    server = await start(
      async (_environ, startResponse) => {
        await gate;
        startResponse('200 OK', []);
        return [text('fine')];
      },
      { limitConcurrency: 1 },
    );
    const first = request(server.uwsgi);
    await until(() => server.calls === 1);
    expect((await request(server.uwsgi)).status).toBe(503);
    release();
    expect((await first).status).toBe(200);
  });

  test('malformed packets by the hundred leave nothing behind', async () => {
    const responses = await Promise.all(
      Array.from({ length: 200 }, () => send(hex`00 04 00 00 00 00 00 00`)),
    );
    expect(responses.every(({ body }) => body.length === 0)).toBe(true);
    expect(server.log).toHaveLength(200);
  });
});
