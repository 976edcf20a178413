// WebSocket frames by hand (RFC 6455): what the `ws` client would not send, and what the application sees of it.
import type { Socket } from 'node:net';
import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler, WebSocketReceiveSideEvent } from '@gatewire/interfaces';
import { hex } from '@gatewire/testkit';
import { encodePacket } from '@gatewire/uwsgi';
import { afterEach, describe, expect, test } from 'vitest';
import { open, pause, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  void server?.close();
  // These clients answer no Close: a second call waits for none.
  await server?.close();
  server = undefined;
});

const serveWebSocket = (websocket: ASGIProtocolHandler<'websocket'>): Promise<TestServer> =>
  start(defineApp({ websocket }), { lifespan: 'off', gracefulTimeout: 1 });

/** Notes what comes, sends messages back. */
const echo =
  (
    seen: WebSocketReceiveSideEvent[],
    gate: Promise<unknown> = Promise.resolve(),
  ): ASGIProtocolHandler<'websocket'> =>
  async (_scope, receive, send) => {
    await receive();
    await send({ type: 'websocket.accept' });
    await gate;
    for (;;) {
      const event = await receive();
      seen.push(event);
      if (event.type !== 'websocket.receive') return;
      await send({ ...event, type: 'websocket.send' }).catch(() => undefined);
    }
  };

/** RFC 6455 §5.2, from a client: masked, with a mask of zeros so that the payload can be read. */
function frame(opcode: number, payload: Uint8Array | string = '', fin = true): Uint8Array {
  const bytes = typeof payload === 'string' ? text(payload) : payload;
  const size =
    bytes.length < 126 ? hex`${0x80 | bytes.length}` : hex`fe ${bytes.length >> 8} ${bytes.length & 0xff}`;
  return Buffer.concat([hex`${(fin ? 0x80 : 0) | opcode}`, size, hex`00 00 00 00`, bytes]);
}

const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];

/** The bytes of a handshake over each protocol that can carry one. */
const HANDSHAKES = {
  http: (): Uint8Array =>
    text(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ),
  uwsgi: (): Uint8Array =>
    encodePacket(0, 0, [
      ...['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'HTTP_CONNECTION', 'upgrade'],
      ...['HTTP_UPGRADE', 'websocket', 'HTTP_SEC_WEBSOCKET_VERSION', '13'],
      ...['HTTP_SEC_WEBSOCKET_KEY', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ]),
} as const;

/** What has come so far, behind the head of the response. */
class RawClient {
  private bytes: Buffer = Buffer.alloc(0);
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (this.bytes = Buffer.concat([this.bytes, chunk])));
  }

  get head(): string {
    return this.bytes.toString('latin1', 0, Math.max(0, this.bytes.indexOf('\r\n\r\n')));
  }

  get frames(): Buffer {
    const blank = this.bytes.indexOf('\r\n\r\n');
    return blank < 0 ? Buffer.alloc(0) : this.bytes.subarray(blank + 4);
  }

  /** Waits for `frames` to be this. */
  async expect(frames: Uint8Array): Promise<void> {
    await until(() => this.frames.length >= frames.length);
    expect(this.frames.toString('hex')).toBe(Buffer.from(frames).toString('hex'));
  }
}

async function connected(protocol: keyof typeof HANDSHAKES, ...early: Uint8Array[]): Promise<RawClient> {
  const client = new RawClient(await open(server![protocol]));
  client.socket.write(HANDSHAKES[protocol]());
  if (early.length === 0) await until(() => client.head !== '');
  if (early.length > 0) client.socket.write(Buffer.concat(early));
  return client;
}

