import { once } from 'node:events';
import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler, WebSocketReceiveSideEvent, WebSocketScope } from '@gatewire/interfaces';
import { describeWith, passLocation, startNginx } from '@gatewire/testkit';
import type { RunningNginx } from '@gatewire/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { open, pause, readAll, start, text, until } from './client.js';
import type { TestServer } from './client.js';

type Handler = ASGIProtocolHandler<'websocket'>;

let server: TestServer | undefined;
let nginx: RunningNginx | undefined;

afterEach(async () => {
  await nginx?.stop();
  await server?.close();
  server = nginx = undefined;
});

const serveWebSocket = (websocket: Handler): Promise<TestServer> =>
  start(
    defineApp({
      websocket,
      async http(_scope, _receive, send) {
        await send({ type: 'http.response.start', status: 200 });
        await send({ type: 'http.response.body', body: text('over HTTP') });
      },
    }),
    { lifespan: 'off', gracefulTimeout: 2 },
  );

/** Sends every message back. */
const echo: Handler = async (_scope, receive, send) => {
  await receive();
  await send({ type: 'websocket.accept' });
  for (;;) {
    const event = await receive();
    if (event.type !== 'websocket.receive') return;
    await send({ ...event, type: 'websocket.send' });
  }
};

/** A client that has collected what came. */
class Client {
  readonly messages: (string | Buffer)[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | null = null;

  constructor(url: string, protocols: string[] = [], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, protocols, { headers });
    this.socket.on('message', (data, isBinary) =>
      this.messages.push(isBinary ? (data as Buffer) : (data as Buffer).toString()),
    );
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    this.socket.on('error', () => undefined);
  }

  async opened(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  async message(count = 1): Promise<void> {
    await until(() => this.messages.length >= count || this.closed !== null);
  }

  async end(): Promise<{ code: number; reason: string } | null> {
    await until(() => this.closed !== null);
    return this.closed;
  }
}

/** Status and body of a refused handshake. */
async function refusal(
  url: string,
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  const socket = new WebSocket(url);
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, unknown> },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, body: Buffer.concat(chunks).toString(), headers: response.headers };
}

