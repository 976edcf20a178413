import { once } from 'node:events';
import type { ASGI3Application, WSGIApplication } from '@gatewire/interfaces';
import { fetchToAsgi, nodeToAsgi, wsgiToAsgi } from '@gatewire/server/adapters';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { viaFetch, viaNode, viaWsgi } from './behaviours.js';
import { pause, request, start, text, until } from './client.js';
import type { TestServer } from './client.js';
import { overEveryPath } from './paths.js';
import type { Path } from './paths.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const serveAsgi = (app: ASGI3Application): Promise<TestServer> =>
  start(app, { interface: 'asgi', lifespan: 'off', gracefulTimeout: 2 });

const quiet = { log: () => undefined };

const ADAPTED: readonly (readonly [string, ASGI3Application])[] = [
  ['fetchToAsgi', fetchToAsgi(viaFetch)],
  ['nodeToAsgi', nodeToAsgi(viaNode)],
  ['wsgiToAsgi', wsgiToAsgi(viaWsgi, quiet)],
];

describe.each(ADAPTED)('%s', (_, app) => {
  function suite(path: Path): void {
    test('method, path and headers arrive; repeated Set-Cookie stays apart', async () => {
      server = await serveAsgi(app);
      const plain = await path('/plain', { method: 'PUT', headers: { 'X-A': 'b' }, body: text('x') });
      const json = (await plain.json()) as object;
      expect(json).toMatchObject({ url: '/plain', method: 'PUT' });
      const cookies = await path('/cookies');
      expect(cookies.headers.getSetCookie()).toEqual(['a=1', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT']);
      expect(await cookies.text()).toBe('two');
    });

    test('a 1 MiB body goes in and comes back', async () => {
      server = await serveAsgi(app);
      const body = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) ^ (i >> 8));
      const response = await path('/echo', { method: 'POST', body });
      expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0);
    });

    test('HEAD, 204 and 304 have no body; 404 has its own', async () => {
      server = await serveAsgi(app);
      for (const status of [204, 304, 404]) {
        const response = await path(`/status/${status}`);
        expect([response.status, await response.text()]).toEqual([status, status === 404 ? 'body' : '']);
      }
      const head = await path('/status/200', { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
    });

    test('an error before the response is a 500', async () => {
      server = await serveAsgi(app);
      expect((await path('/error')).status).toBe(500);
    });
  }
  overEveryPath(suite, () => server!);

  test('an error in the middle cuts the response', async () => {
    server = await serveAsgi(app);
    const response = await request(server.uwsgi, ['PATH_INFO', '/late', 'REQUEST_URI', '/late']);
    expect([response.status, response.clean]).toEqual([200, false]);
    expect(response.body.toString()).toContain('begun');
  });

  test('a WebSocket is refused with 403', async () => {
    server = await serveAsgi(app);
    const socket = new WebSocket(`ws://${server.http.address}/`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    socket.on('error', () => undefined);
    socket.terminate();
  });
});

describe('wsgiToAsgi', () => {
  test('a client that goes: the iterator is closed and the signal fires', async () => {
    const seen: string[] = [];
    const app = wsgiToAsgi((environ, startResponse) => {
      startResponse('200 OK', []);
      environ['gatewire.client']?.signal.addEventListener('abort', () => seen.push('signal'));
      const blocks = (async function* () {
        try {
          for (;;) {
            yield new Uint8Array(65_536);
            await pause(1);
          }
        } finally {
          seen.push('returned');
        }
      })();
      return Object.assign(blocks, { close: () => seen.push('closed') });
    }, quiet);
    server = await serveAsgi(app);
    const stop = new AbortController();
    const response = await fetch(`http://${server.http.address}/`, { signal: stop.signal });
    await response.body?.getReader().read();
    stop.abort();
    await until(() => seen.includes('closed'));
    expect(seen).toEqual(expect.arrayContaining(['returned', 'closed']));
  });

  test('a slow reader holds the application', async () => {
    let produced = 0;
    const app = wsgiToAsgi(
      function* (_environ, startResponse) {
        startResponse('200 OK', []);
        for (; produced < 2000; produced++) yield new Uint8Array(65_536);
      } as WSGIApplication,
      quiet,
    );
    server = await serveAsgi(app);
    const stop = new AbortController();
    const response = await fetch(`http://${server.http.address}/`, { signal: stop.signal });
    await response.body?.getReader().read();
    await pause(200);
    expect(produced).toBeLessThan(1000);
    stop.abort();
  });
});
