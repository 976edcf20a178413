import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRequest } from '@gatewire/uwsgi';
import { decodeRpc, decodeRpcReply, encodeRpc, encodeRpcReply } from '@gatewire/uwsgi/kinds';
import { anyPacket, latin1Text, packetIn, refusal } from './helpers.js';

const CALL = hex`ad 0e 00 00   05 00 68 65 6c 6c 6f   01 00 61   02 00 62 62`;
const REPLY = hex`ad 04 00 00   61 7c 62 62`;
// 70,000 bytes: the packet holds CONTENT_LENGTH=70000 and the result follows.
const OUTSIDE = hex`ad 17 00 05   0e 00 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48   05 00 37 30 30 30 30`;

test('a call', () => {
  expect(encodeRpc('hello', ['a', ascii('bb')])).toEqual(CALL);
  expect(decodeRpc(packetIn(CALL))).toEqual({ name: 'hello', args: [ascii('a'), ascii('bb')], modifier2: 0 });
});

test('modifier2 1 asks for the bare result', () => {
  expect(encodeRpc('f', [], 1)).toEqual(hex`ad 03 00 01   01 00 66`);
  expect(decodeRpc(packetIn(hex`ad 03 00 01   01 00 66`))).toEqual({ name: 'f', args: [], modifier2: 1 });
});

test('modifier2 2 is a web request with the call in its path', () => {
  const [packet] = encodeRequest(['PATH_INFO', '/f/a', 'CONTENT_LENGTH', ''], {
    modifier1: 173,
    modifier2: 2,
  });
  expect(packet).toEqual(
    hex`ad 23 00 02   09 00 ${ascii('PATH_INFO')} 04 00 ${ascii('/f/a')}   0e 00 ${ascii('CONTENT_LENGTH')} 00 00`,
  );
});

test('a name of 255 bytes is the longest', () => {
  const name = 'f'.repeat(255);
  expect(decodeRpc(packetIn(hex`ad 01 01 00  ff 00 ${ascii(name)}`))).toEqual({
    name,
    args: [],
    modifier2: 0,
  });
});

test('a result in the packet', () => {
  expect(encodeRpcReply(ascii('a|bb'))).toEqual([REPLY]);
  expect(decodeRpcReply(packetIn(REPLY))).toEqual({ data: ascii('a|bb'), outsideBytes: 0 });
  expect(decodeRpcReply(packetIn(hex`ad 00 00 00`))).toEqual({ data: ascii(''), outsideBytes: 0 });
});

test('a result above 65,535 bytes follows the packet', () => {
  const result = new Uint8Array(70_000);
  const chunks = encodeRpcReply(result);
  expect(chunks[0]).toEqual(OUTSIDE);
  expect(chunks[1]).toBe(result);
  expect(decodeRpcReply(packetIn(OUTSIDE))).toEqual({ data: ascii(''), outsideBytes: 70_000 });
});

test('65,535 bytes are the last that go into the packet', () => {
  expect(encodeRpcReply(new Uint8Array(65_535))).toHaveLength(1);
  expect(encodeRpcReply(new Uint8Array(65_536))).toHaveLength(2);
});

test('what uWSGI would drop or cut is refused', () => {
  expect(() => encodeRpc('', [])).toThrow(RangeError);
  expect(() => encodeRpc('f', ['a', ''])).toThrow(RangeError);
  expect(encodeRpc('f', Array<string>(254).fill('a'))).toHaveLength(4 + 3 + 254 * 3);
  expect(() => encodeRpc('f', Array<string>(255).fill('a'))).toThrow(RangeError);
  expect(encodeRpc('f'.repeat(255))).toHaveLength(4 + 2 + 255);
  expect(() => encodeRpc('f'.repeat(256))).toThrow(RangeError);
  expect(() => encodeRpc('f', ['a'.repeat(65_535)])).toThrow(RangeError);
});

const ITEMS_255 = Array<Uint8Array>(255).fill(hex`01 00 61`);

test.each([
  ['without a name', hex`ad 00 00 00`, 'UWSGI_EMPTY_REQUEST', 0],
  ['an empty argument', hex`ad 05 00 00 01 00 66 00 00`, 'UWSGI_EMPTY_ITEM', 3],
  ['an argument that passes the end', hex`ad 06 00 00 01 00 66 02 00 61`, 'UWSGI_VALUE_OVERRUN', 3],
  ['a stray byte', hex`ad 04 00 00 01 00 66 02`, 'UWSGI_STRAY_BYTE', 3],
  ['a name of 256 bytes', hex`ad 02 01 00 00 01 ${new Uint8Array(256).fill(97)}`, 'UWSGI_BAD_FIELD', 0],
  ['the 256th item', hex`ad 00 03 00 ${concat([...ITEMS_255, hex`01 00 61`])}`, 'UWSGI_LIMIT_VARS', 765],
  ['another modifier1', hex`ae 03 00 00 01 00 66`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
  ['modifier2 2, a web request', hex`ad 03 00 02 01 00 66`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
] as const)('a call: %s', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeRpc(packetIn(bytes)))).toEqual({ code, offset });
});

const CONTENT_LENGTH = hex`0e 00 ${ascii('CONTENT_LENGTH')}`;

test.each([
  ['no CONTENT_LENGTH', hex`ad 00 00 05`, 'UWSGI_BAD_FIELD', 0],
  ['an empty one', hex`ad 12 00 05 ${CONTENT_LENGTH} 00 00`, 'UWSGI_BAD_FIELD', 18],
  ['one that is no number', hex`ad 14 00 05 ${CONTENT_LENGTH} 02 00 33 78`, 'UWSGI_BAD_FIELD', 0],
  ['a sign', hex`ad 14 00 05 ${CONTENT_LENGTH} 02 00 2d 31`, 'UWSGI_BAD_FIELD', 0],
  ['a broken block', hex`ad 02 00 05 ff ff`, 'UWSGI_KEY_OVERRUN', 0],
  ['modifier2 1, which has no packet', hex`ad 00 00 01`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
] as const)('an answer: %s', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeRpcReply(packetIn(bytes)))).toEqual({ code, offset });
});

test('calls and results come back as they were', () => {
  const args = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 30 });
  fc.assert(
    fc.property(latin1Text(255), args, fc.constantFrom(0 as const, 1 as const), (name, items, modifier2) => {
      const call = decodeRpc(packetIn(encodeRpc(name, items, modifier2)));
      expect(call).toEqual({ name, args: items, modifier2 });
    }),
  );
  fc.assert(
    fc.property(fc.nat(200_000), (size) => {
      const [packet, result] = encodeRpcReply(new Uint8Array(size));
      const { data, outsideBytes } = decodeRpcReply(packetIn(packet));
      expect(data.length + outsideBytes).toBe(size);
      expect(outsideBytes).toBe((result as Uint8Array | undefined)?.length ?? 0);
    }),
  );
});

test('any packet is a call, an answer, or throws UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyPacket(173), async (packet) => {
      await refusal(() => expect(decodeRpc(packet).name.length).toBeGreaterThan(0));
      await refusal(() => expect(decodeRpcReply(packet).outsideBytes).toBeGreaterThanOrEqual(0));
    }),
  );
});

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
