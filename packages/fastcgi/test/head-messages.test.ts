// What the errors of heads say: the line, value or number that was wrong.
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import type { ResponseHeadDecoderOptions } from '@gatewire/fastcgi/cgi';
import { ascii } from '@gatewire/testkit';
import { expect, test } from 'vitest';
import { decodeEveryWay } from './head-helpers.js';

test.each<[string, string, ResponseHeadDecoderOptions?]>([
  ['A: b\n', 'the input ends before the head does (CGI_TRUNCATED at byte 5)'],
  ['\n', 'a blank line comes first (CGI_EMPTY_HEAD at byte 0)'],
  ['A: b\n\n', 'the first line is "A: b" (CGI_WRONG_FORM at byte 0)', { forms: 'http' }],
  ['HTTP/1.1 200\n\n', 'the first line is "HTTP/1.1 200" (CGI_WRONG_FORM at byte 0)', { forms: 'cgi' }],
  ['HTTP/1 x\n\n', 'status "x", expected three digits (CGI_BAD_STATUS at byte 7)'],
  ['HTTP/11\n\n', '"HTTP/11" (CGI_BAD_STATUS_LINE at byte 0)'],
  ['A:\nB:\n', 'more than 1 (CGI_LIMIT_FIELDS at byte 3)', { maxFields: 1 }],
  ['A: b\n', 'more than 3 bytes (CGI_LIMIT_LINE at byte 3)', { maxLineBytes: 3 }],
  ['A: b\n', 'more than 3 bytes (CGI_LIMIT_HEAD at byte 3)', { maxHeadBytes: 3 }],
  ['Location: a\nlocation: a\n', 'location comes twice (CGI_DUPLICATE_FIELD at byte 12)'],
  ['HTTP/1.1 200\nStatus: 201\n\n', 'a second, other status (CGI_DUPLICATE_FIELD at byte 21)'],
  ['Content-Length: 1x\n', '"1x", expected digits (CGI_BAD_CONTENT_LENGTH at byte 16)'],
  ['Transfer-Encoding: a\n\n', 'a transfer coding (CGI_TRANSFER_ENCODING at byte 0)'],
  ['Status: 102\n\n', 'status 102 (CGI_INTERIM at byte 8)'],
  ['A: b\nCD\n', '"CD" (CGI_MISSING_COLON at byte 5)'],
  ['A: b\n:c\n', '":c" (CGI_EMPTY_NAME at byte 5)'],
  ['A: b\n c\n', '" c" (CGI_FOLDED_LINE at byte 5)'],
  ['A: b\nC d: e\n', '"C d: e" (CGI_BAD_NAME at byte 6)'],
  ['A\rB\n', 'CR without LF (CGI_BARE_CR at byte 1)'],
  ['A\x07B\n', 'byte 7 in a line (CGI_CONTROL_BYTE at byte 1)'],
])('%j', (input, message, options) => {
  expect((decodeEveryWay(input, options).error as Error).message).toBe(message);
});

test('misuse', () => {
  const decoder = new ResponseHeadDecoder();
  decoder.receive(ascii('A: b\n\n'));
  const error = new TypeError('a call before next() gave null, or after finish()');
  expect(() => decoder.receive(ascii('x'))).toThrow(error);
  expect(() => decoder.finish()).toThrow(error);
  for (const limit of ['maxHeadBytes', 'maxLineBytes', 'maxFields'])
    expect(() => new ResponseHeadDecoder({ [limit]: 0 })).toThrow(
      new RangeError('a limit is 0, expected a whole number above 0'),
    );
});
