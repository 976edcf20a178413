import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { asgiHeaders, defineApp, fromTriple } from '@gatewire/interfaces';
import type {
  ASGI3Application,
  ASGISendEvent,
  HTTPResponseStartEvent,
  WSGIEnvironment,
} from '@gatewire/interfaces';
import { fetchToAsgi } from '@gatewire/server/adapters';
import { compress, mountASGI, mountWSGI, rewriteEnviron, rewriteScope } from '@gatewire/server/middleware';
import { afterEach, describe, expect, test } from 'vitest';
import { request, start, text } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Answers with where it is mounted. */
const where = (name: string): ASGI3Application =>
  fetchToAsgi((_request, { scope }) => Response.json([name, scope.root_path, scope.path]));

describe('mountASGI', () => {
  test.each([
    ['/', ['front', '', '/']],
    ['/other', ['front', '', '/other']],
    ['/shop', ['shop', '/shop', '/shop']],
    ['/shop/', ['shop', '/shop', '/shop/']],
    ['/shop/cart/1', ['cart', '/shop/cart', '/shop/cart/1']],
    ['/shopping', ['front', '', '/shopping']],
  ])('%s', async (path, expected) => {
    const routes = { '': where('front'), '/shop': where('shop'), '/shop/cart': where('cart') };
    server = await start(mountASGI(routes), { interface: 'asgi', lifespan: 'off' });
    expect(await (await fetch(`http://${server.http.address}${path}`)).json()).toEqual(expected);
  });

  test('mounted in a mounted one, and below a root path', async () => {
    const inner = mountASGI({ '/b': where('inner') });
    server = await start(mountASGI({ '/a': inner }), {
      interface: 'asgi',
      lifespan: 'off',
      rootPath: '/base',
    });
    const base = `http://${server.http.address}`;
    expect(await (await fetch(`${base}/base/a/b/c`)).json()).toEqual(['inner', '/base/a/b', '/base/a/b/c']);
    expect((await fetch(`${base}/base/a/c`)).status).toBe(404);
  });

  test('each application has its lifespan and its state; shutdown is in reverse', async () => {
    const events: string[] = [];
    const living = (name: string): ASGI3Application =>
      defineApp({
        async http(scope, _receive, send) {
          await send({ type: 'http.response.start', status: 200 });
          await send({ type: 'http.response.body', body: text(JSON.stringify(scope.state)) });
        },
        async lifespan(scope, receive, send) {
          events.push(`${name} ${(await receive()).type}`);
          Object.assign(scope.state ?? {}, { name });
          await send({ type: 'lifespan.startup.complete' });
          events.push(`${name} ${(await receive()).type}`);
          await send({ type: 'lifespan.shutdown.complete' });
        },
      });
    const app = mountASGI(
      { '/a': living('a'), '/none': where('none'), '/b': living('b') },
      { log: () => undefined },
    );
    server = await start(app, { interface: 'asgi' });
    const base = `http://${server.http.address}`;
    expect(await (await fetch(`${base}/a`)).json()).toEqual({ name: 'a' });
    expect(await (await fetch(`${base}/b`)).json()).toEqual({ name: 'b' });
    await server.close();
    expect(events).toEqual([
      'a lifespan.startup',
      'b lifespan.startup',
      'b lifespan.shutdown',
      'a lifespan.shutdown',
    ]);
  });

  test('one that refuses to start stops all, and those that had started', async () => {
    const events: string[] = [];
    const app = mountASGI({
      '/a': defineApp({
        async lifespan(_scope, receive, send) {
          await receive();
          await send({ type: 'lifespan.startup.complete' });
          events.push((await receive()).type);
          await send({ type: 'lifespan.shutdown.complete' });
        },
      }),
      '/b': defineApp({
        async lifespan(_scope, receive, send) {
          await receive();
          await send({ type: 'lifespan.startup.failed', message: 'no b' });
        },
      }),
    });
    await expect(start(app, { interface: 'asgi' })).rejects.toThrow(/no b/);
    expect(events).toEqual(['lifespan.shutdown']);
  });

  test.each(['/', 'shop', '/shop/', '/a//b', '/a?b'])('%j is no prefix', (prefix) => {
    expect(() => mountASGI({ [prefix]: where('x') })).toThrow(RangeError);
  });
});

