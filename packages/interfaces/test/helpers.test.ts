import { asgiHeaders, defineApp, fromTriple, INTERFACE, markAs } from '@gatewire/interfaces';
import type { ASGI3Application, ASGIHeader, Scope, WSGIBody } from '@gatewire/interfaces';
import { describe, expect, test } from 'vitest';
import { environOf, gateway, text } from './lint/gateway.js';
import { httpScope, lifespanScope, serve } from './lint/asgi-kit.js';

const shown = (headers: readonly ASGIHeader[]): string[] =>
  headers.map(
    ([name, value]) => `${Buffer.from(name).toString('latin1')}: ${Buffer.from(value).toString('latin1')}`,
  );

describe('asgiHeaders', () => {
  test('takes an object; arrays become repeated headers', () => {
    expect(
      shown(asgiHeaders({ 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'], 'X-None': [] })),
    ).toEqual(['content-type: text/plain', 'set-cookie: a=1', 'set-cookie: b=2']);
  });

  test('takes pairs in their order, from anything that can be iterated', () => {
    const pairs = [
      ['X-B', '1'],
      ['x-a', '2'],
      ['X-B', '3'],
    ] as const;
    expect(shown(asgiHeaders(pairs))).toEqual(['x-b: 1', 'x-a: 2', 'x-b: 3']);
    expect(shown(asgiHeaders(new Map(pairs)))).toEqual(['x-b: 3', 'x-a: 2']);
    const fetched = new Headers([['Set-Cookie', 'a=1']]);
    fetched.append('set-cookie', 'b=2');
    expect(shown(asgiHeaders(fetched))).toEqual(['set-cookie: a=1', 'set-cookie: b=2']);
  });

  test('writes a byte for each character', () => {
    expect(asgiHeaders({ 'x-a': '\u00e9\u00ff\t' })).toEqual([[text('x-a'), Uint8Array.of(0xe9, 0xff, 9)]]);
    expect(asgiHeaders([])).toEqual([]);
  });

  test.each([
    ['x a', 'b', 'header name "x a" is not a token'],
    ['', 'b', 'header name "" is not a token'],
    ['\u010a', 'b', 'header name "\u010a" is not a token'],
    ['x-a', 'b\r\nx: c', '"b\\r\\nx: c" has CR, LF, NUL or a character above U+00FF'],
    ['x-a', '\u010a', '"\u010a" has CR, LF, NUL or a character above U+00FF'],
    ['x-a', '\0', '"\\u0000" has CR, LF, NUL or a character above U+00FF'],
  ])('refuses %j: %j', (name, value, message) => {
    expect(() => asgiHeaders([[name, value]])).toThrow(new RangeError(message));
  });
});

describe('defineApp', () => {
  const app = defineApp({
    async http(scope, receive, send) {
      const event = await receive();
      await send({
        type: 'http.response.start',
        status: 200,
        headers: asgiHeaders({ 'x-path': scope.path }),
      });
      await send({ type: 'http.response.body', body: text(event.type) });
    },
  });

  test('calls the handler of the protocol', async () => {
    expect(await serve(app, httpScope({ path: '/x' }), [{ type: 'http.request' }])).toEqual([
      { type: 'http.response.start', status: 200, headers: [[text('x-path'), text('/x')]] },
      { type: 'http.response.body', body: text('http.request') },
    ]);
  });

  test.each(['lifespan', 'websocket', 'constructor', '__proto__', 'toString'])(
    'rejects %s, without a handler',
    async (type) => {
      const scope = { ...lifespanScope(), type } as unknown as Scope;
      const never = (): Promise<never> => Promise.reject(new Error('called'));
      await expect(app(scope, never, never)).rejects.toThrow(
        new TypeError(`no handler for scope type ${JSON.stringify(type)}`),
      );
    },
  );

  test('says that it is ASGI, by a symbol that every copy of the package knows', () => {
    expect(app[INTERFACE]).toBe('asgi');
    expect(INTERFACE).toBe(Symbol.for('gatewire.interface'));
  });
});

describe('fromTriple', () => {
  test.each<[number | string, string]>([
    ['299 Odd', '299 Odd'],
    [200, '200 OK'],
    [202, '202 OK'],
    [404, '404 Not Found'],
    [418, '418 Bad Request'],
    [307, '307 Redirection'],
    [504, '504 Server Error'],
    [700, '700 Unknown'],
  ])('status %j is %j', async (status, line) => {
    expect(await gateway(fromTriple(() => ({ status, headers: [] })))).toEqual({
      status: line,
      headers: [],
      body: '',
    });
  });

  test.each<[string, WSGIBody | null | undefined, string]>([
    ['an array', [text('a'), text('b')], 'ab'],
    ['null', null, ''],
    ['undefined', undefined, ''],
  ])('a body that is %s', async (_, body, sent) => {
    const app = fromTriple((environ) =>
      Promise.resolve({ status: 200, headers: [['X-Path', environ.PATH_INFO]], body }),
    );
    expect(await gateway(app, environOf({ PATH_INFO: '/a' }))).toEqual({
      status: '200 OK',
      headers: [['X-Path', '/a']],
      body: sent,
    });
  });

  test('says that it is WSGI, and rejects with the error of the function', async () => {
    const app = fromTriple(() => {
      throw new Error('broken');
    });
    expect(app[INTERFACE]).toBe('wsgi');
    await expect(gateway(app)).rejects.toThrow('broken');
  });
});

describe('markAs', () => {
  test('marks the application itself', () => {
    const handler = { fetch: () => new Response() };
    const marked = markAs(handler, 'fetch');
    expect(marked).toBe(handler);
    expect(marked[INTERFACE]).toBe('fetch');
    expect(Object.keys(marked)).toEqual(['fetch']);
  });

  test('refuses what cannot be marked', () => {
    const app: ASGI3Application = Object.freeze(() => Promise.resolve());
    expect(() => markAs(app, 'asgi')).toThrow(TypeError);
  });
});
