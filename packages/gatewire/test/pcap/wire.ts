import { hex } from '@gatewire/testkit';
import type { TcpSegment } from '../../src/pcap/tcp.js';

// Packets typed by hand from RFC 791, RFC 8200 and RFC 9293.

/** TCP from port 40000 to 3031, sequence 1000, acknowledges 2000, PSH and ACK, and `hi`. */
export const TCP = hex`9c 40 0b d7 00 00 03 e8 00 00 07 d0 50 18 02 00 00 00 00 00 68 69`;

/** IPv4 from 127.0.0.1 to 127.0.0.2, 42 bytes in all, TCP. */
export const IPV4: Uint8Array = joined([
  hex`45 00 00 2a 00 01 40 00 40 06 00 00 7f 00 00 01 7f 00 00 02`,
  TCP,
]);

/** IPv6 from ::1 to 2001:db8::ff:0:1, a payload of 22 bytes, TCP. */
export const IPV6: Uint8Array = joined([
  hex`60 00 00 00 00 16 06 40`,
  hex`00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01`,
  hex`20 01 0d b8 00 00 00 00 00 00 00 ff 00 00 00 01`,
  TCP,
]);

/** A little-endian pcap file with microseconds: of Ethernet unless another link type is given. */
export function pcapFile(packets: readonly Uint8Array[], linkType: number = 1): Buffer {
  const header = Buffer.from(hex`d4 c3 b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00`);
  header.writeUInt32LE(linkType, 20);
  const records = packets.flatMap((packet, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + i, 0);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return [record, packet];
  });
  return Buffer.concat([header, ...records]);
}

export const CLIENT = { address: '127.0.0.1', port: 40_000 };
export const SERVER = { address: '127.0.0.1', port: 3031 };

/** A segment from the client, or with `from: 'server'` from the other side. */
export function segment(
  sequence: number,
  text: string,
  {
    from = 'client',
    missing = 0,
    ...flags
  }: Partial<TcpSegment> & { from?: 'client' | 'server'; missing?: number } = {},
): TcpSegment {
  const data = Buffer.from(text, 'latin1');
  const [source, destination] = from === 'client' ? [CLIENT, SERVER] : [SERVER, CLIENT];
  return {
    ...{ source, destination, sequence: sequence >>> 0, acknowledged: 0, syn: false, fin: false, rst: false },
    ...{ data, dataBytes: data.length + missing, time: null },
    ...flags,
  };
}

/** A SYN of the client. */
export function syn(sequence: number): TcpSegment {
  return segment(sequence, '', { syn: true, acknowledged: null });
}

/** Not a Buffer, which is another thing to a comparison. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
