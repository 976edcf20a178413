import { hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { endName, tcpSegment } from '../../src/pcap/tcp.js';
import type { TcpSegment } from '../../src/pcap/tcp.js';
import { IPV4, IPV6, TCP } from './wire.js';

function read(
  linkType: number,
  bytes: Uint8Array,
  originalBytes: number = bytes.length,
): TcpSegment | string {
  return tcpSegment({ linkType, time: 7, bytes, originalBytes });
}

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

const SEGMENT = {
  source: { address: '127.0.0.1', port: 40_000 },
  destination: { address: '127.0.0.2', port: 3031 },
  ...{ sequence: 1000, acknowledged: 2000, syn: false, fin: false, rst: false },
  ...{ data: hex`68 69`, dataBytes: 2, time: 7 },
};

const MAC = new Uint8Array(12);

describe('link layers', () => {
  test.each([
    ['Ethernet', 1, join(MAC, hex`08 00`, IPV4)],
    ['Ethernet with padding', 1, join(MAC, hex`08 00`, IPV4, new Uint8Array(4))],
    ['Ethernet, 802.1Q', 1, join(MAC, hex`81 00 00 07 08 00`, IPV4)],
    ['Ethernet, 802.1ad', 1, join(MAC, hex`88 a8 00 07 81 00 00 08 08 00`, IPV4)],
    ['Linux cooked', 113, join(hex`00 00 03 04 00 06 00 00 00 00 00 00 00 00 08 00`, IPV4)],
    ['Linux cooked v2', 276, join(hex`08 00 00 00 00 00 00 01 03 04 00 06 00 00 00 00 00 00 00 00`, IPV4)],
    ['raw IP', 101, IPV4],
    ['raw IP as on BSD', 12, IPV4],
    ['raw IPv4', 228, IPV4],
    ['BSD loopback, little-endian', 0, join(hex`02 00 00 00`, IPV4)],
    ['BSD loopback, big-endian', 0, join(hex`00 00 00 02`, IPV4)],
    ['OpenBSD loopback', 108, join(hex`00 00 00 02`, IPV4)],
  ])('%s', (_, linkType, bytes) => {
    expect(read(linkType, bytes)).toEqual(SEGMENT);
  });

  test.each([
    ['ARP', 1, join(MAC, hex`08 06 00 01`), 'not IP'],
    ['a cut Ethernet header', 1, MAC, 'cut inside the link header'],
    ['a cut VLAN tag', 1, join(MAC, hex`81 00 00`), 'cut inside the link header'],
    ['a cut cooked header', 276, new Uint8Array(19), 'cut inside the link header'],
    ['a cut loopback header', 0, hex`02 00 00`, 'cut inside the link header'],
    ['another family', 0, hex`07 00 00 00 45`, 'not IP'],
    ['IEEE 802.11', 105, IPV4, 'of link type 105, which is not read here'],
  ])('%s', (_, linkType, bytes, expected) => {
    expect(read(linkType, bytes)).toBe(expected);
  });
});

describe('IP', () => {
  const set = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy.set(values, at);
    return copy;
  };
  const ADDRESSES = IPV6.subarray(8, 40);

  test('IPv6', () => {
    expect(read(229, IPV6)).toEqual({
      ...SEGMENT,
      source: { address: '::1', port: 40_000 },
      destination: { address: '2001:db8::ff:0:1', port: 3031 },
    });
  });

  test('IPv6 with extension headers: hop-by-hop options, then a fragment that is all of it', () => {
    const hop = hex`2c 00 01 04 00 00 00 00`;
    const atomic = hex`06 00 00 00 00 00 00 01`;
    const bytes = join(hex`60 00 00 00 00 26 00 40`, ADDRESSES, hop, atomic, TCP);
    expect(read(229, bytes)).toMatchObject({ sequence: 1000, data: hex`68 69` });
  });

  test('IPv4 with options', () => {
    const bytes = join(set(IPV4.subarray(0, 20), 0, 0x46, 0, 0, 46), hex`01 01 01 00`, TCP);
    expect(read(228, bytes)).toMatchObject({ sequence: 1000, data: hex`68 69` });
  });

  test('a total length of 0: the card cuts the packet up later', () => {
    expect(read(228, set(IPV4, 2, 0, 0))).toMatchObject({ data: hex`68 69`, dataBytes: 2 });
    expect(read(229, set(IPV6, 4, 0, 0))).toMatchObject({ data: hex`68 69`, dataBytes: 2 });
  });

  test('a packet that was cut when it was captured knows how long it was', () => {
    expect(read(228, IPV4.subarray(0, 41), 42)).toMatchObject({ data: hex`68`, dataBytes: 2 });
    expect(read(228, IPV4.subarray(0, 40), 42)).toMatchObject({ data: hex``, dataBytes: 2 });
  });

  test.each([
    ['nothing', hex``, 'cut inside the IP header'],
    ['version 5', set(IPV4, 0, 0x55), 'not IP'],
    ['a cut header', IPV4.subarray(0, 19), 'cut inside the IP header'],
    ['a header of 16 bytes', set(IPV4, 0, 0x44), 'malformed IP'],
    ['a total length below the header', set(IPV4, 2, 0, 19), 'malformed IP'],
    ['a first fragment', set(IPV4, 6, 0x20), 'an IP fragment'],
    ['a later fragment', set(IPV4, 6, 0, 1), 'an IP fragment'],
    ['UDP', set(IPV4, 9, 17), 'UDP'],
    ['ICMP', set(IPV4, 9, 1), 'IP protocol 1'],
    ['a cut IPv6 header', IPV6.subarray(0, 39), 'cut inside the IP header'],
    ['UDP over IPv6', set(IPV6, 6, 17), 'UDP'],
    [
      'a cut extension header',
      join(set(IPV6.subarray(0, 40), 6, 0), hex`06 00 00`),
      'cut inside the IP header',
    ],
    [
      'an IPv6 fragment',
      join(set(IPV6.subarray(0, 40), 6, 44), hex`06 00 00 01 00 00 00 01`, TCP),
      'an IP fragment',
    ],
  ])('%s', (_, bytes, expected) => {
    expect(read(101, bytes)).toBe(expected);
  });
});

