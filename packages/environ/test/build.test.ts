import { buildEnviron, contentLength, urlScheme } from '@gatewire/environ';
import type { Environ, EnvironOptions } from '@gatewire/environ';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

/** A GET with the given variables added. */
const build = (pairs: readonly string[], options?: EnvironOptions): Environ =>
  buildEnviron(['REQUEST_METHOD', 'GET', ...pairs], options);

describe('what nginx sends through uwsgi_params', () => {
  const NGINX = [
    ...[
      'QUERY_STRING',
      '',
      'REQUEST_METHOD',
      'GET',
      'CONTENT_TYPE',
      '',
      'CONTENT_LENGTH',
      '',
      'REQUEST_URI',
      '/a%2Fb',
    ],
    ...[
      'PATH_INFO',
      '/a/b',
      'DOCUMENT_ROOT',
      '/srv',
      'SERVER_PROTOCOL',
      'HTTP/1.1',
      'REQUEST_SCHEME',
      'http',
    ],
    ...['REMOTE_ADDR', '127.0.0.1', 'REMOTE_PORT', '40000', 'SERVER_PORT', '8080', 'SERVER_NAME', ''],
    ...[
      'HTTP_HOST',
      'example.com:8080',
      'HTTP_ACCEPT',
      '*/*',
      'HTTP_CONTENT_TYPE',
      'x',
      'HTTP_CONTENT_LENGTH',
      '0',
    ],
  ];

  test('becomes a valid environ', () => {
    expect({ ...buildEnviron(NGINX) }).toEqual({
      QUERY_STRING: '',
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/a%2Fb',
      SCRIPT_NAME: '',
      PATH_INFO: '/a/b',
      DOCUMENT_ROOT: '/srv',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REQUEST_SCHEME: 'http',
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_PORT: '40000',
      SERVER_PORT: '8080',
      SERVER_NAME: 'example.com',
      HTTP_HOST: 'example.com:8080',
      HTTP_ACCEPT: '*/*',
    });
  });

  test('the result has no prototype: __proto__ is a name like any other', () => {
    const environ = build(['__proto__', 'x', 'constructor', 'y']);
    expect(Object.getPrototypeOf(environ)).toBeNull();
    expect(environ['__proto__']).toBe('x');
    expect(environ['constructor' as string]).toBe('y');
    expect('toString' in environ).toBe(false);
  });
});

describe('repeated variables', () => {
  test('headers are joined in order, cookies with a semicolon, other variables by the last', () => {
    const environ = build([
      ...['HTTP_X', '1', 'HTTP_COOKIE', 'a=1', 'DOCUMENT_ROOT', '/a'],
      ...['HTTP_X', '2', 'HTTP_COOKIE', 'b=2', 'DOCUMENT_ROOT', '/b', 'HTTP_X', '3'],
    ]);
    expect([environ['HTTP_X'], environ['HTTP_COOKIE'], environ['DOCUMENT_ROOT']]).toEqual([
      '1, 2, 3',
      'a=1; b=2',
      '/b',
    ]);
  });

  test.each(['HTTP_HOST', 'HTTP_AUTHORIZATION', 'HTTP_RANGE', 'HTTP_REFERER'])(
    '%s: once, or twice the same',
    (name) => {
      expect(build([name, 'a', name, 'a'])[name]).toBe('a');
      expect(failureOf(() => build([name, 'a', name, 'b']))).toBe(`ENVIRON_REPEATED ${name} 400`);
    },
  );

  test('CONTENT_LENGTH comes once', () => {
    expect(failureOf(() => build(['CONTENT_LENGTH', '5', 'CONTENT_LENGTH', '5']))).toBe(
      'ENVIRON_REPEATED CONTENT_LENGTH 400',
    );
  });

  test('last takes the last of every name, as uWSGI and gunicorn do', () => {
    const pairs = ['HTTP_X', '1', 'HTTP_HOST', 'a', 'HTTP_X', '2', 'HTTP_HOST', 'b'];
    const environ = build(pairs, { duplicates: 'last' });
    expect([environ['HTTP_X'], environ.HTTP_HOST]).toEqual(['2', 'b']);
    expect(
      failureOf(() => build(['CONTENT_LENGTH', '5', 'CONTENT_LENGTH', '5'], { duplicates: 'last' })),
    ).toBe('ENVIRON_REPEATED CONTENT_LENGTH 400');
  });

  test('reject refuses every repetition', () => {
    expect(failureOf(() => build(['HTTP_X', '1', 'HTTP_X', '1'], { duplicates: 'reject' }))).toBe(
      'ENVIRON_REPEATED HTTP_X 400',
    );
  });
});

describe('variables that are dropped', () => {
  // CVE-2016-5385 and its family.
  test('HTTP_PROXY, unless kept', () => {
    expect('HTTP_PROXY' in build(['HTTP_PROXY', 'http://evil.test/'])).toBe(false);
    expect(build(['HTTP_PROXY', 'x'], { httpProxy: 'keep' })['HTTP_PROXY']).toBe('x');
  });

  test('HTTP_TRANSFER_ENCODING, unless kept', () => {
    expect('HTTP_TRANSFER_ENCODING' in build(['HTTP_TRANSFER_ENCODING', 'chunked'])).toBe(false);
    const kept = build(['HTTP_TRANSFER_ENCODING', 'chunked'], { transferEncoding: 'keep' });
    expect(kept['HTTP_TRANSFER_ENCODING']).toBe('chunked');
  });
});

