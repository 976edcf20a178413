// WebSockets whose client does not answer the closing handshake.
import { once } from 'node:events';
import { defineApp } from '@gatewire/interfaces';
import { encodeRequest } from '@gatewire/uwsgi';
import { expect, test } from 'vitest';
import { open, start } from './client.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const HTTP = Buffer.from(
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
);
const UWSGI = [
  ...['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'HTTP_UPGRADE', 'websocket', 'HTTP_CONNECTION', 'Upgrade'],
  ...['HTTP_SEC_WEBSOCKET_KEY', KEY, 'HTTP_SEC_WEBSOCKET_VERSION', '13'],
];

test.each([
  ['http', () => [HTTP]],
  ['uwsgi', () => encodeRequest(UWSGI, { hopByHop: 'keep' })],
] as const)('%s: the connection is cut after gracefulTimeout', async (protocol, request) => {
  const app = defineApp({
    async websocket(_scope, receive, send) {
      await receive(); // websocket.connect
      await send({ type: 'websocket.accept' });
      await receive(); // websocket.disconnect, which only the cut brings
    },
  });
  const server = await start(app, { lifespan: 'off', gracefulTimeout: 0.3 });
  const socket = await open(server[protocol]);
  for (const chunk of request()) socket.write(chunk);
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
  const gone = once(socket, 'close');
  socket.resume();
  socket.on('error', () => undefined);
  // `ws` alone would wait for thirty seconds, longer than a test may take.
  await server.close();
  await gone;
  expect(server.access).toMatchObject([{ status: 101, aborted: true }]);
});
