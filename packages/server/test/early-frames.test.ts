import { defineApp } from '@gatewire/interfaces';
import { hex } from '@gatewire/testkit';
import { encodePacket } from '@gatewire/uwsgi';
import { afterEach, describe, expect, test } from 'vitest';
import { open, pause, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const HANDSHAKES = {
  http: text(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  ),
  uwsgi: encodePacket(0, 0, [
    ...['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'HTTP_CONNECTION', 'upgrade'],
    ...['HTTP_UPGRADE', 'websocket', 'HTTP_SEC_WEBSOCKET_VERSION', '13'],
    ...['HTTP_SEC_WEBSOCKET_KEY', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ]),
} as const;

/** Text frames of a client with a mask of zeros (RFC 6455 §5.2): "one" and "two". */
const ONE = hex`81 83 00 00 00 00 ${text('one')}`;
const TWO = hex`81 83 00 00 00 00 ${text('two')}`;
const BYE = hex`88 82 00 00 00 00 03 e8`;

async function startReceiver(seen: string[]): Promise<TestServer> {
  server = await start(
    defineApp({
      async websocket(_scope, receive, send) {
        await receive();
        await pause(50);
        await send({ type: 'websocket.accept' });
        for (;;) {
          const event = await receive();
          seen.push(event.type === 'websocket.receive' ? String(event.text) : event.type);
          if (event.type === 'websocket.disconnect') return;
        }
      },
    }),
    { lifespan: 'off' },
  );
  return server;
}

describe.each(['http', 'uwsgi'] as const)('frames before the handshake is answered, over %s', (protocol) => {
  const handshake = HANDSHAKES[protocol];

  test.each([
    ['in one read with it', [Buffer.concat([handshake, ONE, TWO, BYE])]],
    ['cut in the first frame', [Buffer.concat([handshake, ONE.subarray(0, 4)]), ONE.subarray(4), TWO, BYE]],
    [
      'in one read with the end of it',
      [handshake.subarray(0, 50), Buffer.concat([handshake.subarray(50), ONE]), TWO, BYE],
    ],
    [
      'in one read with nothing but its last byte',
      [handshake.subarray(0, -1), Buffer.concat([handshake.subarray(-1), ONE, TWO]), BYE],
    ],
  ] as const)('%s: none is lost', async (_, writes) => {
    const seen: string[] = [];
    const { [protocol]: address } = await startReceiver(seen);
    const socket = await open(address);
    socket.setNoDelay(true);
    socket.resume();
    for (const bytes of writes) {
      socket.write(bytes);
      await pause(10);
    }
    await until(() => seen.length === 3);
    expect(seen).toEqual(['one', 'two', 'websocket.disconnect']);
    socket.destroy();
  });

  test('more than is held back until the handshake is answered', async () => {
    const seen: string[] = [];
    const { [protocol]: address } = await startReceiver(seen);
    const socket = await open(address);
    socket.resume();
    socket.write(Buffer.concat([handshake, ...Array<Uint8Array>(50_000).fill(ONE), BYE]));
    await until(() => seen.length === 50_001);
    expect(seen.length).toBe(50_001);
    expect(new Set(seen)).toEqual(new Set(['one', 'websocket.disconnect']));
    socket.destroy();
  });
});