describe('server and scheme', () => {
  test.each([
    [['SERVER_NAME', 'a.test', 'HTTP_HOST', 'b.test'], 'a.test'],
    [['SERVER_NAME', '', 'HTTP_HOST', 'b.test:81'], 'b.test'],
    [['SERVER_NAME', '_', 'HTTP_HOST', '[::1]:81'], '[::1]'],
    [['HTTP_HOST', 'evil/@host', 'SERVER_ADDR', '10.0.0.1'], '10.0.0.1'],
    [['SERVER_ADDR', '10.0.0.1'], '10.0.0.1'],
    [['SERVER_NAME', 'a.test:8080'], 'a.test'],
    [['SERVER_NAME', '[::1]:8080'], '[::1]'],
    [['SERVER_NAME', '::1'], '::1'],
    [[], 'localhost'],
  ])('SERVER_NAME of %j is %s', (pairs, name) => {
    expect(build(pairs)['SERVER_NAME']).toBe(name);
  });

  test.each([
    [{}, 'http'],
    [{ REQUEST_SCHEME: 'https' }, 'https'],
    [{ REQUEST_SCHEME: 'http', HTTPS: 'on' }, 'http'],
    [{ REQUEST_SCHEME: 'gopher', HTTPS: '1' }, 'https'],
    [{ HTTPS: 'ON' }, 'https'],
    [{ HTTPS: 'yes' }, 'https'],
    [{ HTTPS: 'off' }, 'http'],
    [{ HTTPS: '' }, 'http'],
    [{ HTTP_X_FORWARDED_PROTO: 'https' }, 'http'],
  ] as const)('urlScheme(%j) is %s', (environ, scheme) => {
    expect(urlScheme(environ)).toBe(scheme);
  });

  test('SERVER_PORT, SERVER_PROTOCOL and QUERY_STRING are never missing', () => {
    const http = build(['SERVER_PORT', '', 'SERVER_PROTOCOL', '']);
    expect([http['SERVER_PORT'], http['SERVER_PROTOCOL'], http['QUERY_STRING']]).toEqual([
      '80',
      'HTTP/1.1',
      '',
    ]);
    expect(build(['HTTPS', 'on'])['SERVER_PORT']).toBe('443');
  });
});

describe('refused', () => {
  test.each(['', 'GE T', 'GET\r\n', 'G\u00e9T'])('invalid: method %j', (method) => {
    expect(failureOf(() => buildEnviron(['REQUEST_METHOD', method]))).toBe(
      'ENVIRON_BAD_METHOD REQUEST_METHOD 400',
    );
  });

  test('invalid: no method', () => {
    expect(failureOf(() => buildEnviron([]))).toBe('ENVIRON_BAD_METHOD REQUEST_METHOD 400');
  });

  test.each(['HTTP/1.1\r\nX: y', 'HTTP/11', 'http/1.1', 'x'])('invalid: protocol %j', (protocol) => {
    expect(failureOf(() => build(['SERVER_PROTOCOL', protocol]))).toBe(
      'ENVIRON_BAD_PROTOCOL SERVER_PROTOCOL 400',
    );
  });

  test.each(['HTTP/1.0', 'HTTP/2.0', 'HTTP/3', 'INCLUDED'])('protocol %s is taken', (protocol) => {
    expect(build(['SERVER_PROTOCOL', protocol])['SERVER_PROTOCOL']).toBe(protocol);
  });

  test.each(['+5', '-1', ' 5', '5,5', '1_0', '0x5', '3x', '1e3', '1234567890123456'])(
    'invalid: length %j',
    (text) => {
      const failure = 'ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400';
      expect(failureOf(() => contentLength({ CONTENT_LENGTH: text }))).toBe(failure);
      expect(failureOf(() => build(['CONTENT_LENGTH', text]))).toBe(failure);
    },
  );

  test('contentLength: absent and empty are null, 15 digits are exact', () => {
    expect(contentLength({})).toBeNull();
    expect(contentLength({ CONTENT_LENGTH: '' })).toBeNull();
    expect(contentLength({ CONTENT_LENGTH: '0' })).toBe(0);
    expect(contentLength({ CONTENT_LENGTH: '999999999999999' })).toBe(999_999_999_999_999);
  });

  test('a name without value is the mistake of the caller', () => {
    expect(() => buildEnviron(['REQUEST_METHOD'])).toThrow(TypeError);
  });

  test('messages echo no more than 32 characters', () => {
    expect(() => build(['CONTENT_LENGTH', 'x'.repeat(5000)])).toThrow(/^.{0,120}$/);
  });
});

describe('properties', () => {
  const text = fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));

  test('values of other headers come through byte for byte', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,8}$/), { maxLength: 10 }),
        text,
        (names, value) => {
          const pairs = names.flatMap((name) => [`HTTP_X_${name}`, value]);
          const environ = build(pairs);
          for (const name of names) expect(environ[`HTTP_X_${name}`]).toBe(value);
        },
      ),
    );
  });
});

test('a SCRIPT_NAME without its slash gets one: a mount joins what is before it otherwise', () => {
  const environ = buildEnviron(['REQUEST_METHOD', 'GET', 'SCRIPT_NAME', 'app', 'PATH_INFO', '/x']);
  expect([environ['SCRIPT_NAME'], environ['PATH_INFO']]).toEqual(['/app', '/x']);
});

test('a SERVER_ADDR that stands in for SERVER_NAME loses a port, as SERVER_NAME does', () => {
  const environ = buildEnviron(['REQUEST_METHOD', 'GET', 'SERVER_ADDR', '192.0.2.1:']);
  expect(environ['SERVER_NAME']).toBe('192.0.2.1');
  const v6 = buildEnviron(['REQUEST_METHOD', 'GET', 'SERVER_ADDR', '2001:db8::1']);
  expect(v6['SERVER_NAME']).toBe('2001:db8::1');
});
