import type { Socket } from 'node:net';
import type { HTTPRequestEvent } from '@gatewire/interfaces';
import { defineApp } from '@gatewire/interfaces';
import { afterEach, describe, expect, test } from 'vitest';
import { open, pause, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HEAD = 'POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';

/** What a connection has received; it keeps on. */
async function conversation(): Promise<{ socket: Socket; received: () => string }> {
  const socket = await open(server!.http);
  let all = '';
  socket.on('data', (chunk: Buffer) => (all += chunk.toString('latin1')));
  return { socket, received: () => all };
}

describe('RFC 9110 §10.1.1 Expect: 100-continue', () => {
  test('100 is sent when the application first reads the body, once', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    server = await start(
      defineApp({
        async http(_scope, receive, send) {
          await gate;
          let body = '';
          for (let more: boolean | undefined = true; more;) {
            const event = (await receive()) as HTTPRequestEvent;
            body += Buffer.from(event.body ?? []).toString();
            more = event.more_body;
          }
          await send({ type: 'http.response.start', status: 200, headers: [] });
          await send({ type: 'http.response.body', body: text(body) });
        },
      }),
      { lifespan: 'off' },
    );
    const { socket, received } = await conversation();
    socket.write(HEAD);
    await pause(200);
    expect(received()).toBe('');
    go();
    await until(() => received() !== '');
    expect(received()).toBe(CONTINUE);
    socket.write('he');
    await pause(50);
    socket.write('llo');
    await until(() => received().endsWith('hello\r\n0\r\n\r\n'));
    const answer = received().slice(CONTINUE.length);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('hello');
    expect(answer).not.toMatch(/^Connection: close/im);
    // The connection is good for a further request.
    socket.write(HEAD);
    await until(() => received().split(CONTINUE).length === 3);
    socket.write('again');
    await until(() => received().includes('again'));
    expect(received()).toContain('again');
    socket.destroy();
  });

  test('an application that does not read is asked for nothing: its answer is the last of the connection', async () => {
    server = await start((_environ, startResponse) => {
      startResponse('403 Forbidden', [['Content-Length', '2']]);
      return [text('no')];
    });
    const { socket, received } = await conversation();
    let ended = false;
    socket.once('end', () => (ended = true));
    socket.write(HEAD);
    await until(() => ended);
    expect(received()).toMatch(/^HTTP\/1\.1 403 /);
    expect(received()).toMatch(/^Connection: close\r$/im);
    expect(received()).not.toContain('100 Continue');
    expect(received()).toMatch(/\r\n\r\nno$/);
    expect(ended).toBe(true);
    socket.destroy();
  });

  test('a Fetch handler that does not read asks for nothing either', async () => {
    server = await start({ fetch: () => new Response('no', { status: 403 }) });
    const { socket, received } = await conversation();
    socket.write(HEAD);
    await until(() => received().includes('no'));
    expect(received()).toMatch(/^HTTP\/1\.1 403 /);
    expect(received()).toMatch(/^Connection: close\r$/im);
    socket.destroy();
  });

  test('what the client sends all the same is no request', async () => {
    let runs = 0;
    server = await start((_environ, startResponse) => {
      runs++;
      startResponse('403 Forbidden', [['Content-Length', '2']]);
      return [text('no')];
    });
    const { socket, received } = await conversation();
    socket.write(HEAD.replace('Length: 5', 'Length: 36'));
    await until(() => received().endsWith('no'));
    socket.write('GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
    await pause(100);
    expect([runs, received().split('HTTP/1.1 ').length - 1]).toEqual([1, 1]);
    socket.destroy();
  });

  test('a client that does not wait has its body read, with or without the 100', async () => {
    server = await start(async (environ, startResponse) => {
      const body = await environ['wsgi.input'].read();
      startResponse('200 OK', [['Content-Length', String(body.length)]]);
      return [body];
    });
    const { socket, received } = await conversation();
    socket.write(`${HEAD}hello`);
    await until(() => received().endsWith('hello'));
    expect(received().replace(CONTINUE, '')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  });

  test('no 100 behind the head of the response', async () => {
    server = await start(
      defineApp({
        async http(_scope, receive, send) {
          await send({ type: 'http.response.start', status: 200, headers: [] });
          await send({ type: 'http.response.body', body: text('early '), more_body: true });
          const event = (await receive()) as HTTPRequestEvent;
          await send({ type: 'http.response.body', body: event.body ?? text('') });
        },
      }),
      { lifespan: 'off' },
    );
    const { socket, received } = await conversation();
    socket.write(HEAD);
    await until(() => received().includes('early'));
    socket.write('hello');
    await until(() => received().includes('hello'));
    expect(received()).not.toContain('100 Continue');
    expect(received()).toMatch(/^Connection: close\r$/im);
    socket.destroy();
  });

  test('a body that is too large is refused before it is asked for', async () => {
    server = await start((_environ, startResponse) => (startResponse('200 OK', []), []), { maxBodyBytes: 4 });
    const { socket, received } = await conversation();
    socket.write(HEAD);
    await until(() => received() !== '');
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(received()).not.toContain('100 Continue');
    socket.destroy();
  });

  test('another expectation is refused with 417', async () => {
    server = await start((_environ, startResponse) => (startResponse('200 OK', []), []));
    const { socket, received } = await conversation();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n');
    await until(() => received() !== '');
    expect(received()).toMatch(/^HTTP\/1\.1 417 /);
    socket.destroy();
  });
});
