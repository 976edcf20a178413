import { ascii, hex } from '@gatewire/testkit';
import {
  decodeHeader,
  decodePacket,
  encodeHeader,
  encodePacket,
  UWSGI_HEADER_BYTES,
  UWSGI_MAX_DATASIZE,
  UWSGI_MAX_PACKET_BYTES,
} from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const byte = fc.integer({ min: 0, max: 255 });
const datasize = fc.integer({ min: 0, max: 65_535 });

describe('header', () => {
  test('spec: modifier1, datasize little-endian, modifier2', () => {
    const value = { modifier1: 0, datasize: 51, modifier2: 0 };
    expect(decodeHeader(hex`00 33 00 00`, 0)).toEqual({ value, next: 4 });
    expect(decodeHeader(hex`ee e0 34 12 01`, 1)).toEqual({
      value: { modifier1: 224, datasize: 0x1234, modifier2: 1 },
      next: 5,
    });
    expect(encodeHeader(224, 0x1234, 1)).toEqual(hex`e0 34 12 01`);
  });

  test('the sizes are those of the protocol', () => {
    expect([UWSGI_HEADER_BYTES, UWSGI_MAX_DATASIZE, UWSGI_MAX_PACKET_BYTES]).toEqual([4, 65_535, 65_539]);
  });

  test('three bytes are not enough', () => {
    expect(decodeHeader(hex`00 33 00`, 0)).toBeNull();
    expect(decodeHeader(hex`00 33 00 00`, 1)).toBeNull();
    // Not even for a judgement: datasize and protocol may be others with the fourth.
    expect(decodePacket(hex`ff 00 ff ff`, 1, { maxPacketBytes: 10 })).toBeNull();
    expect(decodePacket(ascii('xGET'), 1)).toBeNull();
  });

  test('roundtrip', () => {
    fc.assert(
      fc.property(byte, datasize, byte, (modifier1, size, modifier2) => {
        const decoded = decodeHeader(encodeHeader(modifier1, size, modifier2), 0);
        expect(decoded?.value).toEqual({ modifier1, datasize: size, modifier2 });
      }),
    );
  });

  test.each([
    [256, 0, 0],
    [-1, 0, 0],
    [0.5, 0, 0],
    [0, 65_536, 0],
    [0, -1, 0],
    [0, 0, 256],
    [0, 0, NaN],
  ])('invalid: encodeHeader(%d, %d, %d) is a RangeError, nothing is masked', (m1, size, m2) => {
    expect(() => encodeHeader(m1, size, m2)).toThrow(RangeError);
  });
});

describe('packet', () => {
  test('spec: the payload is a view, what follows is left alone', () => {
    const bytes = hex`65 02 00 00 68 69 ff`;
    const decoded = decodePacket(bytes, 0);
    expect(decoded).toEqual({ value: { modifier1: 101, modifier2: 0, payload: ascii('hi') }, next: 6 });
    expect(decoded?.value.payload.buffer).toBe(bytes.buffer);
  });

  test('null for every prefix', () => {
    const bytes = hex`65 02 00 00 68 69`;
    for (let length = 0; length < bytes.length; length++) {
      expect(decodePacket(bytes.subarray(0, length), 0)).toBeNull();
    }
  });

  test('spec: a vars packet as encodePacket writes it', () => {
    expect(encodePacket(5, 7, ['A', 'b', 'C', ''])).toEqual(
      hex`05 0b 00 07  01 00 41 01 00 62  01 00 43 00 00`,
    );
    expect(encodePacket(100, 0, [])).toEqual(hex`64 00 00 00`);
  });

  test('invalid: a datasize past the limit, before anything is stored', () => {
    expect(failureOf(() => decodePacket(hex`ee 00 65 00 00`, 1, { maxPacketBytes: 100 }))).toBe(
      'UWSGI_LIMIT_PACKET at 2',
    );
    expect(decodePacket(hex`00 64 00 00`, 0, { maxPacketBytes: 100 })).toBeNull();
  });

  test.each([NaN, -1, 1.5, 65_536])('invalid: maxPacketBytes %d is a RangeError', (maxPacketBytes) => {
    expect(() => decodePacket(hex`00 00 00 00`, 0, { maxPacketBytes })).toThrow(RangeError);
  });
});