describe.each(['http', 'uwsgi'] as const)('frames over %s', (protocol) => {
  test('RFC 6455 §1.3: the key of its example is answered as there', async () => {
    server = await serveWebSocket(echo([]));
    const client = await connected(protocol);
    await until(() => client.head !== '');
    expect(client.head).toMatch(/^HTTP\/1\.1 101 /);
    expect(client.head).toMatch(/^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=$/im);
    client.socket.destroy();
  });

  test('what comes before the handshake is answered is not lost', async () => {
    const seen: WebSocketReceiveSideEvent[] = [];
    server = await serveWebSocket(async (scope, receive, send) => {
      await receive();
      await pause(100);
      let connect = true;
      // The rest is as if the connection began here.
      await echo(seen)(
        scope,
        () => (connect ? ((connect = false), Promise.resolve({ type: 'websocket.connect' })) : receive()),
        send,
      );
    });
    const client = await connected(protocol, frame(TEXT, 'early'), frame(BINARY, hex`01 02`));
    await client.expect(hex`81 05 ${text('early')} 82 02 01 02`);
    expect(seen).toEqual([
      { type: 'websocket.receive', text: 'early' },
      { type: 'websocket.receive', bytes: Buffer.of(1, 2) },
    ]);
    client.socket.destroy();
  });

  test('§5.4, §5.5: fragments are one message, with pings in between that the application never sees', async () => {
    const seen: WebSocketReceiveSideEvent[] = [];
    server = await serveWebSocket(echo(seen));
    const client = await connected(protocol);
    for (const bytes of [
      frame(TEXT, 'on', false),
      frame(PING, 'p'),
      frame(CONTINUATION, 'e m', false),
      frame(PONG, 'unasked'),
      frame(CONTINUATION, '', false),
      frame(CONTINUATION, 'essage'),
    ])
      client.socket.write(bytes);
    await client.expect(hex`8a 01 ${text('p')} 81 0b ${text('one message')}`);
    expect(seen).toEqual([{ type: 'websocket.receive', text: 'one message' }]);
    client.socket.destroy();
  });

  test('§7.1: messages in front of a Close are received, then its code and reason, which is answered', async () => {
    const seen: WebSocketReceiveSideEvent[] = [];
    let go: (value?: unknown) => void = () => undefined;
    server = await serveWebSocket(echo(seen, new Promise((resolve) => (go = resolve))));
    const client = await connected(protocol);
    const close = frame(CLOSE, hex`0f a1 ${text('bye')}`);
    client.socket.write(Buffer.concat([frame(TEXT, '1'), frame(TEXT, '2'), frame(TEXT, '3'), close]));
    await pause(50);
    expect(seen).toEqual([]);
    go();
    await until(() => seen.length === 4);
    expect(seen).toEqual([
      ...['1', '2', '3'].map((value) => ({ type: 'websocket.receive', text: value })),
      { type: 'websocket.disconnect', code: 4001, reason: 'bye' },
    ]);
    // The answer repeats the code; whether the echoes went out before it is a matter of who was faster.
    const code = Buffer.of(0x0f, 0xa1);
    await until(() => client.frames.includes(code));
    expect(client.frames.includes(code)).toBe(true);
  });

  test('§7.1.5: a Close without a code is 1005', async () => {
    const seen: WebSocketReceiveSideEvent[] = [];
    server = await serveWebSocket(echo(seen));
    const client = await connected(protocol, frame(CLOSE));
    await until(() => seen.length === 1);
    expect(seen).toEqual([{ type: 'websocket.disconnect', code: 1005, reason: '' }]);
    await client.expect(hex`88 00`);
  });

  test.each<[string, Uint8Array, number]>([
    ['§5.1: a frame that is not masked', hex`81 02 68 69`, 1002],
    ['§5.2: a reserved bit', hex`c1 80 00 00 00 00`, 1002],
    ['§5.2: a reserved opcode', frame(3), 1002],
    ['§5.4: a continuation of nothing', frame(CONTINUATION, 'x'), 1002],
    ['§5.4: a message inside a message', Buffer.concat([frame(TEXT, 'x', false), frame(TEXT, 'y')]), 1002],
    ['§5.5: a ping of 126 bytes', frame(PING, new Uint8Array(126)), 1002],
    ['§5.5: a ping in fragments', frame(PING, 'x', false), 1002],
    ['§5.5.1: a Close of one byte', frame(CLOSE, 'x'), 1002],
    ['§7.4.1: a Close with 1005, which none has', frame(CLOSE, hex`03 ed`), 1002],
    ['§7.4.2: a Close with 999', frame(CLOSE, hex`03 e7`), 1002],
    ['§8.1: text that is no UTF-8', frame(TEXT, hex`c3 28`), 1007],
    ['§8.1: a surrogate', frame(TEXT, hex`ed a0 80`), 1007],
    ['§8.1: a reason that is no UTF-8', frame(CLOSE, hex`03 e8 ff`), 1007],
    ['§7.4.1: more than 16 MiB', hex`82 ff 00 00 00 00 01 00 00 01 00 00 00 00`, 1009],
  ])('%s: closed with a code of its own, a disconnect for the application', async (_, bytes, code) => {
    const seen: WebSocketReceiveSideEvent[] = [];
    server = await serveWebSocket(echo(seen));
    const client = await connected(protocol);
    client.socket.write(bytes);
    await client.expect(hex`88 02 ${code >> 8} ${code & 0xff}`);
    client.socket.end();
    await until(() => seen.length === 1);
    // §7.1.5: no Close came.
    expect(seen).toEqual([{ type: 'websocket.disconnect', code: 1006, reason: '' }]);
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a flood of small messages to an application that does not read stays with the sender', async () => {
    const seen: WebSocketReceiveSideEvent[] = [];
    let go: (value?: unknown) => void = () => undefined;
    server = await serveWebSocket(echo(seen, new Promise((resolve) => (go = resolve))));
    const client = await connected(protocol);
    const many = Buffer.concat(Array<Uint8Array>(10_000).fill(frame(TEXT, 'x')));
    let taken = 0;
    for (; taken < 1000 && client.socket.write(many); taken++) await pause(0);
    // 70 MB in ten million messages; the kernel holds some of them.
    expect(taken).toBeLessThan(500);
    client.socket.destroy();
    go();
    await until(() => seen.at(-1)?.type === 'websocket.disconnect');
    expect(seen.at(-1)?.type).toBe('websocket.disconnect');
  });
});

describe('§7.4: codes that an application closes with', () => {
  test.each([999, 1004, 1005, 1006, 1015, 2000, 2999, 5000])(
    '%i is refused, and the connection lives',
    async (code) => {
      let refused: unknown;
      server = await serveWebSocket(async (_scope, receive, send) => {
        await receive();
        await send({ type: 'websocket.accept' });
        refused = await send({ type: 'websocket.close', code }).catch(String);
        await send({ type: 'websocket.close', code: 4999, reason: 'r'.repeat(123) });
      });
      const client = await connected('http');
      await client.expect(hex`88 7d 13 87 ${text('r'.repeat(123))}`);
      expect(refused).toBe(`RangeError: code is ${code}, which no Close frame may have`);
      client.socket.destroy();
    },
  );

  test('a reason of 124 bytes is refused', async () => {
    let refused: unknown;
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept', headers: asgiHeaders({ 'x-a': 'b' }) });
      refused = await send({ type: 'websocket.close', reason: '\u00e9'.repeat(62) }).catch(String);
    });
    const client = await connected('http');
    await client.expect(hex`88 02 03 e8`);
    expect(refused).toBe('RangeError: reason has more than 123 bytes');
    client.socket.destroy();
  });
});
