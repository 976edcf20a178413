import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler, HTTPReceiveEvent, HTTPScope } from '@gatewire/interfaces';
import { afterEach, describe, expect, test } from 'vitest';
import { pause, request, start, text, until } from './client.js';
import type { TestServer } from './client.js';
import { overEveryPath } from './paths.js';
import type { Path } from './paths.js';

type Handler = ASGIProtocolHandler<'http'>;

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const PLAIN = asgiHeaders({ 'content-type': 'text/plain' });

/** Sends the body back, event by event. */
const echo: Handler = async (_scope, receive, send) => {
  await send({ type: 'http.response.start', status: 200, headers: PLAIN });
  for (;;) {
    const event = await receive();
    if (event.type === 'http.disconnect') return;
    await send({ type: 'http.response.body', body: event.body, more_body: event.more_body });
    if (event.more_body !== true) return;
  }
};

type Send = (event: never) => Promise<void>;

/** Starts a response with headers of any kind. */
const startWith =
  (headers: unknown) =>
  (send: Send): Promise<void> =>
    send({ type: 'http.response.start', status: 200, headers } as never);

/** Sends an event of any kind in a response that was started. */
const afterStart =
  (event: object) =>
  async (send: Send): Promise<void> => {
    await startWith([])(send);
    await send(event as never);
  };

const serveHttp = (http: Handler): Promise<TestServer> => start(defineApp({ http }), { lifespan: 'off' });

function applicationSuite(path: Path): void {
  test('the scope, and a body back', async () => {
    let seen: HTTPScope | undefined;
    server = await serveHttp(async (scope, _receive, send) => {
      seen = scope;
      const headers = asgiHeaders({ 'set-cookie': ['a=1', 'b=2'] });
      await send({ type: 'http.response.start', status: 201, headers });
      await send({ type: 'http.response.body', body: text('hello '), more_body: true });
      await send({ type: 'http.response.body', body: text('world') });
    });
    const response = await path('/a%20b/%C3%A9?c=%2B', { headers: { 'X-One': '1' } });
    expect([response.status, response.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']]);
    expect(await response.text()).toBe('hello world');
    expect(seen).toMatchObject({
      type: 'http',
      asgi: { version: '3.0', spec_version: '2.5' },
      method: 'GET',
      scheme: 'http',
      path: '/a b/é',
      root_path: '',
    });
    expect(Buffer.from(seen?.query_string ?? []).toString()).toBe('c=%2B');
    expect(Buffer.from(seen?.raw_path ?? []).toString()).toBe('/a%20b/%C3%A9');
  });

  test('a 1 MiB body goes in and comes back, streamed', async () => {
    server = await serveHttp(echo);
    const body = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) ^ (i >> 8));
    const response = await path('/', { method: 'POST', body });
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0);
  });

  test('HEAD, 204 and 304 have no body', async () => {
    server = await serveHttp(async (scope, _receive, send) => {
      const status = Number(scope.path.slice(1) || 200);
      const headers = status === 200 ? asgiHeaders({ 'content-length': '5' }) : [];
      await send({ type: 'http.response.start', status, headers });
      await send({ type: 'http.response.body', body: text('hello') });
    });
    const head = await path('/', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    // RFC 9110 §9.3.2: it may be missing, and Apache's mod_proxy_fcgi leaves it out.
    expect(['5', null]).toContain(head.headers.get('content-length'));
    for (const status of [204, 304]) {
      const response = await path(`/${status}`);
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
    expect(server.log).toEqual([]);
  });

  test('an error before the first body event is a 500 that leaks nothing', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 });
      throw new Error('secret');
    });
    const response = await path('/x?y');
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n']);
    expect(server.log.map(({ event }) => event)).toEqual(['application_error']);
    expect(server.log[0].message).toMatch(/^GET \/x\?y: answered with 500: Error: secret\n/);
  });

  test.each<[string, Handler, RegExp]>([
    ['returns at once', async () => {}, /returned without starting a response/],
    [
      'returns after the start',
      async (_scope, _receive, send) => send({ type: 'http.response.start', status: 200 }),
      /returned without completing the response/,
    ],
  ])('an application that %s is a 500', async (_, http, reason) => {
    server = await serveHttp(http);
    expect((await path('/')).status).toBe(500);
    expect(server.log[0].message).toMatch(reason);
  });

  test('a body longer than Content-Length is cut there, and the application is told', async () => {
    let told: unknown;
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({
        type: 'http.response.start',
        status: 200,
        headers: asgiHeaders({ 'content-length': '4' }),
      });
      await send({ type: 'http.response.body', body: text('abc'), more_body: true });
      told = await send({ type: 'http.response.body', body: text('def'), more_body: true }).catch(String);
    });
    expect(await (await path('/')).text()).toBe('abcd');
    expect(told).toBe('RangeError: the body is longer than Content-Length');
  });

  test('events that are not awaited keep their order', async () => {
    server = await serveHttp((_scope, _receive, send) => {
      void send({ type: 'http.response.start', status: 200, headers: PLAIN });
      for (let i = 0; i < 100; i++) {
        void send({ type: 'http.response.body', body: new Uint8Array(5000).fill(i), more_body: true });
      }
      void send({ type: 'http.response.body' });
      return Promise.resolve();
    });
    const body = new Uint8Array(await (await path('/')).arrayBuffer());
    expect(body.length).toBe(500_000);
    expect(body.every((byte, i) => byte === Math.floor(i / 5000))).toBe(true);
  });

  test('http.disconnect comes when the response is complete, and again', async () => {
    const events: string[] = [];
    server = await serveHttp(async (_scope, receive, send) => {
      const types = (event: HTTPReceiveEvent): number => events.push(event.type);
      const waiting = [receive(), receive(), receive()].map((event) => event.then(types));
      await send({ type: 'http.response.start', status: 200, headers: PLAIN });
      await send({ type: 'http.response.body', body: text('ok') });
      await Promise.all(waiting);
    });
    expect(await (await path('/')).text()).toBe('ok');
    await until(() => events.length === 3);
    expect(events).toEqual(['http.request', 'http.disconnect', 'http.disconnect']);
  });
}