function webSocketSuite(url: (path?: string) => Promise<string>): void {
  test('the scope, text and bytes back, and a close from the client', async () => {
    let seen: WebSocketScope | undefined;
    const last: WebSocketReceiveSideEvent[] = [];
    server = await serveWebSocket(async (scope, receive, send) => {
      seen = scope;
      await receive();
      await send({ type: 'websocket.accept', subprotocol: 'two', headers: asgiHeaders({ 'x-a': 'b' }) });
      for (;;) {
        const event = await receive();
        if (event.type !== 'websocket.receive') {
          last.push(event, await receive());
          return;
        }
        await send({ ...event, type: 'websocket.send' });
      }
    });
    const client = new Client(await url('/chat/%C3%A9?a=1'), ['one', 'two']);
    let header: unknown;
    client.socket.on('upgrade', (response) => (header = response.headers['x-a']));
    await client.opened();
    expect([client.socket.protocol, header]).toEqual(['two', 'b']);
    client.socket.send('héllo');
    client.socket.send(Buffer.from([0, 255, 10]));
    await client.message(2);
    expect(client.messages).toEqual(['héllo', Buffer.from([0, 255, 10])]);
    client.socket.close(4001, 'enough');
    await until(() => last.length === 2);
    const disconnect = { type: 'websocket.disconnect', code: 4001, reason: 'enough' };
    expect(last).toEqual([disconnect, disconnect]);
    expect(seen).toMatchObject({
      type: 'websocket',
      path: '/chat/é',
      scheme: 'ws',
      subprotocols: ['one', 'two'],
    });
    await until(() => server!.access.length === 1);
    expect(server.access).toMatchObject([{ status: 101, bytesIn: 9, bytesOut: 9, aborted: false }]);
  });

  test('a 1 MiB message, and many small ones, come back in order', async () => {
    server = await serveWebSocket(echo);
    const client = await new Client(await url()).opened();
    client.socket.send(Buffer.alloc(1 << 20, 7));
    for (let i = 0; i < 500; i++) client.socket.send(String(i));
    await client.message(501);
    expect(
      client.messages.map((message) => (typeof message === 'string' ? message : message.length)),
    ).toEqual([1 << 20, ...Array.from({ length: 500 }, (_, i) => String(i))]);
    client.socket.close();
    await client.end();
  });

  test('the application closes, or returns, or fails', async () => {
    server = await serveWebSocket(async (scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      if (scope.path === '/close') await send({ type: 'websocket.close', code: 4000, reason: 'done' });
      if (scope.path === '/fail') throw new Error('broken');
    });
    const closed = await new Client(await url('/close')).opened();
    expect(await closed.end()).toEqual({ code: 4000, reason: 'done' });
    const returned = await new Client(await url('/return')).opened();
    expect(await returned.end()).toEqual({ code: 1000, reason: '' });
    const failed = await new Client(await url('/fail')).opened();
    expect(await failed.end()).toEqual({ code: 1011, reason: '' });
    expect(server.log).toMatchObject([
      { event: 'application_error', message: /closed with 1011: Error: broken/ },
    ]);
  });

  test('a handshake that is denied: 403, an answer of its own, or a 500', async () => {
    server = await serveWebSocket(async (scope, receive, send) => {
      await receive();
      if (scope.path === '/close') await send({ type: 'websocket.close' });
      if (scope.path === '/answer') {
        expect(scope.extensions).toHaveProperty(['websocket.http.response']);
        const headers = asgiHeaders({ 'content-type': 'text/plain' });
        await send({ type: 'websocket.http.response.start', status: 401, headers });
        await send({ type: 'websocket.http.response.body', body: text('who '), more_body: true });
        await send({ type: 'websocket.http.response.body', body: text('are you?') });
      }
    });
    expect(await refusal(await url('/close'))).toMatchObject({ status: 403, body: 'Forbidden\n' });
    expect(await refusal(await url('/answer'))).toMatchObject({ status: 401, body: 'who are you?' });
    expect((await refusal(await url('/nothing'))).status).toBe(500);
    expect(server.log.at(-1)?.message).toMatch(/returned without accept or close/);
  });

  test('closing the server says 1012 to both sides', async () => {
    let code = 0;
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      const event = await receive();
      if (event.type === 'websocket.disconnect') code = event.code;
    });
    const client = await new Client(await url()).opened();
    await Promise.all([server.close(), client.end()]);
    expect([code, client.closed?.code]).toEqual([1012, 1012]);
  });

  test('a client that vanishes is a disconnect with 1006, and sending to it rejects', async () => {
    const seen: unknown[] = [];
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      const event = await receive();
      seen.push(event.type === 'websocket.disconnect' ? event.code : event.type);
      seen.push(
        await send({ type: 'websocket.send', text: 'x' }).catch((error: unknown) => (error as Error).name),
      );
    });
    const client = await new Client(await url()).opened();
    client.socket.terminate();
    await until(() => seen.length === 2);
    expect(seen).toEqual([1006, 'ClientGone']);
    expect(server.log).toEqual([]);
  });

  test('a slow application holds the sender', async () => {
    let go: () => void = () => undefined;
    let received = 0;
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      await new Promise<void>((resolve) => (go = resolve));
      while ((await receive()).type === 'websocket.receive') received++;
    });
    const client = await new Client(await url()).opened();
    for (let i = 0; i < 400; i++) client.socket.send(Buffer.alloc(65_536));
    await pause(300);
    expect(client.socket.bufferedAmount).toBeGreaterThan(0);
    go();
    await until(() => received === 400);
    expect(received).toBe(400);
    client.socket.close();
    await client.end();
  });
}

