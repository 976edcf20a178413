import { viewOf } from './pcap.js';

/** The payload of an IP packet that is TCP. */
export interface IpPayload {
  readonly source: string;
  readonly destination: string;
  /** What was captured of it, without what the link layer padded it with. */
  readonly bytes: Uint8Array;
  /** How long it was on the wire. */
  readonly originalBytes: number;
}

const TCP = 6;
const UDP = 17;
const CUT = 'cut inside the IP header';
const FRAGMENT = 'an IP fragment';

/** `originalBytes` is the length on the wire from the IP header on. A text says why it is no TCP. */
export function ipPayload(bytes: Uint8Array, originalBytes: number): IpPayload | string {
  if (bytes.length === 0) return CUT;
  const version = bytes[0] >> 4;
  if (version === 4) return ipv4Payload(bytes, originalBytes);
  return version === 6 ? ipv6Payload(bytes, originalBytes) : 'not IP';
}

function ipv4Payload(bytes: Uint8Array, originalBytes: number): IpPayload | string {
  const view = viewOf(bytes);
  const start = (bytes[0] & 15) * 4;
  if (bytes.length < 20 || bytes.length < start) return CUT;
  // 0 where the network card cuts the packet up later (segmentation offload).
  const total = view.getUint16(2) || originalBytes;
  if (start < 20 || total < start) return 'malformed IP';
  if ((view.getUint16(6) & 0x3fff) !== 0) return FRAGMENT;
  if (bytes[9] !== TCP) return protocolName(bytes[9]);
  return {
    source: bytes.subarray(12, 16).join('.'),
    destination: bytes.subarray(16, 20).join('.'),
    bytes: bytes.subarray(start, total),
    originalBytes: total - start,
  };
}

/** Extension headers that may stand before TCP, and how long they are: in units of eight bytes, one not counted. */
const EXTENSIONS: readonly number[] = [0, 43, 60];
const FRAGMENT_HEADER = 44;

function ipv6Payload(bytes: Uint8Array, originalBytes: number): IpPayload | string {
  const view = viewOf(bytes);
  if (bytes.length < 40) return CUT;
  const total = view.getUint16(4) === 0 ? originalBytes : 40 + view.getUint16(4);
  let protocol = bytes[6];
  let start = 40;
  while (EXTENSIONS.includes(protocol) || protocol === FRAGMENT_HEADER) {
    if (bytes.length < start + 8) return CUT;
    if (protocol === FRAGMENT_HEADER && (view.getUint16(start + 2) & 0xfff9) !== 0) return FRAGMENT;
    const length = protocol === FRAGMENT_HEADER ? 8 : (bytes[start + 1] + 1) * 8;
    protocol = bytes[start];
    start += length;
  }
  if (protocol !== TCP) return protocolName(protocol);
  if (total < start) return 'malformed IP';
  return {
    source: ipv6Text(bytes.subarray(8, 24)),
    destination: ipv6Text(bytes.subarray(24, 40)),
    bytes: bytes.subarray(Math.min(start, bytes.length), total),
    originalBytes: total - start,
  };
}

function protocolName(protocol: number): string {
  return protocol === UDP ? 'UDP' : `IP protocol ${protocol}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16));
  const zeros = groups.map((_, from) => {
    const rest = groups.slice(from);
    const end = rest.findIndex((group) => group !== '0');
    return end < 0 ? rest.length : end;
  });
  const longest = Math.max(...zeros);
  if (longest < 2) return groups.join(':');
  const from = zeros.indexOf(longest);
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + longest).join(':')}`;
}
