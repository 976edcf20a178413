// What `Request`, `Response` and a scope can be besides what browsers and servers make of them.
import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type {
  ASGIProtocolHandler,
  ASGISendEvent,
  HTTPReceiveEvent,
  HTTPResponseStartEvent,
  HTTPScope,
} from '@gatewire/interfaces';
import { asgiToFetch, fetchToAsgi } from '@gatewire/server/adapters';
import type { FetchHandler } from '@gatewire/server/adapters';
import { afterEach, describe, expect, test } from 'vitest';
import { text, until } from './client.js';

/** Headers as text, names and values in turn. */
const flat = (headers: Iterable<readonly [Uint8Array, Uint8Array]>): string[] =>
  [...headers].flat().map((part) => Buffer.from(part).toString('latin1'));

const quiet = { log: () => undefined };
const handlers: FetchHandler[] = [];

afterEach(async () => {
  for (const handler of handlers.splice(0)) await handler.close();
});

function asFetch(http: ASGIProtocolHandler<'http'>, options: object = {}): FetchHandler {
  const handler = asgiToFetch(defineApp({ http }), { ...quiet, ...options });
  handlers.push(handler);
  return handler;
}

describe('asgiToFetch', () => {
  test('a scope of a Request over HTTPS, with a Host and a mount point', async () => {
    const seen: HTTPScope[] = [];
    const http: ASGIProtocolHandler<'http'> = async (scope, _receive, send) => {
      seen.push(scope);
      await send({ type: 'http.response.start', status: 200 });
      await send({ type: 'http.response.body', body: text('') });
    };
    const handler = asFetch(http, { rootPath: '/shop' });
    await handler.fetch(new Request('https://a.test/shop/x', { headers: { Host: 'b.test' } }));
    expect(seen[0]).toMatchObject({
      ...{ scheme: 'https', server: ['a.test', 443], root_path: '/shop', path: '/shop/x' },
    });
    expect(flat(seen[0].headers)).toEqual(['host', 'b.test']);
  });

  test('a reader that is slow holds the application', async () => {
    let sent = 0;
    const handler = asFetch(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 });
      for (; sent < 50; sent++) await send({ type: 'http.response.body', body: text('x'), more_body: true });
      await send({ type: 'http.response.body' });
    });
    const response = await handler.fetch(new Request('http://a.test/'));
    const before = sent;
    expect(before).toBeLessThan(5);
    expect(await response.text()).toBe('x'.repeat(50));
    expect(sent).toBe(50);
  });

  test('a request that is given up: before it is handled, and while the application waits', async () => {
    const told: string[] = [];
    const handler = asFetch(async (_scope, receive, send) => {
      await receive();
      told.push('called');
      told.push((await receive()).type);
      await send({ type: 'http.response.start', status: 200 });
    });
    const given = new AbortController();
    void handler.fetch(new Request('http://a.test/', { signal: given.signal }));
    await until(() => told.length === 1);
    given.abort();
    await until(() => told.length === 2);
    expect(told).toEqual(['called', 'http.disconnect']);
    void handler.fetch(new Request('http://a.test/', { signal: AbortSignal.abort() }));
    await until(() => told.includes('http.disconnect', 2));
    expect(told.at(-1)).toBe('http.disconnect');
  });

  test('a body that breaks', async () => {
    const told: string[] = [];
    const handler = asFetch(async (_scope, receive) => {
      for (let type = ''; type !== 'http.disconnect'; told.push(type)) ({ type } = await receive());
    });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(text('a')),
      pull: (controller) => controller.error(new Error('broken')),
    });
    const request = new Request('http://a.test/', { method: 'POST', body, duplex: 'half' });
    void handler.fetch(request);
    await until(() => told.includes('http.disconnect'));
    expect(told.at(-1)).toBe('http.disconnect');
  });

  test('an empty piece begins the response; cancelling after it ends it', async () => {
    let told = '';
    const handler = asFetch(async (_scope, receive, send) => {
      await send({ type: 'http.response.start', status: 200 });
      await send({ type: 'http.response.body', body: text(''), more_body: true });
      await receive();
      told = (await receive()).type;
      const late = send({ type: 'http.response.body', body: text('late') });
      await expect(late).rejects.toThrow();
      told += ', refused';
    });
    const response = await handler.fetch(new Request('http://a.test/'));
    await response.body?.cancel();
    await until(() => told.includes('refused'));
    expect(told).toBe('http.disconnect, refused');
  });
});

const SCOPE: HTTPScope = {
  ...{ type: 'http', asgi: { version: '3.0', spec_version: '2.5' }, http_version: '1.1', method: 'GET' },
  ...{ scheme: 'http', path: '/', root_path: '', query_string: text(''), headers: [] },
};

