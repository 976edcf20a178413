import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UwsgiDecoder } from '@gatewire/uwsgi';
import { decodeCache, decodeCacheCommand, encodeCache, encodeCacheCommand } from '@gatewire/uwsgi/kinds';
import type { UwsgiCacheMessage } from '@gatewire/uwsgi/kinds';
import { anyPacket, latin1Text, packetIn, refusal } from './helpers.js';

const SET = hex`6f 1b 00 11  03 00 63 6d 64 03 00 73 65 74  03 00 6b 65 79 01 00 6b  04 00 73 69 7a 65 01 00 32`;
const STORED = hex`6f 0c 00 11  06 00 73 74 61 74 75 73 02 00 6f 6b`;
const GET = hex`6f 12 00 11  03 00 63 6d 64 03 00 67 65 74  03 00 6b 65 79 01 00 6b`;
const FOUND = hex`6f 15 00 11  06 00 73 74 61 74 75 73 02 00 6f 6b  04 00 73 69 7a 65 01 00 32`;
const HI = hex`68 69`;

test('set: the value follows the packet', () => {
  const [packet, value] = encodeCache({ cmd: 'set', key: 'k' }, HI);
  expect(packet).toEqual(SET);
  expect(value).toBe(HI);
  expect(decodeCache(packetIn(SET))).toEqual({ cmd: 'set', key: 'k', size: 2 });
});

test('the answer to set', () => {
  expect(encodeCache({ status: 'ok' })).toEqual([STORED]);
  expect(decodeCache(packetIn(STORED))).toEqual({ status: 'ok' });
});

test('get, and the value behind the answer', () => {
  expect(encodeCache({ cmd: 'get', key: 'k' })).toEqual([GET]);
  expect(encodeCache({ status: 'ok' }, HI)).toEqual([FOUND, HI]);

  const decoder = new UwsgiDecoder();
  decoder.receive(hex`${FOUND} ${HI}`);
  const packet = decoder.next();
  const { size = 0 } = packet === null ? {} : decodeCache(packet);
  expect(decoder.takeBody(size)).toEqual(HI);
});

test('the order of the fields is that of uWSGI, whatever the order of the caller', () => {
  const [packet] = encodeCache({ cache: 'c', expires: 9, key: 'k', cmd: 'update', size: 0 });
  expect(packet).toEqual(
    hex`6f 34 00 11
        03 00 ${ascii('cmd')} 06 00 ${ascii('update')}   03 00 ${ascii('key')} 01 00 6b   04 00 ${ascii('size')} 01 00 30
        07 00 ${ascii('expires')} 01 00 39   05 00 ${ascii('cache')} 01 00 63`,
  );
});

test('uWSGI writes size twice: the same one is no mistake, another one is', async () => {
  const size2 = hex`04 00 73 69 7a 65 01 00 32`;
  const size3 = hex`04 00 73 69 7a 65 01 00 33`;
  const cmd = hex`03 00 63 6d 64 03 00 73 65 74`;
  expect(decodeCache(packetIn(hex`6f 1c 00 11 ${cmd} ${size2} ${size2}`))).toEqual({ cmd: 'set', size: 2 });
  expect(await refusal(() => decodeCache(packetIn(hex`6f 1c 00 11 ${cmd} ${size2} ${size3}`)))).toEqual({
    code: 'UWSGI_BAD_FIELD',
    offset: 19,
  });
});

test.each([
  ['get', { modifier2: 0, key: 'k' }, hex`6f 01 00 00 6b`],
  ['set', { modifier2: 1, key: 'k', value: 'hi' }, hex`6f 07 00 01  01 00 6b  02 00 68 69`],
  ['del', { modifier2: 2, key: 'k' }, hex`6f 01 00 02 6b`],
  ['get as a stream', { modifier2: 5, key: 'k' }, hex`6f 01 00 05 6b`],
  [
    'update between nodes, as captured',
    { modifier2: 10, key: 'ck', value: 'cv', expires: '1795245770' },
    hex`6f 14 00 0a 02 00 63 6b 02 00 63 76 0a 00 31 37 39 35 32 34 35 37 37 30`,
  ],
  ['delete between nodes', { modifier2: 11, key: 'ck' }, hex`6f 04 00 0b 02 00 63 6b`],
])('plain form: %s', (_, command, bytes) => {
  expect(encodeCacheCommand(command)).toEqual(bytes);
  const { modifier2, ...parts } = command;
  const decoded = Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, ascii(text)]));
  expect(decodeCacheCommand(packetIn(bytes))).toStrictEqual({ modifier2, ...decoded });
});

