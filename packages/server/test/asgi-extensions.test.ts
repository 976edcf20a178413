import { connect } from 'node:net';
import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler } from '@gatewire/interfaces';
import { afterEach, describe, expect, test } from 'vitest';
import { request, start, text } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const PLAIN = asgiHeaders({ 'content-type': 'text/plain' });

const serveHttp = (http: ASGIProtocolHandler<'http'>): Promise<TestServer> =>
  start(defineApp({ http }), { lifespan: 'off' });

describe('extensions of HTTP', () => {
  test('pathsend sends a file as the body', async () => {
    const path = new URL(import.meta.url).pathname;
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200, headers: PLAIN });
      await send({ type: 'http.response.pathsend', path });
    });
    const { body } = await request(server.uwsgi);
    expect(body.toString()).toContain('pathsend sends a file as the body');
  });

  test('a file that is not there is a 500', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200, headers: PLAIN });
      await send({ type: 'http.response.pathsend', path: '/no/such/file' });
    });
    expect((await request(server.uwsgi)).status).toBe(500);
    expect(server.log[0].message).toMatch(/ENOENT/);
  });

  test('early hints, and trailers for a client that asks', async () => {
    server = await serveHttp(async (scope, _receive, send) => {
      expect(Object.keys(scope.extensions ?? {})).toEqual(
        expect.arrayContaining([
          'http.response.early_hint',
          'http.response.trailers',
          'http.response.pathsend',
        ]),
      );
      await send({ type: 'http.response.early_hint', links: [text('</a.css>; rel=preload')] });
      await send({ type: 'http.response.start', status: 200, headers: PLAIN, trailers: true });
      await send({ type: 'http.response.body', body: text('body') });
      await send({ type: 'http.response.trailers', headers: asgiHeaders({ 'x-sum': '42' }) });
    });
    const raw = await rawHttp(
      server,
      'GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n',
    );
    expect(raw).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    );
    expect(raw.toLowerCase()).toMatch(/\r\n4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n$/);
    const without = await rawHttp(server, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(without).not.toContain('x-sum');
  });
});

async function rawHttp({ http }: TestServer, bytes: string): Promise<string> {
  const socket = connect(http.port ?? 0, http.host);
  socket.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
