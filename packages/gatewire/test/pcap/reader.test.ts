import { hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCapture, openCapture } from '../../src/pcap/capture.js';
import type { CapturedPacket } from '../../src/pcap/capture.js';
import { CaptureError } from '../../src/pcap/errors.js';
import { tcpSegment } from '../../src/pcap/tcp.js';
import { IPV4, pcapFile } from './wire.js';

function packetsOf(bytes: Uint8Array): CapturedPacket[] {
  const reader = openCapture(bytes);
  const packets: CapturedPacket[] = [];
  for (let packet = reader.next(); packet !== null; packet = reader.next()) packets.push(packet);
  return packets;
}

/** The packets before the fault, and the fault. */
function faultOf(bytes: Uint8Array): [packets: number, code: string, offset: number] {
  let packets = 0;
  try {
    const reader = openCapture(bytes);
    while (reader.next() !== null) packets++;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return [packets, error.code, error.offset];
  }
  throw new Error(`no fault after ${packets} packets`);
}

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

describe('pcap', () => {
  const LITTLE = hex`d4 c3 b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 ff ff 00 00 71 00 00 00`;
  const BIG_NANO = hex`a1 b2 3c 4d 00 02 00 04 00 00 00 00 00 00 00 00 00 00 ff ff 00 00 00 65`;

  test('little-endian, microseconds, Linux cooked; a packet that was cut', () => {
    const bytes = join(
      LITTLE,
      hex`01 00 00 00 20 a1 07 00 02 00 00 00 02 00 00 00 aa bb`,
      hex`02 00 00 00 00 00 00 00 01 00 00 00 05 00 00 00 cc`,
    );
    expect(isCapture(bytes)).toBe(true);
    expect(packetsOf(bytes)).toEqual([
      { linkType: 113, time: 1.5, bytes: hex`aa bb`, originalBytes: 2 },
      { linkType: 113, time: 2, bytes: hex`cc`, originalBytes: 5 },
    ]);
  });

  test('big-endian, nanoseconds, raw IP', () => {
    const bytes = join(BIG_NANO, hex`00 00 00 01 1d cd 65 00 00 00 00 01 00 00 00 01 aa`);
    expect(packetsOf(bytes)).toEqual([{ linkType: 101, time: 1.5, bytes: hex`aa`, originalBytes: 1 }]);
  });

  test('no packets', () => {
    expect(packetsOf(LITTLE)).toEqual([]);
  });

  test('the length of a frame check sequence beside the link type is passed over', () => {
    const bytes = join(LITTLE.subarray(0, 20), hex`01 00 00 f4`, new Uint8Array(16));
    expect(packetsOf(bytes)).toMatchObject([{ linkType: 1 }]);
  });

  const RECORD = hex`01 00 00 00 00 00 00 00 02 00 00 00 02 00 00 00 aa bb`;
  test.each([
    ['nothing', hex``, [0, 'CAPTURE_UNKNOWN_FORMAT', 0]],
    ['another magic', hex`d4 c3 b2 a2 00 00 00 00`, [0, 'CAPTURE_UNKNOWN_FORMAT', 0]],
    ['a cut header', LITTLE.subarray(0, 23), [0, 'CAPTURE_TRUNCATED', 0]],
    ['version 3', join(LITTLE.subarray(0, 4), hex`03 00`, LITTLE.subarray(6)), [0, 'CAPTURE_BAD_VERSION', 4]],
    ['a cut record header', join(LITTLE, RECORD, RECORD.subarray(0, 15)), [1, 'CAPTURE_TRUNCATED', 42]],
    ['a cut packet', join(LITTLE, RECORD, RECORD.subarray(0, 17)), [1, 'CAPTURE_TRUNCATED', 42]],
    [
      'a length of 4 GiB',
      join(LITTLE, hex`00 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff aa`),
      [0, 'CAPTURE_TRUNCATED', 24],
    ],
  ] as const)('%s', (_, bytes, expected) => {
    expect(faultOf(bytes)).toEqual(expected);
  });
});

