import { environFromRequest } from '@gatewire/environ';
import type { Environ, HttpRequest } from '@gatewire/environ';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const from = (changes: Partial<HttpRequest>): Environ =>
  environFromRequest({
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    headers: ['Host', 'example.com:81'],
    scheme: 'http',
    server: { address: '127.0.0.1', port: 81 },
    client: { address: '127.0.0.2', port: 40_000 },
    ...changes,
  });

describe('environFromRequest', () => {
  test('RFC 3875 §4.1: every variable of a plain request', () => {
    const headers = [
      'Host',
      'example.com:81',
      'Content-Type',
      'text/x',
      'content-length',
      '3',
      'X-A',
      '1',
      'x-a',
      '2',
    ];
    expect({ ...from({ method: 'POST', target: '/a?b=%31', headers }) }).toEqual({
      QUERY_STRING: 'b=%31',
      REQUEST_METHOD: 'POST',
      REQUEST_URI: '/a?b=%31',
      SCRIPT_NAME: '',
      PATH_INFO: '/a',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REQUEST_SCHEME: 'http',
      REMOTE_ADDR: '127.0.0.2',
      REMOTE_PORT: '40000',
      SERVER_ADDR: '127.0.0.1',
      SERVER_PORT: '81',
      SERVER_NAME: 'example.com',
      HTTP_HOST: 'example.com:81',
      CONTENT_TYPE: 'text/x',
      CONTENT_LENGTH: '3',
      HTTP_X_A: '1, 2',
    });
  });

  test.each([
    ['/caf%C3%A9', '/caf\u00c3\u00a9', ''],
    ['/a%2Fb+c', '/a/b+c', ''],
    ['/a%25%32%35', '/a%25', ''],
    ['//evil.test/x', '//evil.test/x', ''],
    ['/a?b?c', '/a', 'b?c'],
    ['/a?', '/a', ''],
    ['*', '', ''],
    ['http://other.test:99/x?y', '/x', 'y'],
    ['http://other.test', '/', ''],
  ])('target %s: PATH_INFO %j, QUERY_STRING %j', (target, path, query) => {
    const environ = from({ target });
    expect([environ['PATH_INFO'], environ['QUERY_STRING'], environ['REQUEST_URI']]).toEqual([
      path,
      query,
      target,
    ]);
  });

  test('RFC 9112 §3.2.2: the authority of an absolute target beats Host', () => {
    expect(from({ target: 'http://other.test:99/x' })['HTTP_HOST']).toBe('other.test:99');
  });

  test.each(['/%zz', '/%2', '/a%00b', 'example.com:443', ''])('invalid: target %j', (target) => {
    expect(failureOf(() => from({ target }))).toBe('ENVIRON_BAD_TARGET REQUEST_URI 400');
  });

  test('header names that could pass for another are dropped', () => {
    const environ = from({
      headers: ['X_Real_IP', 'evil', 'X.Real.IP', 'evil', 'X-Real-IP', 'good', 'Proxy', 'evil'],
    });
    expect(environ['HTTP_X_REAL_IP']).toBe('good');
    expect(Object.values(environ)).not.toContain('evil');
  });

  test('a header cannot set a variable of the server', () => {
    const environ = from({
      headers: ['Https', 'on', 'Remote-Addr', 'x', 'Content_Length', '9', 'Request-Method', 'x'],
    });
    expect(environ['HTTPS']).toBeUndefined();
    expect(environ['REMOTE_ADDR']).toBe('127.0.0.2');
    expect(environ['CONTENT_LENGTH']).toBeUndefined();
    expect(environ['HTTP_HTTPS']).toBe('on');
  });

  test('invalid: two Hosts', () => {
    expect(failureOf(() => from({ headers: ['Host', 'a', 'Host', 'b'] }))).toBe(
      'ENVIRON_REPEATED HTTP_HOST 400',
    );
  });

  test('https, and a unix socket', () => {
    const environ = from({ scheme: 'https', server: { address: '', port: 0 }, headers: [] });
    expect([environ['HTTPS'], environ['SERVER_PORT'], environ['SERVER_NAME']]).toEqual([
      'on',
      '443',
      'localhost',
    ]);
  });
});
