// What web servers make of the same responses differs, row by row: some pass on, drop or misread what others refuse. Here
// is what this decoder makes of them. Every row is decoded whole, byte by byte and cut at every place.
import { describe, expect, test } from 'vitest';
import { told } from './head-helpers.js';

const OK = '0 missing, 0 surplus';

describe('CGI responses', () => {
  test.each([
    // Line ends.
    ['LF only', 'Status: 200 OK\nA: b\n\nhi', `200 OK | A: b | hi | ${OK}`],
    ['CRLF', 'Status: 200 OK\r\nA: b\r\n\r\nhi', `200 OK | A: b | hi | ${OK}`],
    ['LF CRLF', 'A: b\n\r\nhi', `200 | A: b | hi | ${OK}`],
    ['CRLF LF', 'A: b\r\n\nhi', `200 | A: b | hi | ${OK}`],
    ['mixed', 'A: b\nC: d\r\nE: f\n\r\n\r\n', `200 | A: b, C: d, E: f | \r\n | ${OK}`],
    ['CR only', 'Status: 200\rA: b\r\rhi', 'CGI_BARE_CR at 11'],
    ['CR CR LF', 'A: b\r\r\n\r\n', 'CGI_BARE_CR at 4'],
    ['CR instead of the blank line', 'A: b\r\n\rhi', 'CGI_BARE_CR at 6'],
    ['empty header block', '\r\nhi', 'CGI_EMPTY_HEAD at 0'],
    ['empty header block, LF', '\nContent-Type: text/html\n\nhi', 'CGI_EMPTY_HEAD at 0'],
    ['text without header', 'hello world\n', 'CGI_BAD_NAME at 5'],
    ['text without header, no line', 'hello world', 'CGI_TRUNCATED at 11'],
    ['text without header, one word', 'hello', 'CGI_TRUNCATED at 5'],
    ['text without header, lines', 'hello\nworld\n', 'CGI_MISSING_COLON at 0'],
    ['text without header, HTML', '<html>\n', 'CGI_BAD_NAME at 0'],
    ['no blank line', 'Content-Type: text/plain\nhello\n', 'CGI_MISSING_COLON at 25'],
    ['no blank line at the end', 'Content-Type: text/plain\n', 'CGI_TRUNCATED at 25'],
    ['no blank line, CR at the end', 'A: b\r\n\r', 'CGI_TRUNCATED at 7'],
    ['nothing', '', 'CGI_TRUNCATED at 0'],

    // Status.
    ['Status', 'Status: 404 Nope\nA: b\n\n', `404 Nope | A: b | ${OK}`],
    ['status in lower case', 'status: 404 Nope\nA: b\n\n', `404 Nope | A: b | ${OK}`],
    ['Status on the last line', 'A: b\nSTATUS: 404 Nope\n\n', `404 Nope | A: b | ${OK}`],
    ['Status without a reason', 'Status: 404\n\n', `404 |  | ${OK}`],
    ['Status without a reason, with its space', 'Status: 404 \n\n', `404 |  | ${OK}`],
    ['Status 999', 'Status: 999 Odd\n\n', `999 Odd |  | ${OK}`],
    ['no blank behind Status:', 'Status:404 Nope\n\n', `404 Nope |  | ${OK}`],
    ['a reason in UTF-8', 'Status: 200 \xc3\xa0\n\n', `200 \xc3\xa0 |  | ${OK}`],
    ['two Status', 'Status: 200 A\nstatus: 404 B\n\n', 'CGI_DUPLICATE_FIELD at 14'],
    ['two equal Status', 'Status: 200\nStatus: 200\n\n', 'CGI_DUPLICATE_FIELD at 12'],
    ['Status: abc', 'Status: abc\n\n', 'CGI_BAD_STATUS at 8'],
    ['Status: 2000 X', 'A: b\nStatus: 2000 X\n\n', 'CGI_BAD_STATUS at 13'],
    ['Status: 99', 'Status:  99\n\n', 'CGI_BAD_STATUS at 9'],
    ['Status: 099', 'Status: 099\n\n', 'CGI_BAD_STATUS at 8'],
    ['Status: 20', 'Status: 20 X\n\n', 'CGI_BAD_STATUS at 8'],
    ['Status: 404Nope', 'Status: 404Nope\n\n', 'CGI_BAD_STATUS at 8'],
    ['Status: +404', 'Status: +404\n\n', 'CGI_BAD_STATUS at 8'],
    ['Status: tab', 'Status: 404\tNope\n\n', 'CGI_BAD_STATUS at 8'],
    ['Status without a value: not sent, RFC 3875 §6.3', 'Status:\nA: b\n\n', `200 | A: b | ${OK}`],
    ['two Status, one without a value', 'Status:\nStatus: 404\n\n', 'CGI_DUPLICATE_FIELD at 8'],
    ['100 and a second header', 'Status: 100 Continue\n\nStatus: 200 OK\n\n', 'CGI_INTERIM at 8'],
    ['103 and a second header', 'Status: 103 Early\n\nStatus: 200 OK\n\n', 'CGI_INTERIM at 8'],
    ['101', 'Status: 101\n\n', 'CGI_INTERIM at 8'],
    ['204 with a body', 'Status: 204 No\n\nbody', '204 No |  | 0 missing, 4 surplus'],
    ['304 with a body', 'Status: 304 No\n\nbody', '304 No |  | 0 missing, 4 surplus'],
    [
      '304 with a length and no body',
      'Status: 304 No\nContent-Length: 9\n\n',
      `304 No | Content-Length: 9 | ${OK}`,
    ],

    // Location. RFC 3875 §6.2.
    ['Location absolute', 'Location: http://a/b\n\n', `302 | Location: http://a/b | client-redirect | ${OK}`],
    ['Location local', 'Location: /b?c=d\n\n', `302 | Location: /b?c=d | local-redirect | ${OK}`],
    [
      'Location local, with Status',
      'Status: 302 Found\nLocation: /b\n\n',
      `302 Found | Location: /b | client-redirect | ${OK}`,
    ],
    [
      'Location local, with a document',
      'Location: /b\nContent-Type: text/html\n\nhi',
      `302 | Location: /b, Content-Type: text/html | client-redirect-document | hi | ${OK}`,
    ],
    [
      'Location local, with a cookie',
      'Location: /b\nSet-Cookie: a=b\n\n',
      `302 | Location: /b, Set-Cookie: a=b | client-redirect | ${OK}`,
    ],
    [
      'Location that browsers take for another host',
      'Location: //evil/b\n\n',
      `302 | Location: //evil/b | client-redirect | ${OK}`,
    ],
    ['Location with a fragment', 'Location: /b#c\n\n', `302 | Location: /b#c | client-redirect | ${OK}`],
    ['Location relative', 'Location: b\n\n', `302 | Location: b | client-redirect | ${OK}`],
    [
      'Location and 303 and a document',
      'Status: 303 S\nContent-Type: a/b\nLocation: http://a/\n\nhi',
      `303 S | Content-Type: a/b, Location: http://a/ | client-redirect-document | hi | ${OK}`,
    ],
    ['Location and 200', 'Status: 200 OK\nLocation: /b\n\n', `200 OK | Location: /b | ${OK}`],
    ['Location and 201', 'Status: 201 C\nLocation: /b\n\n', `201 C | Location: /b | ${OK}`],
    ['Location without a value: not sent', 'Location: \nA: b\n\n', `200 | A: b | ${OK}`],
    ['two Location', 'Location: /a\nLocation: /b\n\n', 'CGI_DUPLICATE_FIELD at 13'],

    // Fields.
    ['no Content-Type', 'A: b\n\nhi', `200 | A: b | hi | ${OK}`],
    ['two Content-Type', 'Content-Type: a/b\ncontent-type: a/b\n\n', 'CGI_DUPLICATE_FIELD at 18'],
    [
      'same header twice',
      'Set-Cookie: a\nB: 1\nSet-Cookie: b\n\n',
      `200 | Set-Cookie: a, B: 1, Set-Cookie: b | ${OK}`,
    ],
    ['folded line', 'A: b\n c\n\n', 'CGI_FOLDED_LINE at 5'],
    ['folded line, tab', 'A: b\r\n\tc: d\r\n\r\n', 'CGI_FOLDED_LINE at 6'],
    ['blank line of a space', 'A: b\n \n\n', 'CGI_FOLDED_LINE at 5'],
    ['space before the first name', ' A: b\n\n', 'CGI_BAD_NAME at 0'],
    ['space before a later name', 'A: b\n C: d\n\n', 'CGI_FOLDED_LINE at 5'],
    ['space before the colon', 'A : b\n\n', 'CGI_BAD_NAME at 1'],
    ['tab before the colon', 'A\t: b\n\n', 'CGI_BAD_NAME at 1'],
    ['first line without colon', 'AB\nC: d\n\n', 'CGI_MISSING_COLON at 0'],
    ['later line without colon', 'A: b\r\nCD\r\n\r\n', 'CGI_MISSING_COLON at 6'],
    ['empty name', ': v\n\n', 'CGI_EMPTY_NAME at 0'],
    ['later empty name', 'A: b\n:v\n\n', 'CGI_EMPTY_NAME at 5'],
    ['NUL in a value', 'A: b\0c\n\n', 'CGI_CONTROL_BYTE at 4'],
    ['NUL in a name', 'A\0: b\n\n', 'CGI_CONTROL_BYTE at 1'],
    ['NUL first', '\0A: b\n\n', 'CGI_CONTROL_BYTE at 0'],
    ['CR inside a value', 'A: b\rc\n\n', 'CGI_BARE_CR at 4'],
    ['CR inside a name', 'A\rB: c\n\n', 'CGI_BARE_CR at 1'],
    ['other control byte', 'A: b\x01\n\n', 'CGI_CONTROL_BYTE at 4'],
    ['escape', 'A: \x1b[m\n\n', 'CGI_CONTROL_BYTE at 3'],
    ['delete', 'A: \x7f\n\n', 'CGI_CONTROL_BYTE at 3'],
    ['bytes 80 to ff in a value', 'A: \x80\x85\xe9\xff\n\n', `200 | A: \x80\x85\xe9\xff | ${OK}`],
    ['bytes 80 to ff in a name', 'A\xe9: b\n\n', 'CGI_BAD_NAME at 1'],
    ['X(A): 1', 'X(A): 1\n\n', 'CGI_BAD_NAME at 1'],
    ['every character of a token', "!#$%&'*+-.^_`|~09AZaz: 1\n\n", `200 | !#$%&'*+-.^_\`|~09AZaz: 1 | ${OK}`],
    ['tab and space around a value', 'A:\t b\tc \t\r\n\r\n', `200 | A: b\tc | ${OK}`],
    ['byte A0 at the end of a value, part of a letter', 'A: \xc3\xa0\n\n', `200 | A: \xc3\xa0 | ${OK}`],
    ['no blank behind the colon', 'A:b:c\n\n', `200 | A: b:c | ${OK}`],
    ['a value of nothing', 'A:\nB: \t\n\n', `200 | A: , B:  | ${OK}`],
    ['names of properties', '__proto__: a\nconstructor: b\n\n', `200 | __proto__: a, constructor: b | ${OK}`],

    // Framing.
    ['Content-Length fits', 'Content-Length: 2\n\nhi', `200 | Content-Length: 2 | hi | ${OK}`],
    [
      'Content-Length of 15 digits',
      'Content-Length: 999999999999999\n\nhi',
      '200 | Content-Length: 999999999999999 | hi | 999999999999997 missing, 0 surplus',
    ],
    ['Content-Length 0', 'Content-Length: 0\n\n', `200 | Content-Length: 0 | ${OK}`],
    [
      'Content-Length shorter than the body',
      'Content-Length: 2\n\nhiccup',
      '200 | Content-Length: 2 | hi | 0 missing, 4 surplus',
    ],
    [
      'Content-Length longer than the body',
      'Content-Length: 7\n\nhi',
      '200 | Content-Length: 7 | hi | 5 missing, 0 surplus',
    ],
    ['two equal Content-Length', 'Content-Length: 2\nContent-Length: 2\n\nhi', 'CGI_DUPLICATE_FIELD at 18'],
    ['two Content-Length', 'Content-Length: 2\ncontent-length: 3\n\nhi', 'CGI_DUPLICATE_FIELD at 18'],
    ['Content-Length: abc', 'Content-Length: abc\n\n', 'CGI_BAD_CONTENT_LENGTH at 16'],
    ['Content-Length: -1', 'A: b\nContent-Length: -1\n\n', 'CGI_BAD_CONTENT_LENGTH at 21'],
    ['Content-Length: +1', 'Content-Length: +1\n\n', 'CGI_BAD_CONTENT_LENGTH at 16'],
    ['Content-Length: 1, 1', 'Content-Length: 1, 1\n\n', 'CGI_BAD_CONTENT_LENGTH at 16'],
    ['Content-Length: 0x1', 'Content-Length: 0x1\n\n', 'CGI_BAD_CONTENT_LENGTH at 16'],
    ['Content-Length without a value', 'Content-Length:\n\n', 'CGI_BAD_CONTENT_LENGTH at 15'],
    ['Content-Length of 16 digits', 'Content-Length: 1234567890123456\n\n', 'CGI_BAD_CONTENT_LENGTH at 16'],
    [
      'Transfer-Encoding: chunked',
      'A: b\nTransfer-Encoding: chunked\n\n2\r\nhi\r\n0\r\n\r\n',
      'CGI_TRANSFER_ENCODING at 5',
    ],
    [
      'Transfer-Encoding and Content-Length together',
      'Content-Length: 1\nTransfer-Encoding: chunked\n\n',
      'CGI_TRANSFER_ENCODING at 18',
    ],
    [
      'Connection, Keep-Alive and the like',
      'Connection: close\nA: b\nKeep-Alive: 5\nTE: a\nTrailer: b\nUpgrade: c\nProxy-Connection: d\nE: f\n\n',
      `200 | A: b, E: f | ${OK}`,
    ],
    [
      'names that begin or end like those',
      'X-Connection: a\nUpgrade-Insecure-Requests: 1\nSTE: b\nTEA: c\n\n',
      `200 | X-Connection: a, Upgrade-Insecure-Requests: 1, STE: b, TEA: c | ${OK}`,
    ],
  ])('%s', (_, input, expected) => {
    expect(told(input)).toBe(expected);
    // Nothing of this depends on which forms are accepted.
    expect(told(input, { forms: 'cgi' })).toBe(expected);
  });
});

