import type { HttpRequest } from '@gatewire/environ';
import { variablesFromRequest } from '@gatewire/environ/variables';
import type { VariablesOptions } from '@gatewire/environ/variables';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const REQUEST: HttpRequest = {
  method: 'POST',
  target: '/app//x/./a%20b?q=%31',
  httpVersion: '1.1',
  headers: ['Host', 'example.com:81', 'content-type', 'text/x', 'Content-Length', '3', 'X-A', '1'],
  scheme: 'http',
  server: { address: '127.0.0.1', port: 81 },
  client: { address: '127.0.0.2', port: 40_000 },
};

const send = (changes: Partial<HttpRequest>, options?: VariablesOptions): string[] =>
  variablesFromRequest({ ...REQUEST, ...changes }, options);

/** `NAME=value` for each pair: order and repeats stand as they are. */
function lines(pairs: readonly string[]): string[] {
  return pairs.flatMap((name, i) => (i % 2 === 0 ? [`${name}=${pairs[i + 1]}`] : []));
}

/** The values of a name; not as an object, in which repeats would be lost. */
function valuesOf(pairs: readonly string[], name: string): string[] {
  return pairs.filter((_, i) => i % 2 === 1 && pairs[i - 1] === name);
}

describe('the lists', () => {
  test("uwsgi: nginx's uwsgi_params and SCRIPT_NAME, then headers", () => {
    expect(lines(send({}, { documentRoot: '/srv' }))).toEqual([
      'QUERY_STRING=q=%31',
      'REQUEST_METHOD=POST',
      'CONTENT_TYPE=text/x',
      'CONTENT_LENGTH=3',
      'REQUEST_URI=/app//x/./a%20b?q=%31',
      'SCRIPT_NAME=',
      'PATH_INFO=/app/x/a b',
      'DOCUMENT_ROOT=/srv',
      'SERVER_PROTOCOL=HTTP/1.1',
      'REQUEST_SCHEME=http',
      'REMOTE_ADDR=127.0.0.2',
      'REMOTE_PORT=40000',
      'SERVER_PORT=81',
      'SERVER_NAME=example.com',
      'HTTP_HOST=example.com:81',
      'HTTP_X_A=1',
    ]);
  });

  test("fastcgi: nginx's fastcgi.conf", () => {
    const scheme = 'https';
    const options = { form: 'fastcgi', documentRoot: '/srv', serverSoftware: 'test/1' } as const;
    expect(lines(send({ scheme, target: '/x.php', method: 'GET', headers: [] }, options))).toEqual([
      'SCRIPT_FILENAME=/srv/x.php',
      'QUERY_STRING=',
      'REQUEST_METHOD=GET',
      'SCRIPT_NAME=/x.php',
      'REQUEST_URI=/x.php',
      'DOCUMENT_URI=/x.php',
      'DOCUMENT_ROOT=/srv',
      'SERVER_PROTOCOL=HTTP/1.1',
      'REQUEST_SCHEME=https',
      'HTTPS=on',
      'GATEWAY_INTERFACE=CGI/1.1',
      'SERVER_SOFTWARE=test/1',
      'REMOTE_ADDR=127.0.0.2',
      'REMOTE_PORT=40000',
      'SERVER_ADDR=127.0.0.1',
      'SERVER_PORT=81',
      'SERVER_NAME=127.0.0.1',
      'REDIRECT_STATUS=200',
    ]);
  });

  test('scgi: CONTENT_LENGTH first, of a request without body too; then SCGI', () => {
    const sent = lines(send({ method: 'GET', headers: [], target: '/x' }, { form: 'scgi' }));
    expect(sent.slice(0, 8)).toEqual([
      'CONTENT_LENGTH=0',
      'SCGI=1',
      'REQUEST_METHOD=GET',
      'REQUEST_URI=/x',
      'QUERY_STRING=',
      'SCRIPT_NAME=',
      'PATH_INFO=/x',
      'DOCUMENT_URI=/x',
    ]);
  });

  test('unix sockets: REMOTE_ADDR as nginx has it, ports by the scheme', () => {
    const nowhere = { address: '', port: 0 };
    const pairs = send({ server: nowhere, client: nowhere, headers: [], scheme: 'https' });
    expect(lines(pairs)).toEqual(
      expect.arrayContaining(['REMOTE_ADDR=unix:', 'SERVER_PORT=443', 'SERVER_NAME=localhost']),
    );
    expect(pairs).not.toContain('REMOTE_PORT');
  });
});