describe('WebSocket over HTTP', () => {
  webSocketSuite((path = '/') => Promise.resolve(`ws://${server!.http.address}${path}`));

  test('an upgrade to anything else is ignored, and the request answered', async () => {
    server = await serveWebSocket(echo);
    const socket = await open(server.http);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    expect((await readAll(socket)).body.toString()).toContain('over HTTP');
  });

  test.each([
    [
      'a version that nobody speaks',
      'Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      426,
    ],
    ['no key', 'Sec-WebSocket-Version: 13', 400],
    ['a key of the wrong size', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhl', 400],
  ])('%s', async (_, headers, status) => {
    server = await serveWebSocket(echo);
    const socket = await open(server.http);
    socket.write(
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n\r\n`,
    );
    const response = await readAll(socket);
    expect(response.status).toBe(status);
    expect(response.head.includes('Sec-WebSocket-Version: 13')).toBe(status === 426);
  });

  test.each<[string, unknown, RegExp]>([
    ['a message before accept', { type: 'websocket.send', text: 'x' }, /expected websocket.accept or/],
    ['a subprotocol that was not offered', { type: 'websocket.accept', subprotocol: 'x' }, /did not offer/],
    [
      'a header of the handshake',
      { type: 'websocket.accept', headers: asgiHeaders([['sec-websocket-accept', 'x']]) },
      /must not set/,
    ],
    ['an event without a type', {}, /without a type/],
    ['a close with a code that is none', { type: 'websocket.close', code: '1000' }, /expected an integer/],
    ['a body before its head', { type: 'websocket.http.response.body' }, /not allowed now/],
    ['an unknown event', { type: 'websocket.ping' }, /not allowed now/],
    ['a denial without a status', { type: 'websocket.http.response.start' }, /expected an integer/],
  ])('%s is refused: 500', async (_, event, reason) => {
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send(event as never);
    });
    expect((await refusal(`ws://${server.http.address}/`)).status).toBe(500);
    expect(server.log[0].message).toMatch(reason);
  });

  test.each<[string, unknown, RegExp]>([
    ['neither bytes nor text', { type: 'websocket.send' }, /neither bytes/],
    ['both', { type: 'websocket.send', text: 'x', bytes: text('x') }, /both bytes and text/],
    ['a second accept', { type: 'websocket.accept' }, /not allowed now/],
    ['a code that no frame has', { type: 'websocket.close', code: 1006 }, /which no Close frame may have/],
    ['a reason that is too long', { type: 'websocket.close', reason: 'é'.repeat(62) }, /more than 123 bytes/],
  ])('%s is refused: 1011', async (_, event, reason) => {
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      await send(event as never);
    });
    const client = await new Client(`ws://${server.http.address}/`).opened();
    expect(await client.end()).toEqual({ code: 1011, reason: '' });
    expect(server.log[0].message).toMatch(reason);
  });

  test.each<[string, readonly unknown[], RegExp]>([
    ['returns without an answer', [], /returned without accept or close/],
    [
      'returns in the middle of a denial',
      [
        { type: 'websocket.http.response.start', status: 401, headers: [] },
        { type: 'websocket.http.response.body', body: text('no'), more_body: true },
      ],
      /returned without completing the response/,
    ],
    [
      'denies with a text',
      [
        { type: 'websocket.http.response.start', status: 401, headers: [] },
        { type: 'websocket.http.response.body', body: 'no' },
      ],
      /body is a string, expected a Uint8Array/,
    ],
  ])('an application that %s is in the log', async (_, events, reason) => {
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      for (const event of events) await send(event as never);
    });
    const socket = new WebSocket(`ws://${server.http.address}/`);
    await new Promise((resolve) => socket.on('error', resolve));
    await until(() => server!.log.length > 0);
    expect(server.log[0].message).toMatch(reason);
  });

  test('a message of more than 16 MiB is 1009', async () => {
    server = await serveWebSocket(echo);
    const client = await new Client(`ws://${server.http.address}/`).opened();
    client.socket.send(Buffer.alloc(16 * 2 ** 20 + 1));
    expect((await client.end())?.code).toBe(1009);
  });
});

describeWith('nginx', 'WebSocket behind nginx', () => {
  webSocketSuite(async (path = '/') => {
    await nginx?.stop();
    nginx = await startNginx({ locations: [passLocation('uwsgi', server!.uwsgi.address)] });
    return `${nginx.url.replace('http:', 'ws:')}${path}`;
  });

  test('over fastcgi_pass there is no upgrade: the application sees a plain request', async () => {
    server = await serveWebSocket(echo);
    nginx = await startNginx({ locations: [passLocation('fastcgi', server.fastcgi.address)] });
    expect(await refusal(nginx.url.replace('http:', 'ws:'))).toMatchObject({
      status: 200,
      body: 'over HTTP',
    });
  });
});
