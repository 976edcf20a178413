import { environFromRequest } from '@gatewire/environ';
import type { Environ, HttpRequest } from '@gatewire/environ';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const REQUEST: HttpRequest = {
  method: 'GET',
  target: '/',
  httpVersion: '1.1',
  headers: ['Host', 'example.com:81'],
  scheme: 'http',
  server: { address: '127.0.0.1', port: 81 },
  client: { address: '127.0.0.2', port: 40_000 },
};

const from = (changes: Partial<HttpRequest>): Environ => environFromRequest({ ...REQUEST, ...changes });

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
  });

  test('headers that programs take for variables of the server are dropped', () => {
    // CVE-2016-5385 and CVE-2024-8927.
    const environ = from({ headers: ['Proxy', 'http://evil.test/', 'Redirect-Status', '1', 'Https', 'on'] });
    expect(Object.keys(environ).filter((name) => name.startsWith('HTTP_'))).toEqual([]);
  });

  test.each(['X_Real_IP', 'X.Real', 'X Y', '', '\u00e9', 'X:', ':'])('refuse: header name %j', (name) => {
    expect(failureOf(() => from({ headers: [name, 'x'] }))).toBe('nothing thrown');
    expect(failureOf(() => environFromRequest(REQUEST, { headerNames: 'refuse' }))).toBe('nothing thrown');
    expect(
      failureOf(() => environFromRequest({ ...REQUEST, headers: [name, 'x'] }, { headerNames: 'refuse' })),
    ).toBe('ENVIRON_BAD_HEADER HTTP_* 400');
  });

  test.each(['a\r\nb', 'a\nb', 'a\0b', '\r'])('invalid: header value %j', (value) => {
    expect(failureOf(() => from({ headers: ['X-A', value] }))).toBe('ENVIRON_BAD_HEADER HTTP_X_A 400');
  });

  test('RFC 9112 §6.3: invalid: Content-Length beside Transfer-Encoding', () => {
    const headers = ['Content-Length', '5', 'Transfer-Encoding', 'chunked'];
    expect(failureOf(() => from({ headers }))).toBe('ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400');
    expect(from({ headers: headers.slice(2) })['CONTENT_LENGTH']).toBeUndefined();
  });

  test('RFC 9113 §8.3.1: :authority is the Host, other pseudo-headers are nothing', () => {
    const headers = [':method', 'GET', ':authority', 'h2.test', ':path', '/', ':scheme', 'https'];
    expect(from({ headers })['HTTP_HOST']).toBe('h2.test');
    expect(environFromRequest({ ...REQUEST, headers }, { headerNames: 'refuse' })['HTTP_HOST']).toBe(
      'h2.test',
    );
    expect(failureOf(() => from({ headers: [...headers, 'host', 'other.test'] }))).toBe(
      'ENVIRON_REPEATED HTTP_HOST 400',
    );
  });

  test('a header without value is the mistake of the caller', () => {
    expect(() => from({ headers: ['X-A'] })).toThrow(TypeError);
  });

  test('names are mapped anew however many there have been', () => {
    for (let i = 0; i < 2000; i++) {
      const environ = from({ headers: [`X-Name-${i}`, 'v', 'X-Kept', 'k'] });
      expect([environ[`HTTP_X_NAME_${i}`], environ['HTTP_X_KEPT']]).toEqual(['v', 'k']);
    }
  });

  test('invalid: two Hosts', () => {
    expect(failureOf(() => from({ headers: ['Host', 'a', 'Host', 'b'] }))).toBe(
      'ENVIRON_REPEATED HTTP_HOST 400',
    );
  });

  test('https, and a unix socket', () => {
    const nowhere = { address: '', port: 0 };
    const environ = from({ scheme: 'https', server: nowhere, client: nowhere, headers: [] });
    expect(Object.keys(environ).filter((name) => /^(REMOTE|SERVER)_(ADDR|PORT)/.test(name))).toEqual([
      'SERVER_PORT',
    ]);
    expect([environ['HTTPS'], environ['SERVER_PORT'], environ['SERVER_NAME']]).toEqual([
      'on',
      '443',
      'localhost',
    ]);
  });
});
