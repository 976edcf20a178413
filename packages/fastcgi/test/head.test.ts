import { ascii } from '@gatewire/testkit';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { describe, expect, test } from 'vitest';

const http = (status: number, headers: readonly string[], reason?: string): Uint8Array =>
  encodeResponseHead(status, headers, reason === undefined ? { form: 'http' } : { form: 'http', reason });

describe('encodeResponseHead', () => {
  test('spec: a status line for uwsgi', () => {
    expect(http(200, ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'], 'OK')).toEqual(
      ascii('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n'),
    );
  });

  test('spec: RFC 3875 §6.3.3, a Status field; the reason may be empty', () => {
    expect(encodeResponseHead(404, [], { form: 'cgi', reason: 'Not Found' })).toEqual(
      ascii('Status: 404 Not Found\r\n\r\n'),
    );
    expect(encodeResponseHead(999, ['A', ''], { form: 'cgi' })).toEqual(ascii('Status: 999 \r\nA: \r\n\r\n'));
  });

  test('bytes 80 to ff and the tab are field content', () => {
    expect(http(200, ['X', '\t\u0080\u00ff'])).toEqual(ascii('HTTP/1.1 200 \r\nX: \t\u0080\u00ff\r\n\r\n'));
  });

  // An interim head is taken for the final one by nginx, Apache and h2o; 101 is one.
  test.each([99, 100, 103, 199, 1000, 200.5, NaN, -1])('invalid: status %d', (status) => {
    expect(() => http(status, [])).toThrow(RangeError);
  });

  test('status 101 is possible', () => {
    expect(http(101, ['Upgrade', 'x'])).toEqual(ascii('HTTP/1.1 101 \r\nUpgrade: x\r\n\r\n'));
  });

  test.each(['', 'a b', 'a:', 'a\r\nb', '\u00e9', 'a\0', ' a'])('invalid: header name %j', (name) => {
    expect(() => http(200, [name, 'x'])).toThrow(/is not a token/);
  });

  // CVE-2023-27522: what passes here would split the response.
  test.each(['a\r\nb', 'a\nb', 'a\rb', 'a\0b', '\x01', '\x7f', '\u0100'])(
    'invalid: header value and reason %j',
    (value) => {
      expect(() => http(200, ['X', value])).toThrow(RangeError);
      expect(() => http(200, [], value)).toThrow(RangeError);
    },
  );

  // CVE-2024-24795: one framing header, and never a transfer coding.
  test('invalid: Transfer-Encoding, Status, a field twice that comes once, Content-Length not digits', () => {
    expect(() => http(200, ['transfer-encoding', 'chunked'])).toThrow(/framing/);
    expect(() => http(200, ['status', '500'])).toThrow(/argument of its own/);
    expect(() => http(200, ['Content-Length', '1', 'content-length', '1'])).toThrow(/given twice/);
    expect(() => http(200, ['Content-Type', 'a/b', 'content-type', 'a/b'])).toThrow(/given twice/);
    expect(() => http(302, ['Location', '/a', 'Location', '/b'])).toThrow(/given twice/);
    for (const text of ['', '-1', '+1', '1 ', '0x1', '1,1']) {
      expect(() => http(200, ['Content-Length', text])).toThrow(/expected 1 to 15 digits/);
    }
    expect(() => http(200, ['X'])).toThrow(TypeError);
  });
});
