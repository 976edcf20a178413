import type { CapturedPacket } from './capture.js';
import { ipPayload } from './ip.js';
import { ipOffset } from './link.js';
import { viewOf } from './pcap.js';

/** One end of a connection. */
export interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

/** One TCP segment. */
export interface TcpSegment {
  readonly source: TcpEnd;
  readonly destination: TcpEnd;
  /** Number of its first byte, or of its SYN. */
  readonly sequence: number;
  /** `null` without ACK. */
  readonly acknowledged: number | null;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  /** What was captured of its data: a view of the file. */
  readonly data: Uint8Array;
  /** How much data it carried. */
  readonly dataBytes: number;
  readonly time: number | null;
}

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** The TCP segment in a packet; a text says why there is none. Checksums are not looked at: cards fill them in later. */
export function tcpSegment(packet: CapturedPacket): TcpSegment | string {
  const from = ipOffset(packet);
  if (typeof from === 'string') return from;
  const ip = ipPayload(packet.bytes.subarray(from), packet.originalBytes - from);
  if (typeof ip === 'string') return ip;
  const { bytes } = ip;
  if (bytes.length < 20) return 'cut inside the TCP header';
  const view = viewOf(bytes);
  const start = (bytes[12] >> 4) * 4;
  if (start < 20 || start > ip.originalBytes) return 'malformed TCP';
  const flags = bytes[13];
  return {
    source: { address: ip.source, port: view.getUint16(0) },
    destination: { address: ip.destination, port: view.getUint16(2) },
    sequence: view.getUint32(4),
    acknowledged: (flags & ACK) === 0 ? null : view.getUint32(8),
    syn: (flags & SYN) !== 0,
    fin: (flags & FIN) !== 0,
    rst: (flags & RST) !== 0,
    data: bytes.subarray(Math.min(start, bytes.length)),
    dataBytes: ip.originalBytes - start,
    time: packet.time,
  };
}

/** `127.0.0.1:3031`, `[::1]:3031`. */
export function endName({ address, port }: TcpEnd): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