describe('mountWSGI', () => {
  const told = (name: string) =>
    fromTriple(({ SCRIPT_NAME, PATH_INFO }) => ({
      status: 200,
      headers: [],
      body: [text(JSON.stringify([name, SCRIPT_NAME, PATH_INFO]))],
    }));

  test.each([
    ['/shop', ['shop', '/shop', '']],
    ['/shop/a', ['shop', '/shop', '/a']],
    ['/shopping', ['front', '', '/shopping']],
  ])('%s', async (path, expected) => {
    server = await start(mountWSGI({ '': told('front'), '/shop': told('shop') }));
    expect(JSON.parse((await request(server.uwsgi, ['PATH_INFO', path])).body.toString())).toEqual(expected);
  });

  test('without a match: 404', async () => {
    server = await start(mountWSGI({ '/shop': told('shop') }));
    expect((await request(server.uwsgi, ['PATH_INFO', '/other'])).status).toBe(404);
  });
});

describe('rewriting', () => {
  test('an environ: the application sees the copy', async () => {
    let outer: WSGIEnvironment | undefined;
    const app = rewriteEnviron((environ) => {
      environ['REMOTE_USER'] = 'ada';
      environ['my.key'] = 1;
    })((environ, startResponse) => {
      startResponse('200 OK', []);
      return [text(`${environ['REMOTE_USER']} ${String(environ['my.key'])}`)];
    });
    server = await start((environ, startResponse) => {
      outer = environ;
      return app(environ, startResponse);
    });
    expect((await request(server.uwsgi)).body.toString()).toBe('ada 1');
    expect(outer).not.toHaveProperty('REMOTE_USER');
  });

  test('a scope', async () => {
    const app = rewriteScope((scope) => {
      scope.path = '/rewritten';
    })(where('app'));
    server = await start(app, { interface: 'asgi', lifespan: 'off' });
    expect(await (await fetch(`http://${server.http.address}/a`)).json()).toEqual(['app', '', '/rewritten']);
  });

  test('an error is a 500', async () => {
    const failing = rewriteScope(() => {
      throw new Error('broken');
    });
    server = await start(failing(where('app')), { interface: 'asgi', lifespan: 'off' });
    expect((await fetch(`http://${server.http.address}/a`)).status).toBe(500);
  });
});

