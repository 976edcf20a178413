// The faults that others have had with the heads of responses, and our rule for each. Decoded at every cut.
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { describe, expect, test } from 'vitest';
import { told } from './head-helpers.js';

describe('faults that were published', () => {
  test('CVE-2022-37436: a malformed field ends no head early, the fields behind it never become the body', () => {
    for (const bad of ['A: b\0', 'A', 'A b: c', ': c', '\x01', 'A: b\rX'])
      expect(told(`Status: 200\r\n${bad}\r\nSet-Cookie: s; HttpOnly\r\n\r\nhi`)).toMatch(
        /^CGI_[A-Z_]+ at 1[3-7]$/,
      );
    // In the other direction: what an application hands over cannot end it either.
    for (const bad of ['b\0', 'b\n', '\r\n\r\n', 'b\r'])
      expect(() => encodeResponseHead(200, ['A', bad, 'Set-Cookie', 's'], { form: 'http' })).toThrow(
        RangeError,
      );
  });

  test('CVE-2023-27522: names are tokens and values field content, in both directions', () => {
    for (let code = 0; code < 0x100; code++) {
      const byte = String.fromCharCode(code);
      const inValue = `A: x${byte}y`;
      const legal = code === 9 || (code > 31 && code !== 127);
      if (legal) {
        expect(told(`${inValue}\n\n`)).toBe(`200 | ${inValue} | 0 missing, 0 surplus`);
        expect(encodeResponseHead(200, ['A', `x${byte}y`], { form: 'cgi' }).length).toBe(24);
      } else {
        if (byte !== '\n') expect(told(`${inValue}\n\n`)).toMatch(/^CGI_(CONTROL_BYTE|BARE_CR) at 4$/);
        expect(() => encodeResponseHead(200, ['A', `x${byte}y`], { form: 'cgi' })).toThrow(RangeError);
      }
      if (/[\w!#$%&'*+.^`|~-]/.test(byte)) {
        expect(told(`A${byte}B: c\n\n`)).toBe(`200 | A${byte}B: c | 0 missing, 0 surplus`);
      } else if (!':\n'.includes(byte)) {
        expect(told(`A${byte}B: c\n\n`)).toMatch(/^CGI_(BAD_NAME|CONTROL_BYTE|BARE_CR) at 1$/);
      }
    }
  });

  test('CVE-2024-24795: one framing header, never two, and no transfer coding unasked', () => {
    const te = 'Transfer-Encoding: chunked\r\n';
    const length = 'Content-Length: 1\r\n';
    expect(told(`${te}\r\n`)).toBe('CGI_TRANSFER_ENCODING at 0');
    expect(told(`${te}${length}\r\n`)).toBe('CGI_TRANSFER_ENCODING at 0');
    expect(told(`${te}${length}\r\n`, { transferEncoding: 'keep' })).toBe('CGI_TRANSFER_ENCODING at 0');
    expect(told(`${length}${te}\r\n`, { transferEncoding: 'keep' })).toBe('CGI_TRANSFER_ENCODING at 19');
    expect(told(`${length}${length}\r\n`)).toBe('CGI_DUPLICATE_FIELD at 19');
    // The length is kept to: bytes past it are nobody's next response.
    expect(told(`${length}\r\naHTTP/1.1 200 OK\r\n\r\n`)).toBe(
      '200 | Content-Length: 1 | a | 0 missing, 19 surplus',
    );
  });

  test('CVE-2026-42946: a first line that stops looking like a status line leaves nothing behind', () => {
    const line = 'HTTP/1.1 200 OK';
    // Cut short after every byte, and then it is a field; told() decodes each at every cut.
    for (let length = 1; length <= 4; length++) {
      const name = line.slice(0, length);
      expect(told(`${name}: v\nStatus: 404\n\nhi`)).toBe(`404 | ${name}: v | hi | 0 missing, 0 surplus`);
      expect(told(`${name}x: v\n\n`)).toBe(`200 | ${name}x: v | 0 missing, 0 surplus`);
      expect(told(`${name}\nA: b\n\n`)).toBe('CGI_MISSING_COLON at 0');
    }
    for (let length = 5; length <= 9; length++)
      expect(told(`${line.slice(0, length)}: v\nA: b\n\n`)).toMatch(/^CGI_BAD_STATUS(_LINE at 0| at 9)$/);
    // With every byte changed to one that does not belong.
    for (let at = 0; at < 12; at++) {
      const changed = `${line.slice(0, at)}?${line.slice(at + 1)}`;
      expect(told(`${changed}\r\nA: b\r\n\r\n`)).toMatch(/^CGI_BAD_(NAME|STATUS|STATUS_LINE) at \d$/);
    }
  });

  test('a final 1xx: nothing of the real response becomes body text', () => {
    expect(told('HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhi')).toBe('CGI_INTERIM at 9');
    for (const status of [100, 102, 103, 199])
      expect(() => encodeResponseHead(status, [], { form: 'http' })).toThrow(/expected 101 or 200 to 999/);
  });

  test('binary output and a core dump: refused at the first byte that cannot be', () => {
    expect(told('\x7fELF\x02\x01')).toBe('CGI_CONTROL_BYTE at 0');
    expect(told('\x89PNG\r\n\x1a\n')).toBe('CGI_BAD_NAME at 0');
  });

  test('a warning before the head, as interpreters print it, is no head', () => {
    expect(told('PHP Warning:  x in y\nContent-Type: text/html\n\n')).toBe('CGI_BAD_NAME at 3');
    expect(told('\nWarning: x\nContent-Type: text/html\n\n')).toBe('CGI_EMPTY_HEAD at 0');
  });
});
