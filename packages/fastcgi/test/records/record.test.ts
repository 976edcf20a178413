import {
  decodeBeginRequest,
  decodeEndRequest,
  decodeHeader,
  encodeBeginRequest,
  encodeEndRequest,
  encodeRecord,
  encodeStream,
  FCGI_HEADER_LEN,
  FCGI_KEEP_CONN,
  FCGI_MAX_LENGTH,
  FCGI_PROTOCOL_STATUS,
  FCGI_ROLE,
  FCGI_TYPE,
  FCGI_VERSION_1,
} from '@gatewire/fastcgi';
import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as constants from '../../src/constants.js';
import { failureOf } from './failure.js';

const applicationType = fc.integer({ min: 1, max: 8 });
const requestId = fc.integer({ min: 1, max: 65_535 });

describe('§3.3 headers', () => {
  test('spec: eight bytes, big-endian; the reserved one is not looked at', () => {
    expect(decodeHeader(hex`ff 01 06 01 02 ff fe 07 99`, 1)).toEqual({
      type: 6,
      requestId: 0x0102,
      contentLength: 0xfffe,
      paddingLength: 7,
    });
  });

  test('fewer than eight bytes are null, even when their version is wrong', () => {
    for (let length = 0; length < 8; length++) expect(decodeHeader(new Uint8Array(length), 0)).toBeNull();
    expect(decodeHeader(new Uint8Array(9), 2)).toBeNull();
  });

  test.each([0, 2, 7, 9, 22, 71, 255])('invalid: version %d', (version) => {
    const bytes = hex`00 00 ${version} 01 00 01 00 08 00 00`;
    expect(failureOf(() => decodeHeader(bytes, 2))).toBe('FCGI_BAD_VERSION at 2');
  });
});

describe('§3.3 whole records', () => {
  test('spec: padding to a multiple of 8, zeros; none on an empty record', () => {
    expect(encodeRecord(FCGI_TYPE.STDOUT, 0x0102, ascii('hello'))).toEqual(
      hex`01 06 01 02 00 05 03 00  68 65 6c 6c 6f  00 00 00`,
    );
    expect(encodeRecord(FCGI_TYPE.STDOUT, 1, new Uint8Array(8))).toHaveLength(16);
    expect(encodeRecord(FCGI_TYPE.STDIN, 1)).toEqual(hex`01 05 00 01 00 00 00 00`);
    expect(encodeRecord(FCGI_TYPE.ABORT_REQUEST, 3)).toEqual(hex`01 02 00 03 00 00 00 00`);
  });

  test.each([
    [65_527, 1],
    [65_528, 0],
    [65_529, 0],
    [65_535, 0],
  ])('%d bytes of content have %d of padding: both together stay in 16 bits', (length, padding) => {
    const record = encodeRecord(FCGI_TYPE.STDIN, 1, new Uint8Array(length));
    expect(decodeHeader(record, 0)).toMatchObject({ contentLength: length, paddingLength: padding });
    expect(record).toHaveLength(8 + length + padding);
  });

  test('content of 65,536 bytes is a RangeError, never cut to 16 bits', () => {
    expect(() => encodeRecord(FCGI_TYPE.STDIN, 1, new Uint8Array(65_536))).toThrow(
      new RangeError('contentLength is 65536, expected 0 to 65535'),
    );
  });

  test.each([
    ['id 0 on an application record', 5, 0, 'id 0 on type 5'],
    ['an id on a management record', 9, 1, 'id 1 on type 9'],
    ['an id past 16 bits', 5, 65_536, 'requestId is 65536, expected 0 to 65535'],
    ['a negative id', 5, -1, 'requestId is -1, expected 0 to 65535'],
    ['half an id', 5, 1.5, 'requestId is 1.5, expected 0 to 65535'],
    ['a type past 8 bits', 256, 1, 'type is 256, expected 0 to 255'],
  ])('%s is a RangeError', (_, type, id, message) => {
    expect(() => encodeRecord(type, id)).toThrow(new RangeError(message));
  });

  test('roundtrip: header and content', () => {
    fc.assert(
      fc.property(applicationType, requestId, fc.uint8Array({ maxLength: 300 }), (type, id, content) => {
        const record = encodeRecord(type, id, content);
        const header = decodeHeader(record, 0);
        expect(header).toMatchObject({ type, requestId: id, contentLength: content.length });
        expect(record.subarray(8, 8 + content.length)).toEqual(content);
        expect(record.subarray(8 + content.length)).toEqual(new Uint8Array(header?.paddingLength ?? -1));
        expect(record.length % 8).toBe(0);
      }),
    );
  });
});