describe('compress', () => {
  const long = 'gateway '.repeat(1000);

  /** A response as it stood on the wire. */
  async function get(
    headers: Readonly<Record<string, string>>,
    accepts: string,
    pieces: readonly string[] = [long],
  ): Promise<{ head: string; body: Buffer }> {
    const app = defineApp({
      async http(_scope, _receive, send) {
        await send({ type: 'http.response.start', status: 200, headers: asgiHeaders(headers) });
        for (const piece of pieces)
          await send({ type: 'http.response.body', body: text(piece), more_body: true });
        await send({ type: 'http.response.body' });
      },
    });
    server = await start(compress()(app), { interface: 'asgi', lifespan: 'off' });
    const { head, body } = await request(server.uwsgi, ['HTTP_ACCEPT_ENCODING', accepts]);
    return { head: head.toLowerCase(), body };
  }

  test.each<[string, string, ((data: Buffer) => Buffer) | null]>([
    ['gzip', 'gzip', gunzipSync],
    ['br', 'gzip, deflate, br', brotliDecompressSync],
    ['gzip', 'br;q=0.5, gzip', gunzipSync],
    ['br', '*', brotliDecompressSync],
    ['', 'identity', null],
    ['', 'gzip;q=0', null],
    ['', '', null],
  ])('%s for %j', async (coding, accepts, decompress) => {
    const { head, body } = await get({ 'content-type': 'text/plain', vary: 'Cookie', etag: '"1"' }, accepts);
    expect(head.includes(`content-encoding: ${coding}`)).toBe(decompress !== null);
    expect((decompress?.(body) ?? body).toString()).toBe(long);
    if (decompress === null) return;
    expect(head).toContain('vary: cookie, accept-encoding');
    expect(head).toContain('etag: w/"1"');
    expect(body.length).toBeLessThan(200);
  });

  test.each<[string, Record<string, string>]>([
    ['an image', { 'content-type': 'image/png' }],
    ['what has a coding', { 'content-type': 'text/plain', 'content-encoding': 'gzip' }],
    ['no-transform', { 'content-type': 'text/plain', 'cache-control': 'no-transform' }],
    ['a part', { 'content-type': 'text/plain', 'content-range': 'bytes 0-7999/9000' }],
    ['no type', {}],
  ])('%s stays as it is', async (_, headers) => {
    expect((await get(headers, 'gzip')).body.toString()).toBe(long);
  });

  test('a small body of known size stays as it is; a large one loses Content-Length', async () => {
    const small = await get({ 'content-type': 'text/plain', 'content-length': '5' }, 'gzip', ['small']);
    expect([small.body.toString(), small.head.includes('content-length: 5')]).toEqual(['small', true]);
    await server?.close();
    const large = await get({ 'content-type': 'text/plain', 'content-length': String(long.length) }, 'gzip');
    expect([gunzipSync(large.body).toString(), large.head.includes('content-length')]).toEqual([long, false]);
  });

  test('a file that the application names is compressed as well', async () => {
    const path = new URL(import.meta.url).pathname;
    const app = defineApp({
      async http(_scope, _receive, send) {
        const headers = asgiHeaders({ 'content-type': 'text/plain' });
        await send({ type: 'http.response.start', status: 200, headers });
        await send({ type: 'http.response.pathsend', path });
      },
    });
    server = await start(compress()(app), { interface: 'asgi', lifespan: 'off' });
    const packed = await request(server.uwsgi, ['HTTP_ACCEPT_ENCODING', 'gzip']);
    expect(packed.head.toLowerCase()).toContain('content-encoding: gzip');
    expect(gunzipSync(packed.body).toString()).toBe(readFileSync(path, 'utf8'));
    const plain = await request(server.uwsgi);
    expect(plain.body.toString()).toBe(readFileSync(path, 'utf8'));
  });

  test('what is no response of its own goes through: early hints, WebSockets, an ETag that is weak', async () => {
    const sent: ASGISendEvent[] = [];
    const send = (event: ASGISendEvent): Promise<void> => {
      sent.push(event);
      return Promise.resolve();
    };
    const hint = { type: 'http.response.early_hint', links: [] } as const;
    const headers = asgiHeaders({ 'content-type': 'text/plain', etag: 'W/"1"' });
    const app: ASGI3Application = async (scope, _receive, next) => {
      await next(hint);
      if (scope.type === 'http') await next({ type: 'http.response.start', status: 200, headers } as never);
    };
    const receive = (): Promise<never> => new Promise(() => undefined);
    const scope = {
      type: 'http',
      method: 'GET',
      headers: asgiHeaders({ 'accept-encoding': 'gzip' }),
    } as const;
    await compress()(app)(scope as never, receive, send);
    expect(sent[0]).toBe(hint);
    const head = sent[1] as HTTPResponseStartEvent;
    expect([...(head.headers ?? [])].map((pair) => pair.map((part) => Buffer.from(part).toString()))).toEqual(
      [
        ['content-type', 'text/plain'],
        ['etag', 'W/"1"'],
        ['content-encoding', 'gzip'],
        ['vary', 'Accept-Encoding'],
      ],
    );
    await compress()(app)({ ...scope, type: 'websocket' } as never, receive, send);
    expect(sent[2]).toBe(hint);
  });

  test.each([204, 206, 304])('%i stays as it is', async (status) => {
    const app = defineApp({
      async http(_scope, _receive, send) {
        await send({ type: 'http.response.start', status });
        await send({ type: 'http.response.body', body: text(status === 206 ? 'part' : '') });
      },
    });
    server = await start(compress()(app), { interface: 'asgi', lifespan: 'off' });
    const { head, body } = await request(server.uwsgi, ['HTTP_ACCEPT_ENCODING', 'gzip']);
    expect(head.toLowerCase()).not.toContain('content-encoding');
    expect(body.toString()).toBe(status === 206 ? 'part' : '');
  });

  test('each piece arrives when it is sent', async () => {
    let release: () => void = () => undefined;
    const app = defineApp({
      async http(_scope, _receive, send) {
        const headers = asgiHeaders({ 'content-type': 'text/event-stream' });
        await send({ type: 'http.response.start', status: 200, headers });
        await send({ type: 'http.response.body', body: text('data: 1\n\n'), more_body: true });
        await new Promise<void>((resolve) => (release = resolve));
        await send({ type: 'http.response.body', body: text('data: 2\n\n') });
      },
    });
    server = await start(compress()(app), { interface: 'asgi', lifespan: 'off' });
    const response = await fetch(`http://${server.http.address}/`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: 1\n\n');
    release();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: 2\n\n');
  });
});