/** What a Fetch handler makes of a scope and of events. */
async function call(
  handle: (request: Request) => unknown,
  scope: Partial<HTTPScope> = {},
  events: readonly (HTTPReceiveEvent | Error)[] = [{ type: 'http.request' }],
): Promise<ASGISendEvent[]> {
  const sent: ASGISendEvent[] = [];
  const coming = [...events];
  const receive = (): Promise<HTTPReceiveEvent> => {
    const event = coming.shift() ?? { type: 'http.disconnect' };
    return event instanceof Error ? Promise.reject(event) : Promise.resolve(event);
  };
  const app = fetchToAsgi(handle as (request: Request) => Response);
  await app({ ...SCOPE, ...scope }, receive, (event) => {
    sent.push(event);
    return Promise.resolve();
  });
  return sent;
}

const body = (events: readonly ASGISendEvent[]): string =>
  Buffer.concat(events.flatMap((event) => ('body' in event && event.body ? [event.body] : []))).toString();

describe('fetchToAsgi', () => {
  test.each<[string, Partial<HTTPScope>]>([
    ['http://localhost/', {}],
    ['https://a.test:8443/', { scheme: 'https', server: ['a.test', 8443] }],
    ['http://[::1]:8000/', { server: ['::1', 8000] }],
    ['http://localhost/', { server: ['/run/app.sock', null] }],
    ['http://b.test/', { server: ['a.test', 80], headers: asgiHeaders({ host: 'b.test' }) }],
    ['http://localhost/a%20b/%C3%A9%3F%23', { path: '/a b/é?#' }],
    ['http://localhost/%2F', { path: '//', raw_path: text('/%2F') }],
    ['http://localhost/?a=%31', { query_string: text('a=%31') }],
    ['http://localhost/', { path: '*', method: 'OPTIONS' }],
  ])('%s', async (url, scope) => {
    const sent = await call((request) => new Response(request.url), scope);
    expect(body(sent)).toBe(url);
  });

  test('a header that is none is a 400', async () => {
    const headers = [[text('a b'), text('c')]] as const;
    const [start] = await call(() => new Response('never'), { headers });
    expect(start).toMatchObject({ type: 'http.response.start', status: 400 });
  });

  test('a body in pieces, of which some are empty', async () => {
    const sent = await call(async (request) => new Response(await request.text()), { method: 'POST' }, [
      { type: 'http.request', body: text('a'), more_body: true },
      { type: 'http.request', body: text(''), more_body: true },
      { type: 'http.request', more_body: true },
      { type: 'http.request', body: text('b') },
    ]);
    expect(body(sent)).toBe('ab');
  });

  test.each<[string, readonly (HTTPReceiveEvent | Error)[]]>([
    [
      'the client goes',
      [{ type: 'http.request', body: text('a'), more_body: true }, { type: 'http.disconnect' }],
    ],
    ['receiving fails', [{ type: 'http.request', body: text('a'), more_body: true }, new Error('too large')]],
  ])('a body breaks off: %s', async (_, events) => {
    const seen: string[] = [];
    await call(
      async (request) => {
        await request.text().catch((error: unknown) => seen.push(String(error)));
        return new Response('done');
      },
      { method: 'POST' },
      events,
    );
    expect(seen).toEqual([expect.stringMatching(/client closed the connection|too large/)]);
  });

  test('a body that is cancelled is read on, for the signal alone', async () => {
    let aborted = false;
    const sent = await call(
      async (request) => {
        request.signal.addEventListener('abort', () => (aborted = true));
        await request.body?.cancel();
        return new Response('enough');
      },
      { method: 'POST' },
      [{ type: 'http.request', body: text('a'), more_body: true }, new Error('too large')],
    );
    expect(body(sent)).toBe('enough');
    await until(() => aborted);
    expect(aborted).toBe(true);
  });

  test('a Response of somebody else', async () => {
    const foreign = { status: 201, headers: new Headers({ 'X-A': 'b', Connection: 'close' }), body: null };
    const [start, end] = await call(() => foreign);
    expect(start).toMatchObject({ type: 'http.response.start', status: 201 });
    expect(flat((start as HTTPResponseStartEvent).headers ?? [])).toEqual(['x-a', 'b']);
    expect(end).toEqual({ type: 'http.response.body' });
  });

  test.each([null, 7, { status: 200 }])('%j is no Response', async (value) => {
    await expect(call(() => value)).rejects.toThrow('the Fetch handler returned no Response');
  });

  test('HEAD: the body is given up, unread', async () => {
    let cancelled = false;
    const stream = new ReadableStream({ cancel: () => void (cancelled = true) });
    const sent = await call(() => new Response(stream), { method: 'HEAD' });
    expect(sent.at(-1)).toEqual({ type: 'http.response.body' });
    expect(cancelled).toBe(true);
  });

  test('a body that breaks breaks the response', async () => {
    const stream = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) });
    await expect(call(() => new Response(stream))).rejects.toThrow('broken');
  });

  test('a header beyond Latin-1 in a Response of somebody else is refused', async () => {
    const headers = new Map([['x-a', '\u0100']]);
    await expect(call(() => ({ status: 200, headers, body: null }))).rejects.toThrow(/above U\+00FF/);
  });
});
