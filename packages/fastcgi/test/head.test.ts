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

  test('a message names the header and shows 32 characters of what is wrong', () => {
    const long = `\n${'x'.repeat(99)}`;
    const shown = `"\\n${'x'.repeat(31)}"`;
    expect(() => http(200, [long, ''])).toThrow(new RangeError(`header name ${shown} is not a token`));
    expect(() => http(200, ['X', long])).toThrow(
      new RangeError(`header X has a control character: ${shown}`),
    );
    expect(() => http(200, [], long)).toThrow(
      new RangeError(`the reason phrase has a control character: ${shown}`),
    );
    expect(() => http(199, [])).toThrow(new RangeError('status is 199, expected 101 or 200 to 999'));
    expect(() => http(200, ['A', 'b', 'C'])).toThrow(
      new TypeError('headers has 3 entries, expected name, value'),
    );
    expect(() => http(200, ['Transfer-encoding', 'x'])).toThrow(
      'Transfer-encoding: the web server does the framing',
    );
    expect(() => http(200, ['STATUS', '500'])).toThrow('STATUS: it has an argument of its own');
  });

  test('a value that is no text is a TypeError', () => {
    expect(() => http(200, ['Content-Length', 5 as never])).toThrow(TypeError);
  });

  // They are cut from pieces of 8 KiB: neither the end of one nor a head larger than one may show.
  test.each(['', 'OK', 'r'.repeat(300)])(
    'one head after another, each of them whole; reason %j',
    (reason) => {
      for (const headers of [
        [],
        ['A', ''],
        ['A', 'b', 'Set-Cookie', 'v'.repeat(500)],
        ['A', 'v'.repeat(9000)],
      ]) {
        const fields = headers.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
        const expected = ascii(`HTTP/1.1 200 ${reason}\r\n${fields}\r\n`);
        const heads = Array.from({ length: Math.ceil(20_000 / expected.length) }, () =>
          http(200, headers, reason),
        );
        expect(heads.filter((head) => Buffer.compare(head, expected) !== 0)).toEqual([]);
      }
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
      expect(() => http(200, ['Content-Length', text])).toThrow(
        new RangeError(`Content-Length is ${JSON.stringify(text)}, expected 1 to 15 digits`),
      );
    }
    expect(http(200, ['Content-Length', '9'.repeat(15)])).toHaveLength(15 + 16 + 15 + 4);
    expect(() => http(200, ['Content-Length', '9'.repeat(16)])).toThrow(RangeError);
    expect(() => http(200, ['X'])).toThrow(TypeError);
  });
});