describe('path', () => {
  test.each([
    ['/a/../b', '/b'],
    ['/a/%2e%2e/b/', '/b/'],
    ['/a/.', '/a/'],
    ['/a/b/..', '/a/'],
    ['/a/..', '/'],
    ['//evil.test//x', '/evil.test/x'],
    ['/...', '/...'],
    ['/.a/b.', '/.a/b.'],
    ['/', '/'],
    ['*', ''],
    ['/%C3%A9%ff', '/\u00c3\u00a9\u00ff'],
  ])('%s is %j, as nginx makes it', (target, path) => {
    expect(valuesOf(send({ target }), 'PATH_INFO')).toEqual([path]);
    expect(valuesOf(send({ target }), 'REQUEST_URI')).toEqual([target]);
  });

  test('as-sent: decoded and no more', () => {
    expect(valuesOf(send({ target: '/a//%2e./b' }, { path: 'as-sent' }), 'PATH_INFO')).toEqual(['/a//../b']);
  });

  test.each(['/..', '/a/../..', '/%2e%2e/etc', '/%zz', '/a%00', 'x', ''])('invalid: target %s', (target) => {
    expect(failureOf(() => send({ target }))).toBe('ENVIRON_BAD_TARGET REQUEST_URI 400');
  });

  test('scriptName divides, in every form', () => {
    for (const form of ['uwsgi', 'fastcgi', 'scgi'] as const) {
      const pairs = send({}, { form, scriptName: '/app', documentRoot: '/srv' });
      expect([valuesOf(pairs, 'SCRIPT_NAME'), valuesOf(pairs, 'PATH_INFO')]).toEqual([['/app'], ['/x/a b']]);
      expect(valuesOf(pairs, 'SCRIPT_FILENAME')).toEqual(form === 'fastcgi' ? ['/srv/app'] : []);
    }
    expect(failureOf(() => send({}, { scriptName: '/ap' }))).toBe('ENVIRON_OUTSIDE_MOUNT PATH_INFO 404');
    expect(() => send({}, { scriptName: 'app' })).toThrow(RangeError);
  });

  test('SCRIPT_FILENAME does not leave the document root', () => {
    const options = { form: 'fastcgi', documentRoot: '/srv', path: 'as-sent' } as const;
    expect(failureOf(() => send({ target: '/a/%2e%2e/%2e%2e/etc/passwd' }, options))).toBe(
      'ENVIRON_BAD_TARGET REQUEST_URI 400',
    );
    expect(valuesOf(send({ target: '/a..b/x' }, options), 'SCRIPT_FILENAME')).toEqual(['/srv/a..b/x']);
  });
});

