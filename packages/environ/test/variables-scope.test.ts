import { httpScope, websocketScope } from '@gatewire/environ/scope';
import { environFromScope, variablesFromScope } from '@gatewire/environ/variables';
import type { VariablesOptions } from '@gatewire/environ/variables';
import type { ASGIHeader, HTTPScope } from '@gatewire/interfaces';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const headers = (...pairs: [string, string][]): ASGIHeader[] =>
  pairs.map(([name, value]) => [bytes(name), bytes(value)]);

/** As another server may have made it: only what the specification requires. */
const MINIMAL: HTTPScope = {
  type: 'http',
  asgi: { version: '3.0' },
  http_version: '1.1',
  method: 'GET',
  path: '/',
  query_string: bytes(''),
  headers: [],
};

const lines = (scope: HTTPScope, options?: VariablesOptions): string[] => {
  const pairs = variablesFromScope(scope, options);
  return pairs.flatMap((name, i) => (i % 2 === 0 ? [`${name}=${pairs[i + 1]}`] : []));
};

const value = (scope: HTTPScope, name: string, options?: VariablesOptions): string | undefined =>
  lines(scope, options)
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1);

describe('variablesFromScope', () => {
  test('every key of a scope', () => {
    const scope: HTTPScope = {
      ...MINIMAL,
      http_version: '2',
      method: 'POST',
      scheme: 'https',
      path: '/app/caf\u00e9',
      raw_path: bytes('/app/caf%C3%A9'),
      root_path: '/app/',
      query_string: bytes('a=%31'),
      headers: headers(
        ['host', 'a.test:8443'],
        ['content-length', '3'],
        ['x-a', '1'],
        ['X-A', '2'],
        ['x_a', '3'],
      ),
      client: ['192.0.2.1', 40_000],
      server: ['b.test', 8443],
    };
    expect(lines(scope)).toEqual([
      'QUERY_STRING=a=%31',
      'REQUEST_METHOD=POST',
      'CONTENT_LENGTH=3',
      'REQUEST_URI=/app/caf%C3%A9?a=%31',
      'SCRIPT_NAME=/app',
      'PATH_INFO=/caf\xc3\xa9',
      'SERVER_PROTOCOL=HTTP/2.0',
      'REQUEST_SCHEME=https',
      'HTTPS=on',
      'REMOTE_ADDR=192.0.2.1',
      'REMOTE_PORT=40000',
      'SERVER_PORT=8443',
      'SERVER_NAME=b.test',
      'HTTP_HOST=a.test:8443',
      'HTTP_X_A=1, 2',
    ]);
  });

  test('a scope with the least there can be', () => {
    expect(lines({ ...MINIMAL, path: '/caf\u00e9 ?#%' })).toEqual([
      'QUERY_STRING=',
      'REQUEST_METHOD=GET',
      'REQUEST_URI=/caf%C3%A9%20%3F%23%25',
      'SCRIPT_NAME=',
      'PATH_INFO=/caf\xc3\xa9 ?#%',
      'SERVER_PROTOCOL=HTTP/1.1',
      'REQUEST_SCHEME=http',
      'REMOTE_ADDR=unix:',
      'SERVER_PORT=80',
      'SERVER_NAME=localhost',
    ]);
  });

  test('SERVER_ADDR where the server has an address; a unix socket has neither', () => {
    const form = 'fastcgi';
    expect(value({ ...MINIMAL, server: ['127.0.0.1', 81] }, 'SERVER_ADDR', { form })).toBe('127.0.0.1');
    expect(value({ ...MINIMAL, server: ['a.test', 81] }, 'SERVER_ADDR', { form })).toBeUndefined();
    const unix: HTTPScope = { ...MINIMAL, server: ['/run/x.sock', null] };
    expect([value(unix, 'SERVER_ADDR', { form }), value(unix, 'SERVER_NAME')]).toEqual([
      undefined,
      'localhost',
    ]);
  });

  test('bytes that are no UTF-8 come out of raw_path', () => {
    const scope: HTTPScope = { ...MINIMAL, path: '/a/\ufffd', raw_path: bytes('/a/./%E9') };
    expect(value(scope, 'PATH_INFO')).toBe('/a/\xe9');
    expect(value(scope, 'PATH_INFO', { path: 'as-sent' })).toBe('/a/\xe9');
    // A path that middleware has changed is not what was sent.
    expect(value({ ...scope, path: '/b/\ufffd' }, 'PATH_INFO')).toBe('/b/\xef\xbf\xbd');
  });

  test('a WebSocket: its handshake is kept', () => {
    const pairs = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/chat', 'HTTP_UPGRADE', 'websocket', 'HTTPS', 'on'];
    const sent = variablesFromScope(websocketScope(pairs));
    expect(sent.slice(-2)).toEqual(['HTTP_UPGRADE', 'websocket']);
    expect(sent[sent.indexOf('REQUEST_METHOD') + 1]).toBe('GET');
    expect(sent[sent.indexOf('REQUEST_SCHEME') + 1]).toBe('https');
  });

  test('OPTIONS *', () => {
    const scope = httpScope(['REQUEST_METHOD', 'OPTIONS', 'REQUEST_URI', '*', 'PATH_INFO', '']);
    expect([value(scope, 'REQUEST_URI'), value(scope, 'PATH_INFO')]).toEqual(['*', '']);
  });

  test('invalid: outside of its root_path, a NUL, a chunked body of unknown length', () => {
    expect(failureOf(() => lines({ ...MINIMAL, path: '/apple', root_path: '/app' }))).toBe(
      'ENVIRON_OUTSIDE_MOUNT PATH_INFO 404',
    );
    expect(failureOf(() => lines({ ...MINIMAL, path: '/a\0' }))).toBe('ENVIRON_BAD_TARGET REQUEST_URI 400');
    const chunked = { ...MINIMAL, headers: headers(['transfer-encoding', 'chunked']) };
    expect(failureOf(() => lines(chunked))).toBe('ENVIRON_LENGTH_REQUIRED CONTENT_LENGTH 411');
    expect(value(chunked, 'CONTENT_LENGTH', { contentLength: 7 })).toBe('7');
  });
});

describe('environFromScope', () => {
  test('www.rst, "WSGI Compatibility"', () => {
    const scope: HTTPScope = {
      ...MINIMAL,
      path: '/app/a//b',
      root_path: '/app',
      headers: headers(
        ['host', 'a.test'],
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
        ['transfer-encoding', 'chunked'],
      ),
      server: ['127.0.0.1', 81],
      client: ['192.0.2.1', 40_000],
    };
    expect({ ...environFromScope(scope) }).toEqual({
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/app/a//b',
      SCRIPT_NAME: '/app',
      PATH_INFO: '/a//b',
      QUERY_STRING: '',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_NAME: '127.0.0.1',
      SERVER_ADDR: '127.0.0.1',
      SERVER_PORT: '81',
      REQUEST_SCHEME: 'http',
      REMOTE_ADDR: '192.0.2.1',
      REMOTE_PORT: '40000',
      HTTP_HOST: 'a.test',
      HTTP_COOKIE: 'a=1; b=2',
    });
  });

  test('options are those of environFromRequest', () => {
    const scope = { ...MINIMAL, headers: headers(['x_y', '1']) };
    expect(failureOf(() => environFromScope(scope, { headerNames: 'refuse' }))).toBe(
      'ENVIRON_BAD_HEADER HTTP_* 400',
    );
  });
});