overEveryPath(applicationSuite, () => server!);

describe('rules', () => {
  test.each<[string, (send: (event: never) => Promise<void>) => Promise<void>, RegExp]>([
    [
      'a body before the start',
      (send) => send({ type: 'http.response.body' } as never),
      /expected http.response.early_hint or http.response.start/,
    ],
    ['an event without a type', (send) => send({} as never), /without a type/],
    ['no event', (send) => send(undefined as never), /./],
    ['an unknown event', (send) => send({ type: 'x' } as never), /x is not allowed now/],
    ['a body as text', afterStart({ type: 'http.response.body', body: 'text' }), /body is a string/],
    [
      'more_body as a number',
      afterStart({ type: 'http.response.body', more_body: 1 }),
      /more_body is a number/,
    ],
    [
      'a path as a URL',
      afterStart({ type: 'http.response.pathsend', path: new URL('https://a.test/') }),
      /path is a URL, expected a string/,
    ],
    ['headers that are none', startWith(null), /not iterable/],
    ['a header of three', startWith([[text('a'), text('b'), text('c')]]), /not a pair of \[name, value\]/],
    ['a length that is none', startWith(asgiHeaders({ 'content-length': '1e3' })), /"1e3", expected digits/],
    [
      'a status as text',
      (send) => send({ type: 'http.response.start', status: '200' } as never),
      /expected an integer/,
    ],
    [
      'an interim status',
      (send) => send({ type: 'http.response.start', status: 103 } as never),
      /expected 200 to 999/,
    ],
    ['headers as an object', startWith({ a: 'b' }), /not iterable/],
    ['headers as text', startWith([['a', 'b']]), /asgiHeaders/],
    ['a header that splits', startWith([[text('a'), text('b\r\nc: d')]]), /control character/],
    ['a hop-by-hop header', startWith(asgiHeaders([['connection', 'close']])), /the server's to set/],
    [
      'early hints over uwsgi',
      (send) => send({ type: 'http.response.early_hint', links: [] } as never),
      /does not offer it/,
    ],
    [
      'trailers over uwsgi',
      (send) => send({ type: 'http.response.start', status: 200, trailers: true } as never),
      /does not offer it/,
    ],
  ])('%s is refused, and a 500 when nobody handles it', async (_, act, reason) => {
    server = await serveHttp((_scope, _receive, send) => act(send));
    expect((await request(server.uwsgi)).status).toBe(500);
    expect(server.log[0].message).toMatch(reason);
  });

  test('Transfer-Encoding is ignored, whatever the application says', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      const headers = asgiHeaders({ 'transfer-encoding': 'chunked', 'x-a': 'b' });
      await send({ type: 'http.response.start', status: 200, headers });
      await send({ type: 'http.response.body', body: text('ok') });
    });
    const { head, body } = await request(server.uwsgi);
    expect(head.toLowerCase()).toContain('x-a: b');
    expect(head.toLowerCase()).not.toContain('transfer-encoding');
    expect(body.toString()).toBe('ok');
  });

  test('an error after the first body event cuts the response visibly', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 });
      await send({ type: 'http.response.body', body: text('begun'), more_body: true });
      await pause(50);
      throw new Error('broken');
    });
    const response = await request(server.uwsgi);
    expect([response.status, response.clean]).toEqual([200, false]);
    expect(server.log[0].message).toMatch(/cut off: Error: broken/);
  });

  test('a body shorter than Content-Length is cut, also when the application hides the error', async () => {
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({
        type: 'http.response.start',
        status: 200,
        headers: asgiHeaders({ 'content-length': '9' }),
      });
      await send({ type: 'http.response.body', body: text('short') }).catch(() => undefined);
    });
    expect((await request(server.uwsgi)).clean).toBe(false);
    expect(server.log[0].message).toMatch(/the body ended 4 bytes short/);
  });

  test('an empty body event sends the head', async () => {
    let release: () => void = () => undefined;
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200, headers: PLAIN });
      await send({ type: 'http.response.body', more_body: true });
      await new Promise<void>((resolve) => (release = resolve));
      await send({ type: 'http.response.body', body: text('later') });
    });
    const response = await fetch(`http://${server.http.address}/`);
    expect(response.status).toBe(200);
    release();
    expect(await response.text()).toBe('later');
  });

  test('a client that goes is a disconnect, and sending to it rejects', async () => {
    const seen: unknown[] = [];
    server = await serveHttp(async (_scope, receive, send) => {
      await receive();
      seen.push((await receive()).type);
      seen.push(
        await send({ type: 'http.response.start', status: 200 }).catch(
          (error: unknown) => (error as Error).name,
        ),
      );
    });
    const gone = new AbortController();
    const answer = fetch(`http://${server.http.address}/`, { signal: gone.signal });
    await until(() => server!.calls === 1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await until(() => seen.length === 2);
    expect(seen).toEqual(['http.disconnect', 'ClientGone']);
    expect(server.log.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('a slow reader holds the producer', async () => {
    let produced = 0;
    server = await serveHttp(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 });
      for (; produced < 2000; produced++) {
        await send({ type: 'http.response.body', body: new Uint8Array(65_536), more_body: true });
      }
    });
    const stop = new AbortController();
    const response = await fetch(`http://${server.http.address}/`, { signal: stop.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    await pause(300);
    expect(produced).toBeLessThan(1000);
    stop.abort();
    await reader?.closed.catch(() => undefined);
  });
});