describe('headers', () => {
  test('repeats are joined, cookies by a semicolon; an absolute target beats Host', () => {
    const headers = ['Cookie', 'a=1', 'X-A', '1', 'cookie', 'b=2', 'X-A', '2', 'Host', 'a.test'];
    const pairs = send({ headers, target: 'http://b.test:9/x' });
    expect(lines(pairs).slice(-3)).toEqual(['HTTP_HOST=b.test:9', 'HTTP_COOKIE=a=1; b=2', 'HTTP_X_A=1, 2']);
    expect(valuesOf(pairs, 'SERVER_NAME')).toEqual(['b.test']);
  });

  test('what concerns the connection is dropped, unless it is kept for an upgrade', () => {
    const headers = ['Connection', 'upgrade', 'Upgrade', 'websocket', 'TE', 'trailers', 'Keep-Alive', '5'];
    expect(lines(send({ headers })).filter((line) => line.startsWith('HTTP_'))).toEqual([]);
    expect(lines(send({ headers }, { hopByHop: 'keep' })).slice(-4)).toEqual([
      'HTTP_CONNECTION=upgrade',
      'HTTP_UPGRADE=websocket',
      'HTTP_TE=trailers',
      'HTTP_KEEP_ALIVE=5',
    ]);
  });

  test('a header sets no variable but its own', () => {
    const headers = ['Proxy', 'evil', 'X_Y', 'evil', 'Redirect-Status', 'evil', 'Script-Filename', 'x'];
    const pairs = send({ headers }, { form: 'fastcgi', documentRoot: '/srv' });
    expect(pairs).not.toContain('evil');
    expect(valuesOf(pairs, 'SCRIPT_FILENAME')).toEqual(['/srv/app/x/a b']);
    expect(failureOf(() => send({ headers }, { headerNames: 'refuse' }))).toBe(
      'ENVIRON_BAD_HEADER HTTP_* 400',
    );
  });

  test('invalid: values that end a line, two Hosts, methods, versions', () => {
    expect(failureOf(() => send({ headers: ['X', 'a\0b'] }))).toBe('ENVIRON_BAD_HEADER HTTP_X 400');
    expect(failureOf(() => send({ headers: ['Host', 'a', 'Host', 'b'] }))).toBe(
      'ENVIRON_REPEATED HTTP_HOST 400',
    );
    expect(failureOf(() => send({ method: 'G T' }))).toBe('ENVIRON_BAD_METHOD REQUEST_METHOD 400');
    expect(failureOf(() => send({ httpVersion: '1.1\r\n' }))).toBe(
      'ENVIRON_BAD_PROTOCOL SERVER_PROTOCOL 400',
    );
  });
});

describe('length', () => {
  test('absent without a body, 0 when the client says so', () => {
    expect(valuesOf(send({ headers: [] }), 'CONTENT_LENGTH')).toEqual([]);
    expect(valuesOf(send({ headers: ['Content-Length', '0'] }), 'CONTENT_LENGTH')).toEqual(['0']);
    expect(valuesOf(send({ headers: ['Content-Type', ''] }), 'CONTENT_TYPE')).toEqual([]);
  });

  test('a chunked body needs its length told', () => {
    const headers = ['Transfer-Encoding', 'chunked'];
    expect(failureOf(() => send({ headers }))).toBe('ENVIRON_LENGTH_REQUIRED CONTENT_LENGTH 411');
    const pairs = send({ headers }, { contentLength: 8 });
    expect(valuesOf(pairs, 'CONTENT_LENGTH')).toEqual(['8']);
    expect(pairs).not.toContain('HTTP_TRANSFER_ENCODING');
  });

  test.each(['+5', '5,5', '', ' 5', '1e3'])('Content-Length %j', (length) => {
    const call = (): unknown => send({ headers: ['Content-Length', length] });
    expect(failureOf(call)).toBe(
      length === '' ? 'nothing thrown' : 'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400',
    );
  });

  test('invalid: beside Transfer-Encoding, or twice', () => {
    expect(failureOf(() => send({ headers: ['Content-Length', '5', 'Transfer-Encoding', 'x'] }))).toBe(
      'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400',
    );
    expect(failureOf(() => send({ headers: ['Content-Length', '5', 'Content-Length', '5'] }))).toBe(
      'ENVIRON_REPEATED CONTENT_LENGTH 400',
    );
  });

  test.each([-1, 1.5, NaN, 2 ** 53])('contentLength %d is a RangeError', (contentLength) => {
    expect(() => send({}, { contentLength })).toThrow(RangeError);
  });
});

describe('params', () => {
  test('take the place of those of the list, or come before the headers; headers do not overwrite them', () => {
    const params = ['SERVER_NAME', 'other', 'PHP_VALUE', 'x=1', 'HTTP_X_A', 'ours', 'HTTPS', ''];
    const sent = lines(send({}, { params }));
    expect(sent.indexOf('SERVER_NAME=other')).toBe(sent.indexOf('SERVER_PORT=81') + 1);
    expect(sent).toContain('HTTPS=');
    expect(sent.slice(-3)).toEqual(['PHP_VALUE=x=1', 'HTTP_X_A=ours', 'HTTP_HOST=example.com:81']);
  });

  test('of an odd length are the mistake of the caller', () => {
    expect(() => send({}, { params: ['X'] })).toThrow(TypeError);
    expect(() => send({ headers: ['X'] })).toThrow(TypeError);
  });
});
