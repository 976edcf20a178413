import { UWSGI_HEADER_BYTES, UWSGI_MAX_DATASIZE } from './constants.js';
import { UwsgiProtocolError } from './errors.js';
import { recogniseForeign } from './foreign.js';
import { inRange, resolveOptions } from './options.js';
import type { ResolvedOptions, UwsgiDecodeOptions } from './options.js';
import { encodeVarsInto, lengthAt, varsBytes } from './vars.js';

/** A decoded value and the offset of the first byte after it. */
export interface Decoded<T> {
  readonly value: T;
  readonly next: number;
}

/** The four bytes before every packet. */
export interface UwsgiHeader {
  /** Packet kind, 0 to 255. Open: plugins may be loaded under any number. */
  readonly modifier1: number;
  /** Bytes that follow the header and belong to the packet, 0 to 65,535. */
  readonly datasize: number;
  /** Sub-kind, flag or signal number, 0 to 255; its meaning depends on modifier1. */
  readonly modifier2: number;
}

/** One packet. `payload` is a view of the memory that was decoded, not a copy. */
export interface UwsgiPacket {
  readonly modifier1: number;
  readonly modifier2: number;
  readonly payload: Uint8Array;
}

/**
 * Decodes the header at `offset`; `null` when fewer than four bytes are there. Nothing is judged: any four bytes are
 * a header.
 *
 * @example
 * ```ts
 * import { decodeHeader } from '@gatewire/uwsgi';
 *
 * const ping = decodeHeader(Uint8Array.of(100, 0, 0, 0), 0);
 * console.log(ping?.value); // { modifier1: 100, datasize: 0, modifier2: 0 }
 * ```
 */
export function decodeHeader(bytes: Uint8Array, offset: number): Decoded<UwsgiHeader> | null {
  if (bytes.length - offset < UWSGI_HEADER_BYTES) return null;
  const value = {
    modifier1: bytes[offset],
    datasize: lengthAt(bytes, offset + 1),
    modifier2: bytes[offset + 3],
  };
  return { value, next: offset + UWSGI_HEADER_BYTES };
}

/**
 * Decodes the packet at `offset`; `null` until all of it is there. `payload` is a view of `bytes`.
 *
 * @throws UwsgiProtocolError `UWSGI_NOT_UWSGI` when the first four bytes begin another protocol,
 *   `UWSGI_LIMIT_PACKET` when the datasize passes `maxPacketBytes`; offsets count from the start of `bytes`.
 *
 * @example
 * ```ts
 * import { decodePacket } from '@gatewire/uwsgi';
 *
 * const bytes = Uint8Array.of(101, 2, 0, 0, 0x68, 0x69); // echo "hi"
 * console.log(decodePacket(bytes, 0)?.value.payload); // Uint8Array(2) [ 104, 105 ]
 * console.log(decodePacket(bytes.subarray(0, 5), 0)); // null
 * ```
 */
export function decodePacket(
  bytes: Uint8Array,
  offset: number,
  options?: UwsgiDecodeOptions,
): Decoded<UwsgiPacket> | null {
  if (bytes.length - offset < UWSGI_HEADER_BYTES) return null;
  const start = offset + UWSGI_HEADER_BYTES;
  const next = offset + checkedSize(bytes, offset, resolveOptions(options), offset);
  if (bytes.length < next) return null;
  const value = {
    modifier1: bytes[offset],
    modifier2: bytes[offset + 3],
    payload: bytes.subarray(start, next),
  };
  return { value, next };
}

/**
 * Size of the packet at `at`, header included; believed only when the header is uwsgi and the size within the limit.
 *
 * @throws UwsgiProtocolError `UWSGI_NOT_UWSGI` or `UWSGI_LIMIT_PACKET`, at `origin`.
 */
export function checkedSize(bytes: Uint8Array, at: number, options: ResolvedOptions, origin: number): number {
  const foreign = options.foreign ? undefined : recogniseForeign(bytes, at);
  if (foreign) throw new UwsgiProtocolError('UWSGI_NOT_UWSGI', `this is ${foreign}`, origin);
  const datasize = lengthAt(bytes, at + 1);
  if (datasize <= options.maxPacketBytes) return UWSGI_HEADER_BYTES + datasize;
  throw new UwsgiProtocolError(
    'UWSGI_LIMIT_PACKET',
    `datasize ${datasize}, limit ${options.maxPacketBytes}`,
    origin + 1,
  );
}

/**
 * Encodes a packet whose payload is a vars block. `pairs` is flat: name, value, name, value.
 *
 * @throws TypeError when `pairs` has an odd length.
 * @throws RangeError when a modifier is not a byte, a name is empty, a character is above U+00FF, or a name, a value
 *   or the block passes 65,535 bytes. Sizes are never cut to 16 bits.
 *
 * @example
 * ```ts
 * import { encodePacket } from '@gatewire/uwsgi';
 *
 * console.log(encodePacket(0, 0, ['A', 'b'])); // Uint8Array(10) [ 0, 6, 0, 0, 1, 0, 65, 1, 0, 98 ]
 * ```
 */
export function encodePacket(modifier1: number, modifier2: number, pairs: readonly string[]): Uint8Array {
  const datasize = varsBytes(pairs);
  const packet = new Uint8Array(UWSGI_HEADER_BYTES + datasize);
  encodeHeaderInto(packet, 0, modifier1, datasize, modifier2);
  encodeVarsInto(pairs, packet, UWSGI_HEADER_BYTES);
  return packet;
}

/**
 * Encodes a header alone: for packets without payload, and for those whose datasize is not a size.
 *
 * @throws RangeError when a modifier is not a byte or the datasize does not fit in 16 bits.
 */
export function encodeHeader(modifier1: number, datasize: number, modifier2: number): Uint8Array {
  const header = new Uint8Array(UWSGI_HEADER_BYTES);
  encodeHeaderInto(header, 0, modifier1, datasize, modifier2);
  return header;
}

function encodeHeaderInto(
  out: Uint8Array,
  at: number,
  modifier1: number,
  datasize: number,
  modifier2: number,
): void {
  out[at] = inRange('modifier1', modifier1, 0xff);
  out[at + 1] = inRange('datasize', datasize, UWSGI_MAX_DATASIZE) & 0xff;
  out[at + 2] = datasize >> 8;
  out[at + 3] = inRange('modifier2', modifier2, 0xff);
}