describe('pcapng', () => {
  const SECTION = hex`0a 0d 0d 0a 1c 00 00 00 4d 3c 2b 1a 01 00 00 00 ff ff ff ff ff ff ff ff 1c 00 00 00`;
  /** Ethernet, no limit. */
  const INTERFACE = hex`01 00 00 00 14 00 00 00 01 00 00 00 00 00 00 00 14 00 00 00`;
  /** Linux cooked v2, at most 4 bytes, if_tsresol 9 (nanoseconds), if_tsoffset 10. */
  const NANO = hex`
    01 00 00 00 2c 00 00 00 14 01 00 00 04 00 00 00
    09 00 01 00 09 00 00 00   0e 00 08 00 0a 00 00 00 00 00 00 00   00 00 00 00
    2c 00 00 00`;
  /** Interface 0, 1.5 s in microseconds, 3 bytes of 9, padded. */
  const ENHANCED = hex`
    06 00 00 00 24 00 00 00 00 00 00 00 00 00 00 00 60 e3 16 00 03 00 00 00 09 00 00 00 aa bb cc 00
    24 00 00 00`;

  test('an enhanced packet block', () => {
    expect(packetsOf(join(SECTION, INTERFACE, ENHANCED))).toEqual([
      { linkType: 1, time: 1.5, bytes: hex`aa bb cc`, originalBytes: 9 },
    ]);
  });

  test('several interfaces, each with its clock', () => {
    // Interface 1, 1,500,000,000 ns.
    const second = Buffer.from(ENHANCED);
    second.set(hex`01 00 00 00 00 00 00 00 00 2f 68 59`, 8);
    expect(packetsOf(join(SECTION, INTERFACE, NANO, second))).toEqual([
      { linkType: 276, time: 11.5, bytes: hex`aa bb cc`, originalBytes: 9 },
    ]);
  });

  test('a simple packet block has no time, and the limit of interface 0', () => {
    const simple = hex`03 00 00 00 14 00 00 00 09 00 00 00 aa bb cc dd 14 00 00 00`;
    expect(packetsOf(join(SECTION, NANO, simple))).toEqual([
      { linkType: 276, time: null, bytes: hex`aa bb cc dd`, originalBytes: 9 },
    ]);
  });

  test('the obsolete packet block', () => {
    const obsolete = hex`
      02 00 00 00 24 00 00 00 00 00 ff ff 00 00 00 00 60 e3 16 00 01 00 00 00 01 00 00 00 aa 00 00 00
      24 00 00 00`;
    expect(packetsOf(join(SECTION, INTERFACE, obsolete))).toEqual([
      { linkType: 1, time: 1.5, bytes: hex`aa`, originalBytes: 1 },
    ]);
  });

  test('big-endian; binary fractions of a second; other blocks are passed over', () => {
    const bytes = hex`
      0a 0d 0d 0a 00 00 00 1c 1a 2b 3c 4d 00 01 00 00 ff ff ff ff ff ff ff ff 00 00 00 1c
      00 00 00 04 00 00 00 10 00 00 00 00 00 00 00 10
      00 00 00 01 00 00 00 1c 00 65 00 00 00 00 00 00 00 09 00 01 81 00 00 00 00 00 00 1c
      00 00 00 06 00 00 00 24 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00 01 00 00 00 01 aa 00 00 00 00 00 00 24`;
    expect(packetsOf(bytes)).toEqual([{ linkType: 101, time: 1.5, bytes: hex`aa`, originalBytes: 1 }]);
  });

  test('a new section numbers its interfaces anew', () => {
    expect(faultOf(join(SECTION, INTERFACE, ENHANCED, SECTION, ENHANCED))).toEqual([
      1,
      'CAPTURE_BAD_INTERFACE',
      28 + 20 + 36 + 28 + 8,
    ]);
  });

  const changed = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, at);
    return copy;
  };
  test.each([
    ['a cut section', SECTION.subarray(0, 11), [0, 'CAPTURE_TRUNCATED', 0]],
    ['a section of 12 bytes', changed(SECTION, 4, 12), [0, 'CAPTURE_BAD_LENGTH', 4]],
    ['no byte-order magic', changed(SECTION, 8, 0), [0, 'CAPTURE_UNKNOWN_FORMAT', 8]],
    ['version 2', changed(SECTION, 12, 2), [0, 'CAPTURE_BAD_VERSION', 12]],
    ['another length at the end', changed(SECTION, 24, 0x20), [0, 'CAPTURE_BAD_LENGTH', 24]],
    ['a length of 30', changed(SECTION, 4, 30), [0, 'CAPTURE_BAD_LENGTH', 4]],
    ['a length of 4 GiB', changed(SECTION, 4, 0xfc, 0xff, 0xff, 0xff), [0, 'CAPTURE_TRUNCATED', 0]],
    ['a cut block', join(SECTION, INTERFACE.subarray(0, 19)), [0, 'CAPTURE_TRUNCATED', 28]],
    ['no interface', join(SECTION, ENHANCED), [0, 'CAPTURE_BAD_INTERFACE', 36]],
    ['an option past its block', join(SECTION, changed(NANO, 18, 0xff)), [0, 'CAPTURE_BAD_LENGTH', 46]],
    [
      'a packet past its block',
      join(SECTION, INTERFACE, changed(ENHANCED, 20, 5)),
      [0, 'CAPTURE_BAD_LENGTH', 76],
    ],
    [
      'a second packet that is cut',
      join(SECTION, INTERFACE, ENHANCED, ENHANCED.subarray(0, 30)),
      [1, 'CAPTURE_TRUNCATED', 84],
    ],
  ] as const)('%s', (_, bytes, expected) => {
    expect(faultOf(bytes)).toEqual(expected);
  });
});