describe('§5.1 BEGIN_REQUEST', () => {
  test('spec', () => {
    const record = hex`01 01 00 01 00 08 00 00  00 01 01 00 00 00 00 00`;
    expect(encodeBeginRequest(1, FCGI_ROLE.RESPONDER, 1)).toEqual(record);
    expect(decodeBeginRequest(record, 8)).toEqual({ role: 1, flags: 1 });
    expect(decodeBeginRequest(hex`01 02 ff 11 22 33 44 55`, 0)).toEqual({ role: 258, flags: 255 });
  });

  test('roundtrip', () => {
    fc.assert(
      fc.property(requestId, fc.nat(65_535), fc.nat(255), (id, role, flags) => {
        expect(decodeBeginRequest(encodeBeginRequest(id, role, flags), 8)).toEqual({ role, flags });
      }),
    );
  });

  test.each([
    [0, 1, 0, 'id 0 on type 1'],
    [1, 65_536, 0, 'role is 65536, expected 0 to 65535'],
    [1, -1, 0, 'role is -1, expected 0 to 65535'],
    [1, 1, 256, 'flags is 256, expected 0 to 255'],
  ])('encodeBeginRequest(%d, %d, %d) is a RangeError', (id, role, flags, message) => {
    expect(() => encodeBeginRequest(id, role, flags)).toThrow(new RangeError(message));
  });
});

describe('§5.5 END_REQUEST', () => {
  test('spec: appStatus is unsigned, the reserved bytes are zero', () => {
    const record = hex`01 03 00 02 00 08 00 00  ff ff ff fe 01 00 00 00`;
    expect(encodeEndRequest(2, 0xfffffffe, FCGI_PROTOCOL_STATUS.CANT_MPX_CONN)).toEqual(record);
    expect(decodeEndRequest(record, 8)).toEqual({ appStatus: 0xfffffffe, protocolStatus: 1 });
    expect(encodeEndRequest(1)).toEqual(hex`01 03 00 01 00 08 00 00  00 00 00 00 00 00 00 00`);
  });

  test('roundtrip', () => {
    fc.assert(
      fc.property(requestId, fc.nat(0xffffffff), fc.nat(255), (id, appStatus, protocolStatus) => {
        const record = encodeEndRequest(id, appStatus, protocolStatus);
        expect(decodeEndRequest(record, 8)).toEqual({ appStatus, protocolStatus });
      }),
    );
  });

  test.each([
    [1, -1, 0, 'appStatus is -1, expected 0 to 4294967295'],
    [1, 0x100000000, 0, 'appStatus is 4294967296, expected 0 to 4294967295'],
    [1, 0.5, 0, 'appStatus is 0.5, expected 0 to 4294967295'],
    [1, 0, 256, 'protocolStatus is 256, expected 0 to 255'],
    [0, 0, 0, 'id 0 on type 3'],
  ])('encodeEndRequest(%d, %d, %d) is a RangeError', (id, appStatus, protocolStatus, message) => {
    expect(() => encodeEndRequest(id, appStatus, protocolStatus)).toThrow(new RangeError(message));
  });
});

describe('§3.3 streams', () => {
  test('spec: header, the bytes of the caller, padding', () => {
    const data = ascii('hello');
    const chunks = encodeStream(FCGI_TYPE.STDERR, 9, data);
    expect(chunks).toEqual([hex`01 07 00 09 00 05 03 00`, data, hex`00 00 00`]);
    expect(chunks[1]).toBe(data);
    expect(encodeStream(FCGI_TYPE.STDERR, 9, ascii('12345678'))).toHaveLength(2);
  });

  test('no data, no record: an empty one would end the stream', () => {
    expect(encodeStream(FCGI_TYPE.STDIN, 1, new Uint8Array(0))).toEqual([]);
  });

  test('more than 65,528 bytes are cut there, so that full records need no padding', () => {
    const data = Uint8Array.from({ length: 2 * 65_528 + 5 }, (_, i) => i);
    const chunks = encodeStream(FCGI_TYPE.STDOUT, 1, data);
    expect(chunks.map(({ length }) => length)).toEqual([8, 65_528, 8, 65_528, 8, 5, 3]);
    expect(chunks[1].buffer).toBe(data.buffer);
    expect([...chunks[1], ...chunks[3], ...chunks[5]].every((byte, i) => byte === (i & 0xff))).toBe(true);
  });

  test('misuse', () => {
    expect(() => encodeStream(FCGI_TYPE.STDIN, 0, ascii('a'))).toThrow(RangeError);
    expect(() => encodeStream(FCGI_TYPE.STDIN, 1, 'text' as never)).toThrow(TypeError);
  });
});

test('§8: the numbers by name are the numbers in the objects', () => {
  const byName = constants as unknown as Record<string, number>;
  for (const group of [FCGI_TYPE, FCGI_ROLE, FCGI_PROTOCOL_STATUS]) {
    for (const [name, value] of Object.entries(group)) expect([name, byName[name]]).toEqual([name, value]);
  }
  expect([FCGI_VERSION_1, FCGI_HEADER_LEN, FCGI_MAX_LENGTH, FCGI_KEEP_CONN]).toEqual([1, 8, 65_535, 1]);
  expect(Object.values(FCGI_TYPE)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(Object.values(FCGI_ROLE)).toEqual([1, 2, 3]);
  expect(Object.values(FCGI_PROTOCOL_STATUS)).toEqual([0, 1, 2, 3]);
});
