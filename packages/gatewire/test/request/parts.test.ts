import { describe, expect, test } from 'vitest';
import { headerIn, mergeHeaders, parseHeader } from '../../src/request/headers.js';
import { applyOverrides, parseParam, scriptOverrides } from '../../src/request/params.js';
import { parseTarget } from '../../src/request/target.js';
import { variablesOf } from '../../src/request/variables.js';
import { bytesBody } from '../../src/request/body.js';
import { EXIT_CODES } from '../../src/request/failure.js';
import { VERSION } from '../../src/version.js';

describe('a URL', () => {
  test.each([
    ['uwsgi://h', { protocol: 'uwsgi', host: 'h', port: 3031, authority: 'h', target: '/' }],
    ['fastcgi://h?x', { protocol: 'fastcgi', host: 'h', port: 9000, authority: 'h', target: '/?x' }],
    ['fcgi://h:1/', { protocol: 'fastcgi', host: 'h', port: 1, authority: 'h:1', target: '/' }],
    ['HTTP://h/a?b=c%20#d', { protocol: 'http', host: 'h', port: 80, authority: 'h', target: '/a?b=c%20' }],
    [
      'http://[::1]:8000/',
      { protocol: 'http', host: '::1', port: 8000, authority: '[::1]:8000', target: '/' },
    ],
    ['http://[::1]/', { protocol: 'http', host: '::1', port: 80, authority: '[::1]', target: '/' }],
    [
      'http://h/caf\u00e9 \u{1f600}/../',
      { protocol: 'http', host: 'h', port: 80, authority: 'h', target: '/caf%c3%a9%20%f0%9f%98%80/../' },
    ],
  ])('%s', (url, expected) => {
    expect(parseTarget(url)).toEqual(expected);
  });

  test.each([
    ['127.0.0.1:3031/', 'expected uwsgi://host:port/path, fastcgi://host:port/path or http://host:port/path'],
    ['https://h/', 'curl does that'],
    ['ftp://h/', 'expected uwsgi://'],
    ['uwsgi:///path', 'no host'],
    ['uwsgi://u:p@h/', 'a user in the URL'],
    ['uwsgi://h:0/', 'expected host:port'],
    ['uwsgi://h:70000/', 'port "70000"'],
    ['uwsgi://[::g]/', 'is not an IPv6 address'],
  ])('%s is none', (url, message) => {
    expect(() => parseTarget(url)).toThrow(RangeError);
    expect(() => parseTarget(url)).toThrow(message);
  });
});

describe('headers', () => {
  test.each([
    ['X-A: b', ['X-A', 'b']],
    ['X-A:b: c ', ['X-A', 'b: c']],
    ['X-A;', ['X-A', '']],
    ['Host:', ['Host', null]],
    ['X-A: \u00e9', ['X-A', '\xc3\xa9']],
  ])('%j', (text, expected) => {
    expect(parseHeader(text)).toEqual(expected);
  });

  test.each(['', 'X-A', ': b', 'X A: b', 'X-A: b\r\nX-B: c', 'X-A: \0'])('%j is none', (text) => {
    expect(() => parseHeader(text)).toThrow(RangeError);
  });

  test('one that is given replaces the default, or removes it; repeats stay', () => {
    const defaults = [
      ['Host', 'h'],
      ['Accept', '*/*'],
    ] as const;
    expect(
      mergeHeaders(defaults, [
        ['host', 'x'],
        ['X', '1'],
        ['X', '2'],
        ['ACCEPT', null],
      ]),
    ).toEqual([...['host', 'x'], ...['X', '1', 'X', '2']]);
    expect(headerIn(['A', '1', 'b', '2', 'B', '3'], 'b')).toBe('2');
    expect(headerIn(['A', 'b'], 'b')).toBeNull();
  });
});