describe('any bytes', () => {
  const ETHERNET = Buffer.concat([new Uint8Array(12), hex`08 00`, IPV4]);
  const seeds = [
    pcapFile([ETHERNET, ETHERNET]),
    Buffer.from(hex`
      0a 0d 0d 0a 1c 00 00 00 4d 3c 2b 1a 01 00 00 00 ff ff ff ff ff ff ff ff 1c 00 00 00
      01 00 00 00 14 00 00 00 65 00 00 00 00 00 00 00 14 00 00 00
      06 00 00 00 24 00 00 00 00 00 00 00 00 00 00 00 60 e3 16 00 03 00 00 00 09 00 00 00 45 00 00 00 24 00 00 00`),
  ];
  const changes = fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });

  test('a changed capture gives packets or a CaptureError; a packet gives a segment or a reason', () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), changes, fc.nat(200), (seed, edits, cut) => {
        const bytes = Uint8Array.from(seed);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        const kept = bytes.subarray(0, Math.max(4, bytes.length - (cut < 100 ? 0 : cut - 100)));
        try {
          for (const packet of packetsOf(kept))
            expect(['string', 'object']).toContain(typeof tcpSegment(packet));
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
          expect(error.offset).toBeLessThanOrEqual(kept.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('any packet of any link type gives a segment or a reason', () => {
    const linkTypes = fc.constantFrom(0, 1, 12, 101, 108, 113, 228, 229, 276, 147);
    fc.assert(
      fc.property(linkTypes, fc.uint8Array({ maxLength: 120 }), fc.nat(3000), (linkType, bytes, more) => {
        const segment = tcpSegment({ linkType, time: null, bytes, originalBytes: bytes.length + more });
        if (typeof segment === 'string') expect(segment).not.toBe('');
        else expect(segment.data.length).toBeLessThanOrEqual(segment.dataBytes);
      }),
      { numRuns: 2000 },
    );
  });
});
