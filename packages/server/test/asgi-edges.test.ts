import { once } from 'node:events';
import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler, WSGIApplication } from '@gatewire/interfaces';
import type { ServeOptions } from '@gatewire/server';
import { rewriteScope } from '@gatewire/server/middleware';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { answering, open, readAll, request, start, text, until } from './client.js';
import type { TestServer } from './client.js';
import { FastcgiClient } from './fastcgi-client.js';

let server: TestServer | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
});

const serveHttp = (
  http: ASGIProtocolHandler<'http'>,
  options: Partial<ServeOptions> = {},
): Promise<TestServer> => start(defineApp({ http }), { lifespan: 'off', ...options });

/** Answers one HTTP request that is written by hand. */
async function raw(bytes: string): Promise<string> {
  const socket = await open(server!.http);
  socket.write(bytes);
  const { head, body } = await readAll(socket);
  return `${head}\r\n\r\n${body.toString()}`;
}

const OLD = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n';
const START = { type: 'http.response.start', status: 200 } as const;
const END = { type: 'http.response.body', body: text('all') } as const;

describe('behind the end of a response', () => {
  test('an error is on the log; the response stays whole', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      await send(START);
      await send(END);
      throw new Error('too late');
    });
    expect((await request(server.uwsgi)).body.toString()).toBe('all');
    await until(() => server!.log.length > 0);
    expect(server.log[0].message).toMatch(/failed after the response: Error: too late/);
  });

  test('what the application returns is on the log', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      await send(START);
      await send(END);
      return 'a text' as unknown as undefined;
    });
    await request(server.uwsgi);
    await until(() => server!.log.length > 0);
    expect(server.log[0].message).toMatch(/an ASGI application returns nothing, this one a string/);
  });

  test('an error without a stack is told by its message', async () => {
    server = await serveHttp(() => {
      const error = new Error('no stack');
      Reflect.deleteProperty(error, 'stack');
      throw error;
    });
    expect((await request(server.uwsgi, ['REQUEST_METHOD', 'HEAD'])).body).toHaveLength(0);
    expect(server.log[0].message).toBe('HEAD /: answered with 500: no stack');
  });
});

describe('trailers and early hints', () => {
  test.each(['uwsgi', 'fastcgi'] as const)('are not offered, and refused, over %s', async (protocol) => {
    const refusals: unknown[] = [];
    server = await serveHttp(async (_scope, _receive, send) => {
      refusals.push(await send({ ...START, trailers: true }).catch(String));
      refusals.push(await send({ type: 'http.response.early_hint', links: [] }).catch(String));
      await send(START);
      await send(END);
    });
    if (protocol === 'uwsgi') await request(server.uwsgi);
    else {
      const client = await FastcgiClient.open(server.fastcgi);
      await client.request(['REQUEST_METHOD', 'GET', 'REQUEST_URI', '/'], new Uint8Array(0), false);
      client.destroy();
    }
    expect(refusals.join()).toMatch(/trailers is not possible.*early_hint is not possible/);
  });

  test('are not offered to HTTP/1.0', async () => {
    let extensions: readonly string[] = [];
    server = await serveHttp(async (scope, _receive, send) => {
      extensions = Object.keys(scope.extensions ?? {});
      await expect(send({ ...START, trailers: true })).rejects.toThrow(/does not offer it/);
      await expect(send({ type: 'http.response.early_hint', links: [] })).rejects.toThrow(
        /does not offer it/,
      );
      await send(START);
      await send(END);
    });
    expect(await raw(OLD)).toMatch(/\r\n\r\nall$/);
    expect(extensions).not.toContain('http.response.trailers');
  });

  test('go with no Content-Length; they come in several events, also behind a file', async () => {
    const path = new URL(import.meta.url).pathname;
    server = await serveHttp(async (_scope, _receive, send) => {
      const headers = asgiHeaders({ 'content-length': '3' });
      await expect(send({ ...START, headers, trailers: true })).rejects.toThrow(/without Content-Length/);
      await send({ ...START, trailers: true });
      await send({ type: 'http.response.pathsend', path });
      await send({
        type: 'http.response.trailers',
        headers: asgiHeaders({ 'x-a': '1' }),
        more_trailers: true,
      });
      await send({ type: 'http.response.trailers', headers: asgiHeaders({ 'x-b': '2' }) });
    });
    const answer = await raw(
      'GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers;q=1\r\nConnection: TE, close\r\n\r\n',
    );
    expect(answer.toLowerCase()).toMatch(/\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n$/);
  });
});

