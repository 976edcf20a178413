import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSpool, encodeSpool } from '@gatewire/uwsgi/kinds';
import { anyBytes, latin1Text, refusal } from './helpers.js';

// A spool file: a packet of 20 bytes of vars, then bytes up to the end.
const FILE = hex`11 14 00 00   03 00 6a 6f 62 06 00 72 65 73 69 7a 65   02 00 61 74 01 00 39   42 4f 44 59`;

test('a spool file is a packet and a body', () => {
  const body = ascii('BODY');
  const chunks = encodeSpool(['job', 'resize', 'at', '9'], body);
  expect(hex`${chunks[0]} ${chunks[1]}`).toEqual(FILE);
  expect(chunks[1]).toBe(body);
  expect(decodeSpool(FILE)).toEqual({ pairs: ['job', 'resize', 'at', '9'], body });
});

test('a request over a connection has no body', () => {
  expect(encodeSpool(['a', ''])).toEqual([hex`11 05 00 00 01 00 61 00 00`]);
  expect(decodeSpool(hex`11 05 00 00 01 00 61 00 00`)).toEqual({ pairs: ['a', ''], body: ascii('') });
});

test.each([
  ['nothing', hex``, 'UWSGI_TRUNCATED', 0],
  ['three bytes', hex`11 05 00`, 'UWSGI_TRUNCATED', 3],
  ['vars that are cut', FILE.subarray(0, 23), 'UWSGI_TRUNCATED', 23],
  ['another kind', hex`12 00 00 00`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
  ['a name that passes the end', hex`11 02 00 00 ff ff 01 00`, 'UWSGI_KEY_OVERRUN', 4],
  ['a name without a value', hex`11 03 00 00 01 00 61`, 'UWSGI_MISSING_VALUE', 7],
  ['text', ascii('GET / HTTP/1.0\r\n'), 'UWSGI_NOT_UWSGI', 0],
] as const)('a file of %s is refused', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeSpool(bytes))).toEqual({ code, offset });
});

test('the limits of the options hold', async () => {
  expect(decodeSpool(FILE, { maxVars: 2 }).pairs).toHaveLength(4);
  expect(await refusal(() => decodeSpool(FILE, { maxVars: 1 }))).toEqual({
    code: 'UWSGI_LIMIT_VARS',
    offset: 17,
  });
  expect(await refusal(() => decodeSpool(FILE, { maxPacketBytes: 19 }))).toEqual({
    code: 'UWSGI_LIMIT_PACKET',
    offset: 1,
  });
});

test('files come back as they were', () => {
  const pairs = fc
    .array(fc.tuple(latin1Text(40), fc.oneof(fc.constant(''), latin1Text(300))), { maxLength: 20 })
    .map((entries) => entries.flat());
  fc.assert(
    fc.property(pairs, fc.uint8Array({ maxLength: 500 }), (fields, body) => {
      const [packet, content] = encodeSpool(fields, body);
      expect(decodeSpool(hex`${packet} ${content}`)).toEqual({ pairs: fields, body });
    }),
  );
});

test('any bytes are a file or throw UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, fc.boolean(), async (bytes, spool) => {
      const file = spool ? hex`11 ${bytes}` : bytes;
      const refused = await refusal(() => expect(decodeSpool(file).pairs.length % 2).toBe(0));
      expect(refused === null || refused.offset <= file.length).toBe(true);
    }),
  );
});