describe('HTTP responses', () => {
  test.each([
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nA: b\r\n\r\nhi', `200 OK | A: b | hi | ${OK}`],
    ['HTTP/1.1', 'HTTP/1.1 404 Nope\r\n\r\n', `404 Nope |  | ${OK}`],
    ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n', `200 OK |  | ${OK}`],
    ['no minor version', 'HTTP/2 201 C\r\n\r\n', `201 C |  | ${OK}`],
    ['HTTP/3', 'HTTP/3 200 OK\r\n\r\n', `200 OK |  | ${OK}`],
    ['bare LF line ends', 'HTTP/1.1 200 OK\nA: b\n\nhi', `200 OK | A: b | hi | ${OK}`],
    ['no reason', 'HTTP/1.1 200\r\n\r\n', `200 |  | ${OK}`],
    ['no reason, with its space', 'HTTP/1.1 200 \r\n\r\n', `200 |  | ${OK}`],
    [
      'a status line and the same Status',
      'HTTP/1.1 404 Nope\r\nStatus: 404 X\r\n\r\n',
      `404 Nope |  | ${OK}`,
    ],
    [
      'a status line and another Status',
      'HTTP/1.1 200 OK\r\nStatus: 404 X\r\n\r\n',
      'CGI_DUPLICATE_FIELD at 25',
    ],
    ['a status line later', 'A: b\r\nHTTP/1.1 200 OK\r\n\r\n', 'CGI_BAD_NAME at 10'],
    ['two status lines', 'HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n', 'CGI_BAD_NAME at 21'],
    ['status abc', 'HTTP/1.1 abc\r\n\r\n', 'CGI_BAD_STATUS at 9'],
    ['status 99', 'HTTP/1.1 99 X\r\n\r\n', 'CGI_BAD_STATUS at 9'],
    ['status 2000', 'HTTP/1.1 2000 X\r\n\r\n', 'CGI_BAD_STATUS at 9'],
    ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n', 'CGI_BAD_STATUS at 9'],
    ['no status', 'HTTP/1.1\r\n\r\n', 'CGI_BAD_STATUS_LINE at 0'],
    ['no version', 'HTTP/ 200 OK\r\n\r\n', 'CGI_BAD_STATUS_LINE at 0'],
    ['a version of two digits', 'HTTP/10.1 200 OK\r\n\r\n', 'CGI_BAD_STATUS_LINE at 0'],
    ['a status line behind something else', 'HTTP/x HTTP/1.1 200 OK\r\n\r\n', 'CGI_BAD_STATUS_LINE at 0'],
    ['a field after all', 'HTTP/1.1: 200 OK\r\n\r\n', 'CGI_BAD_STATUS_LINE at 0'],
    ['lower case', 'http/1.1 200 OK\r\n\r\n', 'CGI_BAD_NAME at 4'],
    ['another protocol', 'ICAP/1.0 200 OK\r\n\r\n', 'CGI_BAD_NAME at 4'],
    ['a longer name', 'XHTTP/1.1 200 OK\r\n\r\n', 'CGI_BAD_NAME at 5'],
    ['NUL in the status line', 'HTTP/1.1 200 O\0K\r\n\r\n', 'CGI_CONTROL_BYTE at 14'],
    ['CR in the status line', 'HTTP/1.1 200 O\rK\r\n\r\n', 'CGI_BARE_CR at 14'],
    ['space before the first name', 'HTTP/1.1 200 OK\r\n A: b\r\n\r\n', 'CGI_FOLDED_LINE at 17'],
    ['folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'CGI_FOLDED_LINE at 23'],
    ['Bad Header: 1', 'HTTP/1.1 200 OK\r\nBad Header: 1\r\n\r\n', 'CGI_BAD_NAME at 20'],
    [
      'two Content-Length',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
      'CGI_DUPLICATE_FIELD at 36',
    ],
    [
      'Content-Length and Transfer-Encoding',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'CGI_TRANSFER_ENCODING at 36',
    ],
    [
      'Transfer-Encoding: chunked',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'CGI_TRANSFER_ENCODING at 17',
    ],
    [
      'body longer than Content-Length',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc',
      '200 OK | Content-Length: 1 | a | 0 missing, 2 surplus',
    ],
    [
      'body shorter than Content-Length',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na',
      '200 OK | Content-Length: 3 | a | 2 missing, 0 surplus',
    ],
    ['100 before the final head', 'HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', 'CGI_INTERIM at 9'],
    [
      '103 before the final head',
      'HTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
      'CGI_INTERIM at 9',
    ],
    ['101', 'HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n', 'CGI_INTERIM at 9'],
    ['204 with a body', 'HTTP/1.1 204 N\r\n\r\nab', '204 N |  | 0 missing, 2 surplus'],
    ['closed without a byte', '', 'CGI_TRUNCATED at 0'],
    ['head without final blank line', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'CGI_TRUNCATED at 23'],
    ['head of a part of a status line', 'HTT', 'CGI_TRUNCATED at 3'],
    ['a binary uwsgi packet', 'd\0\0\x01', 'CGI_CONTROL_BYTE at 1'],
    ['Location, status line 200', 'HTTP/1.1 200 OK\r\nLocation: /a\r\n\r\n', `200 OK | Location: /a | ${OK}`],
    [
      'Location, status line 302: a path is for the client',
      'HTTP/1.1 302 F\r\nLocation: /a\r\n\r\n',
      `302 F | Location: /a | client-redirect | ${OK}`,
    ],
  ])('%s', (_, input, expected) => {
    expect(told(input)).toBe(expected);
  });

  test.each([
    ['Status: 404 X', 'Status: 404 X\r\n\r\n'],
    ['no status, only headers', 'A: b\r\n\r\n'],
    ['names that start like a status line', 'HTTP: 1\r\nHTTPS: 2\r\n\r\n'],
  ])('%s: an error when only status lines will do', (_, input) => {
    expect(told(input)).toMatch(/^(404 X|200) \| /);
    expect(told(input, { forms: 'http' })).toBe('CGI_WRONG_FORM at 0');
  });

  test('a status line where only CGI will do (NPH, RFC 3875 §5)', () => {
    expect(told('HTTP/1.1 404 Nope\r\n\r\n', { forms: 'cgi' })).toBe('CGI_WRONG_FORM at 0');
    expect(told('HTTP', { forms: 'cgi' })).toBe('CGI_TRUNCATED at 4');
    expect(told('HTTP: a\n\n', { forms: 'cgi' })).toBe(`200 | HTTP: a | ${OK}`);
    expect(told('HTTP/1.1 404 Nope\r\n\r\n', { forms: 'http' })).toBe(`404 Nope |  | ${OK}`);
  });
});
