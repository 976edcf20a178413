import { httpScope, scopeFromRequest, websocketScope } from '@gatewire/environ/scope';
import type { HttpRequest, RequestScopeOptions, ScopeOptions } from '@gatewire/environ/scope';
import type { ASGIHeader, HTTPScope } from '@gatewire/interfaces';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const text = (bytes: Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('latin1');

const lines = (headers: readonly ASGIHeader[]): string[] =>
  headers.map(([name, value]) => `${text(name)}: ${text(value)}`);

/** A scope with its bytes as Latin-1 text. */
function readable(scope: ReturnType<typeof httpScope> | ReturnType<typeof websocketScope>): object {
  const { raw_path: raw, query_string: query, headers, ...rest } = scope;
  return { ...rest, raw_path: text(raw), query_string: text(query), headers: lines(headers) };
}

/** Of a GET with the given variables added. */
const of = (pairs: readonly string[], options?: ScopeOptions): HTTPScope =>
  httpScope(['REQUEST_METHOD', 'GET', ...pairs], options);

describe('httpScope', () => {
  test('everything that nginx sends through uwsgi_params', () => {
    const scope = httpScope([
      ...['QUERY_STRING', 'q=%31', 'REQUEST_METHOD', 'post', 'CONTENT_TYPE', 'text/x', 'CONTENT_LENGTH', '3'],
      ...['REQUEST_URI', '/a%2Fb/caf%C3%A9?q=%31', 'PATH_INFO', '/a/b/caf\xc3\xa9', 'DOCUMENT_ROOT', '/srv'],
      ...['SERVER_PROTOCOL', 'HTTP/2.0', 'REQUEST_SCHEME', 'https', 'HTTPS', 'on', 'REMOTE_ADDR', '::1'],
      ...['REMOTE_PORT', '40000', 'SERVER_PORT', '8443', 'SERVER_NAME', '_', 'HTTP_HOST', 'a.test:8443'],
      ...['HTTP_X_TWO_WORDS', '1', 'HTTP_X_TWO_WORDS', '\xe9', 'HTTP_X_EMPTY', '', 'HTTP_X.DOT', 'd'],
      ...['HTTP_CONTENT_TYPE', 'text/x', 'HTTP_CONTENT_LENGTH', '3', 'HTTP_TRANSFER_ENCODING', 'chunked'],
      ...['HTTP_PROXY', 'http://evil.test/', '__proto__', 'x', 'constructor', 'y'],
    ]);
    expect(readable(scope)).toEqual({
      type: 'http',
      asgi: { version: '3.0', spec_version: '2.5' },
      http_version: '2',
      method: 'POST',
      scheme: 'https',
      path: '/a/b/caf\u00e9',
      raw_path: '/a%2Fb/caf%C3%A9',
      query_string: 'q=%31',
      root_path: '',
      headers: [
        'content-type: text/x',
        'content-length: 3',
        'host: a.test:8443',
        'x-two-words: 1',
        'x-two-words: \xe9',
        'x-empty: ',
        'x.dot: d',
      ],
      client: ['::1', 40_000],
      server: ['a.test', 8443],
    });
  });

  test('nothing but a method', () => {
    expect(readable(of([]))).toEqual({
      type: 'http',
      asgi: { version: '3.0', spec_version: '2.5' },
      http_version: '1.1',
      method: 'GET',
      scheme: 'http',
      path: '/',
      raw_path: null,
      query_string: '',
      root_path: '',
      headers: [],
      client: null,
      server: ['localhost', 80],
    });
  });

  test('path includes root_path, as divided by the web server or by scriptName', () => {
    const pairs = ['SCRIPT_NAME', '/app', 'PATH_INFO', '/x', 'REQUEST_URI', '/app/x'];
    const divided = of(pairs);
    expect([divided.root_path, divided.path, text(divided.raw_path)]).toEqual(['/app', '/app/x', '/app/x']);
    const mounted = of(['PATH_INFO', '/caf\xc3\xa9/x'], { scriptName: '/caf\xc3\xa9' });
    expect([mounted.root_path, mounted.path]).toEqual(['/caf\u00e9', '/caf\u00e9/x']);
    expect(failureOf(() => of(pairs, { scriptName: '/ap' }))).toBe('ENVIRON_OUTSIDE_MOUNT PATH_INFO 404');
  });

  test.each([
    ['/x?a?b', '/x'],
    ['/x#y?z', '/x#y'],
    ['//evil.test/%zz', '//evil.test/%zz'],
    ['http://a.test:9/x%20?y', '/x%20'],
    ['http://a.test', '/'],
    ['http://a.test?y', '/'],
    ['*', '*'],
  ])('raw_path of %s is %s', (target, raw) => {
    expect(text(of(['REQUEST_URI', target, 'PATH_INFO', '/x']).raw_path)).toBe(raw);
  });

  test('OPTIONS *: its path is *, as in uvicorn', () => {
    expect(of(['REQUEST_URI', '*', 'PATH_INFO', '']).path).toBe('*');
  });

  test('a path that is no UTF-8', () => {
    const pairs = ['PATH_INFO', '/\xe9\xc3\xa9'];
    expect(of(pairs).path).toBe('/\ufffd\u00e9');
    expect(of(pairs, { malformedPath: 'escape' }).path).toBe('/\udce9\u00e9');
    expect(failureOf(() => of(pairs, { malformedPath: 'refuse' }))).toBe('ENVIRON_BAD_TEXT PATH_INFO 400');
  });

  test.each([
    ['HTTP/1.0', '1.0'],
    ['HTTP/1.1', '1.1'],
    ['HTTP/2.0', '2'],
    ['HTTP/2', '2'],
    ['HTTP/3.0', '3'],
    ['INCLUDED', '1.1'],
    ['', '1.1'],
  ])('http_version of %j is %s', (protocol, version) => {
    expect(of(['SERVER_PROTOCOL', protocol]).http_version).toBe(version);
  });

  test.each([
    [['REMOTE_ADDR', 'unix:', 'REMOTE_PORT', ''], null],
    [['REMOTE_ADDR', ''], null],
    [
      ['REMOTE_ADDR', '192.0.2.1'],
      ['192.0.2.1', 0],
    ],
    [
      ['REMOTE_ADDR', '192.0.2.1', 'REMOTE_PORT', 'x'],
      ['192.0.2.1', 0],
    ],
  ])('client of %j', (pairs, client) => {
    expect(of(pairs).client).toEqual(client);
  });

  test.each([
    [
      ['SERVER_ADDR', 'unix:/run/nginx.sock', 'SERVER_PORT', '', 'SERVER_NAME', 'a.test'],
      ['/run/nginx.sock', null],
    ],
    [
      ['SERVER_NAME', 'a.test', 'HTTPS', 'on'],
      ['a.test', 443],
    ],
    [
      ['SERVER_NAME', 'a.test:8080', 'SERVER_PORT', '8080'],
      ['a.test', 8080],
    ],
    [
      ['SERVER_NAME', '', 'SERVER_ADDR', '10.0.0.1', 'SERVER_PORT', '81'],
      ['10.0.0.1', 81],
    ],
  ])('server of %j', (pairs, server) => {
    expect(of(pairs).server).toEqual(server);
  });

  test('options: scheme, transferEncoding, contentLength', () => {
    expect(of(['REQUEST_SCHEME', 'http'], { scheme: 'https' }).scheme).toBe('https');
    const coded = of(['HTTP_TRANSFER_ENCODING', 'chunked'], { transferEncoding: 'keep' });
    expect(lines(coded.headers)).toEqual(['transfer-encoding: chunked']);
    expect(of(['CONTENT_LENGTH', '-1'], { contentLength: 'unknown-as-absent' }).headers).toEqual([]);
  });

  test('state and extensions: a shallow copy for each, absent when there are none', () => {
    const inner = {};
    const options = { state: { inner }, extensions: { 'http.response.trailers': {} } };
    const [one, two] = [of([], options), of([], options)];
    expect(one.state).toEqual({ inner });
    expect(one.state?.['inner']).toBe(inner);
    expect(one.state).not.toBe(two.state);
    expect(one.extensions).toEqual(options.extensions);
    expect(one.extensions).not.toBe(options.extensions);
    expect('state' in of([]) || 'extensions' in of([])).toBe(false);
  });

  test.each<[string[], string]>([
    [['REQUEST_METHOD', 'G T'], 'ENVIRON_BAD_METHOD REQUEST_METHOD 400'],
    [['SERVER_PROTOCOL', 'HTTP/1.1\r\n'], 'ENVIRON_BAD_PROTOCOL SERVER_PROTOCOL 400'],
    [['CONTENT_LENGTH', '+5'], 'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400'],
    [['CONTENT_LENGTH', '-1'], 'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400'],
    [['CONTENT_LENGTH', '5', 'CONTENT_LENGTH', '5'], 'ENVIRON_REPEATED CONTENT_LENGTH 400'],
    [['HTTP_HOST', 'a', 'HTTP_HOST', 'b'], 'ENVIRON_REPEATED HTTP_HOST 400'],
    [['HTTP_X Y', 'a'], 'ENVIRON_BAD_HEADER HTTP_* 400'],
    [['HTTP_', 'a'], 'ENVIRON_BAD_HEADER HTTP_* 400'],
  ])('invalid: %j', (pairs, failure) => {
    expect(failureOf(() => of(pairs))).toBe(failure);
  });

  test('mistakes of the caller', () => {
    expect(() => httpScope(['REQUEST_METHOD'])).toThrow(TypeError);
    expect(() => of([], { scriptName: 'x' })).toThrow(RangeError);
    expect(() => of(['HTTP_X', '\u20ac'])).toThrow(RangeError);
  });

  test('names are learnt anew however many there have been', () => {
    for (let i = 0; i < 1500; i++) {
      expect(lines(of([`HTTP_X_${i}`, 'v', 'HTTP_HOST', 'a']).headers)).toEqual([`x-${i}: v`, 'host: a']);
    }
  });
});

describe('websocketScope', () => {
  const HANDSHAKE = [
    ...[
      'REQUEST_METHOD',
      'GET',
      'REQUEST_URI',
      '/chat?room=1',
      'PATH_INFO',
      '/chat',
      'QUERY_STRING',
      'room=1',
    ],
    ...['HTTP_UPGRADE', 'websocket', 'HTTP_CONNECTION', 'upgrade', 'HTTP_SEC_WEBSOCKET_VERSION', '13'],
  ];

  test('of a handshake: no method, scheme ws, subprotocols in order', () => {
    const scope = websocketScope([
      ...HANDSHAKE,
      ...['HTTP_SEC_WEBSOCKET_PROTOCOL', 'chat,, superchat ', 'HTTP_SEC_WEBSOCKET_PROTOCOL', 'third'],
    ]);
    expect(readable(scope)).toEqual({
      type: 'websocket',
      asgi: { version: '3.0', spec_version: '2.5' },
      http_version: '1.1',
      scheme: 'ws',
      path: '/chat',
      raw_path: '/chat',
      query_string: 'room=1',
      root_path: '',
      headers: [
        'upgrade: websocket',
        'connection: upgrade',
        'sec-websocket-version: 13',
        'sec-websocket-protocol: chat,, superchat ',
        'sec-websocket-protocol: third',
      ],
      client: null,
      server: ['localhost', 80],
      subprotocols: ['chat', 'superchat', 'third'],
    });
  });

  test('wss, and no subprotocols', () => {
    const scope = websocketScope([...HANDSHAKE, 'HTTPS', 'on'], { state: { a: 1 } });
    expect([scope.scheme, scope.subprotocols, scope.state]).toEqual(['wss', [], { a: 1 }]);
    expect(failureOf(() => websocketScope([]))).toBe('ENVIRON_BAD_METHOD REQUEST_METHOD 400');
  });
});

describe('scopeFromRequest', () => {
  const REQUEST: HttpRequest = {
    method: 'GET',
    target: '/app/caf%C3%A9?q=%31',
    httpVersion: '1.1',
    headers: ['Host', 'a.test', 'X_Real', '1', 'X-Real', '2', 'X-Real', '3', 'Proxy', 'evil'],
    scheme: 'http',
    server: { address: '127.0.0.1', port: 81 },
    client: { address: '127.0.0.2', port: 40_000 },
  };
  const from = (changes: Partial<HttpRequest>, options?: Omit<RequestScopeOptions, 'type'>): HTTPScope =>
    scopeFromRequest({ ...REQUEST, ...changes }, options);

  test('everything of a request; underscores stay what they are', () => {
    expect(readable(from({}, { scriptName: '/app' }))).toEqual({
      type: 'http',
      asgi: { version: '3.0', spec_version: '2.5' },
      http_version: '1.1',
      method: 'GET',
      scheme: 'http',
      path: '/app/caf\u00e9',
      raw_path: '/app/caf%C3%A9',
      query_string: 'q=%31',
      root_path: '/app',
      headers: ['host: a.test', 'x_real: 1', 'x-real: 2', 'x-real: 3'],
      client: ['127.0.0.2', 40_000],
      server: ['127.0.0.1', 81],
    });
  });

  test('websocket', () => {
    const headers = [
      'Sec-WebSocket-Protocol',
      'a',
      'sec-websocket-protocol',
      'b',
      'Sec_WebSocket_Protocol',
      'c',
    ];
    const scope = scopeFromRequest({ ...REQUEST, headers, scheme: 'https' }, { type: 'websocket' });
    expect([scope.type, scope.scheme, scope.subprotocols]).toEqual(['websocket', 'wss', ['a', 'b']]);
  });

  test('the authority of an absolute target, or of HTTP/2, stands in front in the place of Host', () => {
    const absolute = from({ target: 'http://b.test:9/x', headers: ['X-A', '1', 'Host', 'a.test'] });
    expect([lines(absolute.headers), text(absolute.raw_path)]).toEqual([['host: b.test:9', 'x-a: 1'], '/x']);
    const headers = [':method', 'GET', ':path', '/', ':scheme', 'https', 'x-a', '1', ':authority', 'c.test'];
    expect(lines(from({ headers, httpVersion: '2.0' }).headers)).toEqual(['host: c.test', 'x-a: 1']);
    expect(failureOf(() => from({ headers: [...headers, 'host', 'd.test'] }))).toBe(
      'ENVIRON_REPEATED HTTP_HOST 400',
    );
  });

  test('unix sockets', () => {
    const nowhere = { address: '', port: 0 };
    const scope = from({ server: { address: '/run/x.sock', port: 0 }, client: nowhere });
    expect([scope.server, scope.client]).toEqual([['/run/x.sock', null], null]);
    expect(from({ server: nowhere }).server).toBeNull();
  });

  test('a chunked upload keeps its Transfer-Encoding: nothing else says that there is a body', () => {
    expect(lines(from({ headers: ['Transfer-Encoding', 'chunked'] }).headers)).toEqual([
      'transfer-encoding: chunked',
    ]);
  });

  test.each<[Partial<HttpRequest>, string]>([
    [{ method: '' }, 'ENVIRON_BAD_METHOD REQUEST_METHOD 400'],
    [{ target: 'x' }, 'ENVIRON_BAD_TARGET REQUEST_URI 400'],
    [{ target: '/%zz' }, 'ENVIRON_BAD_TARGET REQUEST_URI 400'],
    [{ target: '/a%00' }, 'ENVIRON_BAD_TARGET REQUEST_URI 400'],
    [{ httpVersion: '9x' }, 'ENVIRON_BAD_PROTOCOL SERVER_PROTOCOL 400'],
    [{ headers: ['Content-Length', '+1'] }, 'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400'],
    [
      { headers: ['Content-Length', '1', 'Transfer-Encoding', 'x'] },
      'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400',
    ],
    [{ headers: ['Content-Length', '1', 'content-length', '1'] }, 'ENVIRON_REPEATED CONTENT_LENGTH 400'],
    [{ headers: ['Host', 'a', 'Host', 'b'] }, 'ENVIRON_REPEATED HTTP_HOST 400'],
    [{ headers: ['X Y', '1'] }, 'ENVIRON_BAD_HEADER HTTP_* 400'],
    [{ headers: ['X', 'a\nb'] }, 'ENVIRON_BAD_HEADER HTTP_* 400'],
  ])('invalid: %j', (changes, failure) => {
    expect(failureOf(() => from(changes))).toBe(failure);
  });

  test('outside of the mount, and mistakes of the caller', () => {
    expect(failureOf(() => from({}, { scriptName: '/ap' }))).toBe('ENVIRON_OUTSIDE_MOUNT PATH_INFO 404');
    expect(() => from({}, { scriptName: '/' })).toThrow(RangeError);
    expect(() => from({ headers: ['X'] })).toThrow(TypeError);
  });
});