describe('variables by hand', () => {
  test.each([
    ['A=b', ['A', 'b']],
    ['A=', ['A', '']],
    ['A=b=c', ['A', 'b=c']],
    ['A', ['A', null]],
    ['A=\u00e9', ['A', '\xc3\xa9']],
  ])('%s', (text, expected) => {
    expect(parseParam(text)).toEqual(expected);
  });

  test('no name', () => {
    expect(() => parseParam('=b')).toThrow('expected NAME=VALUE');
  });

  test('one that is there keeps its place, others follow; the last word wins', () => {
    const pairs = ['A', '1', 'B', '2', 'A', '3'];
    expect(applyOverrides(pairs, [['A', 'x']])).toEqual(['A', 'x', 'B', '2']);
    expect(applyOverrides(pairs, [['A', null]])).toEqual(['B', '2']);
    expect(
      applyOverrides(pairs, [
        ['C', '4'],
        ['C', '5'],
      ]),
    ).toEqual([...pairs, 'C', '5']);
    expect(
      applyOverrides(pairs, [
        ['B', null],
        ['B', '6'],
      ]),
    ).toEqual(['A', '1', 'A', '3', 'B', '6']);
    // A value that looks like a name is none.
    expect(applyOverrides(['X', 'A', 'A', 'X'], [['A', 'y']])).toEqual(['X', 'A', 'A', 'y']);
  });

  const script = (file?: string, root?: string): Record<string, unknown> =>
    Object.fromEntries(scriptOverrides(['SCRIPT_NAME', '/a/b.php'], file, root));

  test('a document root: the path names the file', () => {
    expect(script(undefined, '/srv/www/')).toEqual({
      SCRIPT_FILENAME: '/srv/www/a/b.php',
      DOCUMENT_ROOT: '/srv/www',
    });
  });

  test('a script: that file for every path', () => {
    const same = { SCRIPT_FILENAME: '/srv/www/sub/index.php' };
    const of = (name: string): object => ({ SCRIPT_NAME: name, DOCUMENT_URI: name });
    expect(script('/srv/www/sub/index.php')).toEqual({
      ...same,
      ...of('/index.php'),
      DOCUMENT_ROOT: '/srv/www/sub',
    });
    expect(script('/srv/www/sub/index.php', '/srv/www')).toEqual({
      ...{ ...same, ...of('/sub/index.php') },
      DOCUMENT_ROOT: '/srv/www',
    });
    expect(script('/srv/www/sub/index.php', '/elsewhere')).toMatchObject(of('/index.php'));
    expect(script()).toEqual({});
    expect(() => script('index.php')).toThrow('expected the whole path');
  });
});

describe('the variables of a request', () => {
  const request = {
    method: 'POST',
    target: '/a%20b/../c?x=%31',
    headers: [
      'Host',
      'example.test:8080',
      'Content-Type',
      'text/plain',
      'X-Name',
      '\xc3\xa9',
      'Upgrade',
      'websocket',
    ],
    body: bytesBody(Uint8Array.of(1, 2, 3)),
    params: [['REMOTE_USER', 'ada']] as const,
    ...{ script: undefined, documentRoot: undefined, modifier1: 0, modifier2: 0 },
  };
  const addresses = {
    client: { address: '127.0.0.1', port: 40_000 },
    server: { address: '127.0.0.2', port: 3031 },
  };
  // nginx 1.22: uwsgi_params and fastcgi_params, then headers.
  const common = [
    'QUERY_STRING',
    'x=%31',
    'REQUEST_METHOD',
    'POST',
    'CONTENT_TYPE',
    'text/plain',
    'CONTENT_LENGTH',
    '3',
  ];
  const from = ['REMOTE_ADDR', '127.0.0.1', 'REMOTE_PORT', '40000'];
  const headers = ['HTTP_HOST', 'example.test:8080', 'HTTP_X_NAME', '\xc3\xa9', 'HTTP_UPGRADE', 'websocket'];
  const by = ['SERVER_PORT', '8080', 'SERVER_NAME', 'example.test'];

  test('for uwsgi', () => {
    expect(variablesOf('uwsgi', request, addresses)).toEqual([
      ...common,
      ...['REQUEST_URI', '/a%20b/../c?x=%31', 'SCRIPT_NAME', '', 'PATH_INFO', '/c'],
      ...['SERVER_PROTOCOL', 'HTTP/1.1', 'REQUEST_SCHEME', 'http'],
      ...[...from, ...by, ...headers, 'REMOTE_USER', 'ada'],
    ]);
  });

  test('for FastCGI', () => {
    const pairs = variablesOf('fastcgi', request, addresses);
    expect(pairs).toEqual([
      ...[...common, 'SCRIPT_NAME', '/c', 'REQUEST_URI', '/a%20b/../c?x=%31', 'DOCUMENT_URI', '/c'],
      ...['SERVER_PROTOCOL', 'HTTP/1.1', 'REQUEST_SCHEME', 'http', 'GATEWAY_INTERFACE', 'CGI/1.1'],
      ...['SERVER_SOFTWARE', `gatewire/${VERSION}`, ...from, 'SERVER_ADDR', '127.0.0.2', ...by],
      ...['REDIRECT_STATUS', '200', ...headers, 'REMOTE_USER', 'ada'],
    ]);
  });

  test.each([
    [{ target: '/%zz' }, 'percent sequence'],
    [{ headers: ['X_Name', 'b'] }, 'X_Name'],
  ])('%j is refused', (change, message) => {
    expect(() => variablesOf('uwsgi', { ...request, ...change }, addresses)).toThrow(RangeError);
    expect(() => variablesOf('uwsgi', { ...request, ...change }, addresses)).toThrow(message);
  });
});

test('each exit code has one meaning', () => {
  const codes = EXIT_CODES.map(([code]) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect([...codes]).toEqual([...codes].sort((a, b) => a - b));
});