test('an upgrade that has a body is refused: node:http reads none of it', async () => {
  server = await serveHttp(async (_scope, _receive, send) => {
    await send(START);
    await send(END);
  });
  const upgrade = 'Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n';
  expect(await raw(`POST / HTTP/1.1\r\n${upgrade}Content-Length: 3\r\n\r\nabc`)).toMatch(/^HTTP\/1\.1 501 /);
  expect(await raw(`POST / HTTP/1.1\r\n${upgrade}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 501 /,
  );
});

describe('WebSockets', () => {
  const serveWebSocket = (websocket: ASGIProtocolHandler<'websocket'>): Promise<TestServer> =>
    start(defineApp({ websocket }), { lifespan: 'off', gracefulTimeout: 1 });

  test('nothing is sent behind the close', async () => {
    let refusal = '';
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      await send({ type: 'websocket.close' });
      refusal = await send({ type: 'websocket.send', text: 'late' }).then(String, String);
    });
    const socket = new WebSocket(`ws://${server.http.address}/`);
    await once(socket, 'close');
    await until(() => refusal !== '');
    expect(refusal).toMatch(/expected nothing, it is closed|the client has gone/);
  });

  test('one that answers no ping is given up', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const seen: unknown[] = [];
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.accept' });
      seen.push(await receive());
    });
    const deaf = { autoPong: false } as object;
    const socket = new WebSocket(`ws://${server.http.address}/`, deaf);
    const pinged = once(socket, 'ping');
    await once(socket, 'open');
    await vi.advanceTimersByTimeAsync(60_000);
    await pinged;
    await vi.advanceTimersByTimeAsync(60_000);
    await until(() => seen.length === 1);
    expect(seen).toMatchObject([{ type: 'websocket.disconnect', code: 1006 }]);
    socket.terminate();
  });

  test('a client that goes before it is accepted', async () => {
    const seen: unknown[] = [];
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      seen.push((await receive()).type);
      seen.push(
        await send({ type: 'websocket.accept' }).then(String, (error: unknown) => (error as Error).name),
      );
    });
    const socket = new WebSocket(`ws://${server.http.address}/`);
    socket.on('error', () => undefined);
    await until(() => server!.calls === 1);
    socket.terminate();
    await until(() => seen.length === 2);
    expect(seen).toEqual(['websocket.disconnect', 'ClientGone']);
  });

  test('an application that fails in the middle of a denial cuts it', async () => {
    server = await serveWebSocket(async (_scope, receive, send) => {
      await receive();
      await send({ type: 'websocket.http.response.start', status: 401, headers: [] });
      await send({ type: 'websocket.http.response.body', body: text('part'), more_body: true });
      throw new Error('broken');
    });
    const socket = new WebSocket(`ws://${server.http.address}/`);
    await new Promise((resolve) => socket.on('error', resolve));
    await until(() => server!.log.length > 0);
    expect(server.log[0].message).toMatch(/Error: broken/);
  });
});

test('a lifespan that asks again after its shutdown waits for ever, and keeps nobody', async () => {
  const events: string[] = [];
  const asking = await start(
    defineApp({
      async lifespan(_scope, receive, send) {
        events.push((await receive()).type);
        await send({ type: 'lifespan.startup.complete' });
        events.push((await receive()).type);
        await send({ type: 'lifespan.shutdown.complete' });
        events.push((await receive()).type);
      },
    }),
  );
  await asking.close();
  expect(events).toEqual(['lifespan.startup', 'lifespan.shutdown']);
});

test('a rewritten scope is of a request, never of a lifespan', async () => {
  const rewritten: string[] = [];
  const app = defineApp({
    async http(scope, _receive, send) {
      await send(START);
      await send({
        type: 'http.response.body',
        body: text(`${scope.path} ${String(scope.state?.['word'])}`),
      });
    },
    async lifespan(scope, receive, send) {
      await receive();
      Object.assign(scope.state ?? {}, { word: 'kept' });
      await send({ type: 'lifespan.startup.complete' });
      await receive();
      await send({ type: 'lifespan.shutdown.complete' });
    },
  });
  const rewrite = rewriteScope((scope) => {
    rewritten.push(scope.type);
    scope.path = '/other';
  });
  server = await start(rewrite(app), { interface: 'asgi', lifespan: 'on' });
  expect((await request(server.uwsgi)).body.toString()).toBe('/other kept');
  expect(rewritten).toEqual(['http']);
});

test('a status that has no name; variables of the server for every application', async () => {
  server = await serveHttp(async (_scope, _receive, send) => {
    await send({ ...START, status: 299 });
    await send(END);
  });
  expect((await request(server.uwsgi)).head).toMatch(/^HTTP\/1\.1 299 /);
  await server.close();
  const app: WSGIApplication = (environ, startResponse) => {
    startResponse('200 OK', []);
    return [text(String(environ['DEPLOYED']))];
  };
  server = await start(app, { environ: { DEPLOYED: 'today' } });
  expect((await request(server.uwsgi)).body.toString()).toBe('today');
});

test('a WebSocket that is accepted while the server stops is closed with 1012', async () => {
  let accept: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (accept = resolve));
  server = await start(
    defineApp({
      async websocket(_scope, receive, send) {
        await receive();
        await told;
        await send({ type: 'websocket.accept' });
        await receive();
      },
    }),
    { lifespan: 'off', gracefulTimeout: 5 },
  );
  const socket = new WebSocket(`ws://${server.http.address}/`);
  await until(() => server!.calls === 1);
  const closing = server.close();
  accept();
  expect((await once(socket, 'close'))[0]).toBe(1012);
  await closing;
});

test('limits that are none: close() waits as long as it takes', async () => {
  const app = answering('200 OK', [], [text('fine')]);
  const unlimited = await start(app, { gracefulTimeout: Infinity, bodyTimeout: Infinity });
  const large = new Uint8Array(1 << 20);
  expect((await request(unlimited.uwsgi, [], large)).body.toString()).toBe('fine');
  expect(await (await fetch(`http://${unlimited.http.address}/`)).text()).toBe('fine');
  await unlimited.close();
});

test('start_response with an excInfo that is null replaces nothing', async () => {
  server = await start(((_environ, startResponse) => {
    startResponse('200 OK', []);
    startResponse('500 Oh', [], null);
    return [];
  }) as WSGIApplication);
  expect((await request(server.uwsgi)).status).toBe(500);
  expect(server.log[0].message).toMatch(/start_response\(\) was called before/);
});