test('a plain command has the parts of its modifier2, and none is empty', () => {
  expect(() => encodeCacheCommand({ modifier2: 1, key: 'k' })).toThrow(RangeError);
  expect(() => encodeCacheCommand({ modifier2: 0, key: 'k', value: 'v' })).toThrow(RangeError);
  expect(() => encodeCacheCommand({ modifier2: 3, key: 'k' })).toThrow(RangeError);
  expect(() => encodeCacheCommand({ modifier2: 0, key: '' })).toThrow(RangeError);
});

test.each([
  ['get without a key', hex`6f 00 00 00`, 'UWSGI_BAD_FIELD', 0],
  ['set without a value', hex`6f 03 00 01 01 00 6b`, 'UWSGI_BAD_FIELD', 3],
  ['set with three parts', hex`6f 09 00 01 01 00 6b 01 00 76 01 00 77`, 'UWSGI_LIMIT_VARS', 6],
  ['update without a time', hex`6f 06 00 0a 01 00 6b 01 00 76`, 'UWSGI_BAD_FIELD', 6],
  ['an empty key', hex`6f 05 00 01 00 00 01 00 76`, 'UWSGI_EMPTY_ITEM', 0],
  ['a key that passes the end', hex`6f 03 00 0b 02 00 6b`, 'UWSGI_VALUE_OVERRUN', 0],
  ['modifier2 3, which no uWSGI answers', hex`6f 01 00 03 6b`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
  ['another modifier1', hex`00 01 00 00 6b`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
] as const)('plain form: %s', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeCacheCommand(packetIn(bytes)))).toEqual({ code, offset });
});

const STATUS = hex`06 00 73 74 61 74 75 73 02 00 6f 6b`;

test.each([
  ['neither a command nor a status', hex`6f 08 00 11 03 00 6b 65 79 01 00 6b`, 'UWSGI_BAD_FIELD', 8],
  ['nothing', hex`6f 00 00 11`, 'UWSGI_BAD_FIELD', 0],
  [
    'a size that is no number',
    hex`6f 16 00 11 ${STATUS} 04 00 ${ascii('size')} 02 00 2b 32`,
    'UWSGI_BAD_FIELD',
    12,
  ],
  [
    'a size of 16 digits',
    hex`6f 24 00 11 ${STATUS} 04 00 ${ascii('size')} 10 00 ${ascii('1'.repeat(16))}`,
    'UWSGI_BAD_FIELD',
    12,
  ],
  ['a broken block', hex`6f 01 00 11 03`, 'UWSGI_STRAY_BYTE', 0],
  ['a plain form', hex`6f 01 00 00 6b`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
] as const)('vars form: %s', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeCache(packetIn(bytes)))).toEqual({ code, offset });
});

test('fields are judged when encoded', () => {
  expect(() => encodeCache({ cmd: 'get', key: '' })).toThrow(RangeError);
  expect(() => encodeCache({ cmd: 'set', key: 'k', expires: 1.5 })).toThrow(RangeError);
  expect(() => encodeCache({ cmd: 'set', key: 'k', size: -1 })).toThrow(RangeError);
  expect(() => encodeCache({ cmd: 'set', key: 5 as never })).toThrow(TypeError);
});

test('messages and commands come back as they were', () => {
  const message = fc.record<UwsgiCacheMessage>(
    {
      cmd: fc.constantFrom('get', 'set', 'update', 'del', 'exists', 'clear'),
      key: latin1Text(200),
      size: fc.nat(999_999_999_999_999),
      expires: fc.nat(),
      cache: latin1Text(60),
    },
    { requiredKeys: ['cmd'] },
  );
  fc.assert(
    fc.property(message, (fields) => {
      expect(decodeCache(packetIn(encodeCache(fields)[0]))).toEqual(fields);
    }),
  );
  const item = fc.uint8Array({ minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(item, item, (key, value) => {
      const command = { modifier2: 1, key, value };
      expect(decodeCacheCommand(packetIn(encodeCacheCommand(command)))).toEqual(command);
    }),
  );
});

test('any packet is a message, a command, or throws UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyPacket(111), async (packet) => {
      await refusal(() => expect(Object.keys(decodeCache(packet)).length).toBeGreaterThan(0));
      await refusal(() => expect(decodeCacheCommand(packet).key.length).toBeGreaterThan(0));
    }),
  );
});
