import { buildEnviron, urlScheme } from '@gatewire/environ';
import type { Environ, EnvironOptions } from '@gatewire/environ';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

/** A GET with the given variables added. */
const build = (pairs: readonly string[], options?: EnvironOptions): Environ =>
  buildEnviron(['REQUEST_METHOD', 'GET', ...pairs], options);

describe('path', () => {
  const CADDY = ['SERVER_SOFTWARE', 'Caddy/v2.6.2'];
  const path = (pairs: readonly string[], options?: EnvironOptions): string => {
    const environ = build(pairs, options);
    return `${environ['SCRIPT_NAME']}|${environ['PATH_INFO']}`;
  };

  test.each<[string, string[], EnvironOptions | undefined, string]>([
    ['nothing at all', [], undefined, '|/'],
    ['PATH_INFO alone', ['PATH_INFO', '/x'], undefined, '|/x'],
    ['the division of the web server', ['SCRIPT_NAME', '/app', 'PATH_INFO', '/x'], undefined, '/app|/x'],
    ['the mount itself', ['SCRIPT_NAME', '/app'], undefined, '/app|'],
    ['SCRIPT_NAME /', ['SCRIPT_NAME', '/', 'PATH_INFO', '/x'], undefined, '|/x'],
    ['a PATH_INFO without its slash', ['PATH_INFO', 'x'], undefined, '|/x'],
    ['OPTIONS *', ['REQUEST_URI', '*', 'PATH_INFO', ''], undefined, '|'],
    // uwsgi_params with a SCRIPT_NAME added: PATH_INFO is $document_uri, the whole path.
    [
      'PATH_INFO whole',
      ['SCRIPT_NAME', '/app', 'PATH_INFO', '/app/x', 'REQUEST_URI', '/app/x?q'],
      undefined,
      '/app|/x',
    ],
    [
      'PATH_INFO whole, at the mount',
      ['SCRIPT_NAME', '/app', 'PATH_INFO', '/app', 'REQUEST_URI', '/app'],
      undefined,
      '/app|',
    ],
    [
      'not whole: the segment goes on',
      ['SCRIPT_NAME', '/app', 'PATH_INFO', '/apple', 'REQUEST_URI', '/app/apple'],
      undefined,
      '/app|/apple',
    ],
    [
      'not whole: the target holds it twice',
      ['SCRIPT_NAME', '/app', 'PATH_INFO', '/app', 'REQUEST_URI', '/app/app'],
      undefined,
      '/app|/app',
    ],
    ['not whole: nothing tells', ['SCRIPT_NAME', '/app', 'PATH_INFO', '/app/x'], undefined, '/app|/app/x'],
    [
      'cgi leaves it',
      ['SCRIPT_NAME', '/a', 'PATH_INFO', '/a/x', 'REQUEST_URI', '/a/x'],
      { pathInfo: 'cgi' },
      '/a|/a/x',
    ],
    // fastcgi_params: SCRIPT_NAME is the whole path, DOCUMENT_URI too, and there is no PATH_INFO.
    ['SCRIPT_NAME whole', ['SCRIPT_NAME', '/x/y', 'DOCUMENT_URI', '/x/y'], undefined, '|/x/y'],
    [
      'SCRIPT_NAME whole, mounted',
      ['SCRIPT_NAME', '/x/y', 'DOCUMENT_URI', '/x/y'],
      { scriptName: '/x' },
      '/x|/y',
    ],
    [
      'cgi leaves that too',
      ['SCRIPT_NAME', '/x.php', 'DOCUMENT_URI', '/x.php'],
      { pathInfo: 'cgi' },
      '/x.php|',
    ],
    [
      'SCRIPT_NAME whole, of Caddy',
      ['SCRIPT_NAME', '/x', 'PATH_INFO', '', 'DOCUMENT_URI', '/x', ...CADDY],
      undefined,
      '|/x',
    ],
    [
      'SCRIPT_NAME whole, of HAProxy',
      ['SCRIPT_NAME', '/x', 'SERVER_SOFTWARE', 'HAProxy 2.6.12'],
      undefined,
      '|/x',
    ],
    [
      'SCRIPT_NAME whole, of Apache',
      ['SCRIPT_NAME', '/x', 'SCRIPT_FILENAME', 'proxy:fcgi://[::1]:9000/x'],
      undefined,
      '|/x',
    ],
    // fastcgi_split_path_info: an empty PATH_INFO is a division all the same.
    [
      'divided by nginx, at the mount',
      ['SCRIPT_NAME', '/x', 'PATH_INFO', '', 'DOCUMENT_URI', '/x'],
      undefined,
      '/x|',
    ],
    ['divided by lighttpd, at the mount', ['SCRIPT_NAME', '/x', 'REQUEST_URI', '/x'], undefined, '/x|'],
    [
      'whole, of an encoded path',
      ['SCRIPT_NAME', '/a b', 'PATH_INFO', '/a b/a b', 'REQUEST_URI', '/a%20b/a%20b'],
      undefined,
      '/a b|/a b',
    ],
    [
      'divided, of an encoded path',
      ['SCRIPT_NAME', '/a b', 'PATH_INFO', '/a b', 'REQUEST_URI', '/a%20b/./a%20b?x'],
      undefined,
      '/a b|/a b',
    ],
    [
      'h2o, absolute target',
      ['PATH_INFO', '/http://a.test:9/x', 'REQUEST_URI', 'http://a.test:9/x?y'],
      undefined,
      '|/x',
    ],
    [
      "uWSGI's router, absolute target",
      ['PATH_INFO', 'http://a.test:9/x', 'REQUEST_URI', 'http://a.test:9/x?y'],
      undefined,
      '|/x',
    ],
    [
      'absolute target without path',
      ['PATH_INFO', '/http://a.test', 'REQUEST_URI', 'http://a.test'],
      undefined,
      '|/',
    ],
    [
      'a path that looks like one',
      ['PATH_INFO', '/http://a.test/x', 'REQUEST_URI', '/http://a.test/x'],
      undefined,
      '|/http://a.test/x',
    ],
    ['scriptName divides', ['PATH_INFO', '/app/x'], { scriptName: '/app' }, '/app|/x'],
    ['scriptName divides at the end', ['PATH_INFO', '/app'], { scriptName: '/app' }, '/app|'],
    [
      "scriptName '' joins what lighttpd divided",
      ['SCRIPT_NAME', '/x', 'PATH_INFO', '/y'],
      { scriptName: '' },
      '|/x/y',
    ],
    [
      'scriptName agrees with the web server',
      ['SCRIPT_NAME', '/app', 'PATH_INFO', '/x'],
      { scriptName: '/app' },
      '/app|/x',
    ],
  ])('%s', (_, pairs, options, expected) => {
    expect(path(pairs, options)).toBe(expected);
  });

  test.each(['/application/x', '/', '/ap'])('invalid: %s is outside of the mount /app', (pathInfo) => {
    expect(failureOf(() => path(['PATH_INFO', pathInfo], { scriptName: '/app' }))).toBe(
      'ENVIRON_OUTSIDE_MOUNT PATH_INFO 404',
    );
  });

  test.each(['app', '/', '/app/'])('invalid: scriptName %j is a RangeError', (scriptName) => {
    expect(() => build([], { scriptName })).toThrow(RangeError);
  });
});

