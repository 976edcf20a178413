import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeReply,
  encodePayload,
  encodePing,
  encodeReply,
  encodeSignal,
  UWSGI_MODIFIER,
} from '@gatewire/uwsgi/kinds';
import { anyPacket, packetIn, refusal } from './helpers.js';

test('ping and its answer', () => {
  expect(encodePing()).toEqual(hex`64 00 00 00`);
  expect(encodePing('')).toEqual(hex`64 00 00 01`);
  expect(decodeReply(packetIn(hex`64 00 00 01`))).toEqual({ ok: true, warning: '' });
});

test('a pong with a warning is not ok', () => {
  expect(encodePing('low disk')).toEqual(hex`64 08 00 01 6c 6f 77 20 64 69 73 6b`);
  expect(decodeReply(packetIn(hex`64 08 00 01 6c 6f 77 20 64 69 73 6b`))).toEqual({
    ok: false,
    warning: 'low disk',
  });
});

test('signal 17, and what the server says to it', () => {
  expect(encodeSignal(17)).toEqual(hex`6e 00 00 11`);
  expect(encodeReply(true)).toEqual(hex`ff 00 00 01`);
  expect(encodeReply(false)).toEqual(hex`ff 00 00 00`);
  expect(decodeReply(packetIn(hex`ff 00 00 01`))).toEqual({ ok: true, warning: '' });
  expect(decodeReply(packetIn(hex`ff 00 00 00`))).toEqual({ ok: false, warning: '' });
});

test('a signal is one byte', () => {
  expect(encodeSignal(255)).toEqual(hex`6e 00 00 ff`);
  expect(() => encodeSignal(256)).toThrow(RangeError);
  expect(() => encodeSignal(-1)).toThrow(RangeError);
});

test('echo: modifier1 101, any bytes', () => {
  expect(encodePayload(UWSGI_MODIFIER.ECHO, 0, 'hi')).toEqual(hex`65 02 00 00 68 69`);
});

test('configuration from the emperor: modifier1 115, the text', () => {
  const config = '[uwsgi]\n';
  expect(encodePayload(UWSGI_MODIFIER.EMPEROR_CONFIG, 0, config)).toEqual(hex`73 08 00 00 ${ascii(config)}`);
});

test('a payload of 65,535 bytes fits, one more does not', () => {
  expect(encodePayload(101, 0, new Uint8Array(65_535)).subarray(0, 4)).toEqual(hex`65 ff ff 00`);
  expect(() => encodePayload(101, 0, new Uint8Array(65_536))).toThrow(RangeError);
});

test.each([
  ['a ping, which is no answer', hex`64 00 00 00`],
  ['a web request', hex`00 00 00 00`],
  ['an answer that is neither yes nor no', hex`ff 00 00 02`],
])('%s is refused', async (_, bytes) => {
  expect(await refusal(() => decodeReply(packetIn(bytes)))).toEqual({
    code: 'UWSGI_UNSUPPORTED_MODIFIER',
    offset: 0,
  });
});

test('a warning comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (warning) => {
      expect(decodeReply(packetIn(encodePing(warning)))).toEqual({ ok: warning === '', warning });
    }),
  );
});

test('any packet is an answer or throws UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyPacket(100), anyPacket(255)), async (packet) => {
      const refused = await refusal(() => expect(typeof decodeReply(packet).ok).toBe('boolean'));
      expect([null, 'UWSGI_UNSUPPORTED_MODIFIER']).toContain(refused && refused.code);
    }),
  );
});