describe('TCP', () => {
  const withTcp = (tcp: Uint8Array): Uint8Array => join(IPV4.subarray(0, 20), tcp);
  const flags = (value: number): TcpSegment | string => {
    const tcp = Uint8Array.from(TCP);
    tcp[13] = value;
    return read(228, withTcp(tcp));
  };

  test('flags', () => {
    expect(flags(2)).toMatchObject({ syn: true, fin: false, rst: false, acknowledged: null });
    expect(flags(0x12)).toMatchObject({ syn: true, acknowledged: 2000 });
    expect(flags(0x11)).toMatchObject({ fin: true, rst: false });
    expect(flags(4)).toMatchObject({ rst: true, fin: false });
  });

  test('options', () => {
    const tcp = join(TCP.subarray(0, 12), hex`60`, TCP.subarray(13, 20), hex`01 01 01 00`, hex`68 69`);
    const bytes = withTcp(tcp);
    bytes[3] = 46;
    expect(read(228, bytes)).toMatchObject({ data: hex`68 69`, dataBytes: 2 });
  });

  test.each([
    ['a cut header', withTcp(TCP.subarray(0, 19)), 'cut inside the TCP header'],
    ['a header of 16 bytes', withTcp(join(TCP.subarray(0, 12), hex`40`, TCP.subarray(13))), 'malformed TCP'],
    [
      'a header past the packet',
      withTcp(join(TCP.subarray(0, 12), hex`60`, TCP.subarray(13))),
      'malformed TCP',
    ],
  ])('%s', (_, bytes, expected) => {
    expect(read(228, bytes)).toBe(expected);
  });

  test('ends for people', () => {
    expect(endName({ address: '127.0.0.1', port: 1 })).toBe('127.0.0.1:1');
    expect(endName({ address: '::1', port: 1 })).toBe('[::1]:1');
  });
});
