import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeArray, encodeArray, encodePayload, UWSGI_MODIFIER } from '@gatewire/uwsgi/kinds';
import { anyBytes, refusal } from './helpers.js';

const HELLO = hex`05 00 68 65 6c 6c 6f   01 00 61   02 00 62 62`;

test('an array is lengths and items', () => {
  expect(encodeArray(['hello', 'a', ascii('bb')])).toEqual(HELLO);
  expect(decodeArray(HELLO, 0, HELLO.length)).toEqual([ascii('hello'), ascii('a'), ascii('bb')]);
});

test('an array without items has no bytes', () => {
  expect(encodeArray([])).toEqual(new Uint8Array(0));
  expect(decodeArray(HELLO, 3, 3)).toEqual([]);
});

test('only [start, end) is read, and the items are views of it', () => {
  const bytes = hex`ff ff ${HELLO} ff ff`;
  const items = decodeArray(bytes, 2, bytes.length - 2);
  bytes[4] = 0x48;
  expect(items[0]).toEqual(ascii('Hello'));
});

test('text is one byte per character', () => {
  expect(encodeArray(['\xe9\x00'])).toEqual(hex`02 00 e9 00`);
  expect(() => encodeArray(['\u20ac'])).toThrow(RangeError);
});

test('the argv of a fork server may have empty items: modifier1 35', () => {
  const bytes = hex`23 0a 00 03   02 00 2f 78   00 00   02 00 2d 76`; // 0x03: a pipe and a descriptor for the configuration
  const argv = encodeArray(['/x', '', '-v'], { emptyItems: 'accept' });
  expect(encodePayload(UWSGI_MODIFIER.FORK_SERVER, 3, argv)).toEqual(bytes);
  expect(decodeArray(bytes, 4, bytes.length, { emptyItems: 'accept' })).toEqual([
    ascii('/x'),
    ascii(''),
    ascii('-v'),
  ]);
});

test('an empty item is refused unless it is asked for: where uWSGI reads a call it would vanish', async () => {
  expect(() => encodeArray(['f', '', 'b'])).toThrow(RangeError);
  const bytes = hex`01 00 66   00 00   01 00 62`;
  expect(await refusal(() => decodeArray(bytes, 0, bytes.length))).toEqual({
    code: 'UWSGI_EMPTY_ITEM',
    offset: 3,
  });
});

test.each([
  ['one byte of a length', hex`01 00 66 05`, 'UWSGI_STRAY_BYTE', 3],
  ['an item that passes the end', hex`01 00 66 05 00 61`, 'UWSGI_VALUE_OVERRUN', 3],
  ['an item that passes the end by one', hex`02 00 66`, 'UWSGI_VALUE_OVERRUN', 0],
  ['a length of 65,535 and nothing', hex`ff ff`, 'UWSGI_VALUE_OVERRUN', 0],
] as const)('%s', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeArray(bytes, 0, bytes.length))).toEqual({ code, offset });
});

test('the number of items has a limit when one is given', async () => {
  const bytes = hex`01 00 61  01 00 62  01 00 63`;
  expect(decodeArray(bytes, 0, 9, { maxItems: 3 })).toHaveLength(3);
  expect(await refusal(() => decodeArray(bytes, 0, 9, { maxItems: 2 }))).toEqual({
    code: 'UWSGI_LIMIT_VARS',
    offset: 6,
  });
  expect(() => encodeArray(['a', 'b', 'c'], { maxItems: 2 })).toThrow(RangeError);
});

test('65,535 bytes fit, 65,536 do not', () => {
  expect(encodeArray([new Uint8Array(65_533)])).toHaveLength(65_535);
  expect(() => encodeArray([new Uint8Array(65_534)])).toThrow(RangeError);
  expect(() => encodeArray(['a', new Uint8Array(65_531)])).toThrow(RangeError);
});

test.each([
  [-1, 2],
  [0, 4],
  [2, 1],
  [NaN, 2],
  [0, NaN],
])('[%d, %d) of three bytes is no range of them', (start, end) => {
  expect(() => decodeArray(hex`01 00 61`, start, end)).toThrow(RangeError);
});

test('what is encoded decodes to itself', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 40 }), (items) => {
      const bytes = encodeArray(items, { emptyItems: 'accept' });
      expect(decodeArray(bytes, 0, bytes.length, { emptyItems: 'accept' })).toEqual(items);
    }),
  );
});

test('any bytes decode to items that encode to them again, or throw UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      const refused = await refusal(() => {
        const items = decodeArray(bytes, 0, bytes.length, { emptyItems: 'accept' });
        expect(encodeArray(items, { emptyItems: 'accept' })).toEqual(bytes);
      });
      expect(refused === null || refused.offset <= bytes.length).toBe(true);
    }),
  );
});