describe('what front ends get wrong', () => {
  test('CONTENT_LENGTH -1, of chunked uploads behind Caddy 2.6: by option', () => {
    const unknown = { contentLength: 'unknown-as-absent' } as const;
    expect('CONTENT_LENGTH' in build(['CONTENT_LENGTH', '-1'], unknown)).toBe(false);
    expect(build(['CONTENT_LENGTH', '5'], unknown)['CONTENT_LENGTH']).toBe('5');
    expect(failureOf(() => build(['CONTENT_LENGTH', '-2'], unknown))).toBe(
      'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400',
    );
  });

  test.each([
    ['HAProxy 2.6.12', undefined, false],
    ['HAProxy 2.6.12', 'keep', true],
    ['nginx/1.22.1', undefined, true],
    ['nginx/1.22.1', 'drop', false],
  ] as const)('REMOTE_USER of %s, %s: taken %s', (software, remoteUser, taken) => {
    const pairs = ['SERVER_SOFTWARE', software, 'REMOTE_USER', 'ann', 'AUTH_TYPE', 'Basic'];
    const environ = build(pairs, remoteUser === undefined ? {} : { remoteUser });
    expect(['REMOTE_USER' in environ, 'AUTH_TYPE' in environ]).toEqual([taken, taken]);
  });

  test('HTTP_ names that no header with letters, digits and - has', () => {
    const pairs = ['HTTP_X.DOT', 'a', 'HTTP_X_DOT', 'b', 'X.Y', 'c'];
    expect(build(pairs)['HTTP_X.DOT']).toBe('a');
    const environ = build(pairs, { headerNames: 'drop' });
    expect([environ['HTTP_X.DOT'], environ['HTTP_X_DOT'], environ['X.Y']]).toEqual([undefined, 'b', 'c']);
    expect(failureOf(() => build(pairs, { headerNames: 'refuse' }))).toBe('ENVIRON_BAD_HEADER HTTP_* 400');
  });

  test('scheme: what ends TLS in front of the web server', () => {
    const https = build(['REQUEST_SCHEME', 'http'], { scheme: 'https' });
    expect([https['HTTPS'], https['REQUEST_SCHEME'], https['SERVER_PORT']]).toEqual(['on', 'https', '443']);
    const http = build(['HTTPS', 'on', 'REQUEST_SCHEME', 'https'], { scheme: 'http' });
    expect([http['HTTPS'], http['REQUEST_SCHEME'], urlScheme(http)]).toEqual([undefined, 'http', 'http']);
  });

  test.each(['', 'off', 'OFF', '0'])('HTTPS %j is no HTTPS', (value) => {
    expect('HTTPS' in build(['HTTPS', value])).toBe(false);
  });
});

describe('properties', () => {
  test('SCRIPT_NAME and PATH_INFO join to the path that was sent', () => {
    const segment = fc.stringMatching(/^[a-z]{1,3}$/);
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, path, (mount, rest) => {
        const environ = build(['PATH_INFO', mount + rest], { scriptName: mount });
        expect([environ['SCRIPT_NAME'], environ['PATH_INFO']]).toEqual([mount, rest]);
      }),
    );
  });
});
