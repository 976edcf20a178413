import { encodeLatin1Into, latin1 } from '@gatewire/bytes';
import { UWSGI_HEADER_BYTES } from '../constants.js';
import { UwsgiProtocolError } from '../errors.js';
import { encodeHeader } from '../packet.js';
import type { UwsgiPacket } from '../packet.js';

/** Bytes, or text of which each character is the byte of the same number (Latin-1). */
export type UwsgiBytes = string | Uint8Array;

/**
 * Encodes a packet whose payload is bytes of any meaning: an echo, a cache key, a configuration, an encoded array.
 *
 * @throws RangeError when a modifier is not a byte, a character is above U+00FF, or the payload passes 65,535 bytes.
 *
 * @example
 * ```ts
 * import { encodePayload, UWSGI_MODIFIER } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodePayload(UWSGI_MODIFIER.ECHO, 0, 'hi')); // Uint8Array(6) [ 101, 2, 0, 0, 104, 105 ]
 * ```
 */
export function encodePayload(modifier1: number, modifier2: number, payload: UwsgiBytes): Uint8Array {
  return frame(modifier1, payload.length, modifier2, payload);
}

/** A packet whose datasize is not the length of what follows. */
export function frame(
  modifier1: number,
  datasize: number,
  modifier2: number,
  payload: UwsgiBytes,
): Uint8Array {
  const packet = new Uint8Array(UWSGI_HEADER_BYTES + payload.length);
  packet.set(encodeHeader(modifier1, datasize, modifier2));
  if (typeof payload === 'string') encodeLatin1Into(payload, packet, UWSGI_HEADER_BYTES);
  else packet.set(payload, UWSGI_HEADER_BYTES);
  return packet;
}

/** Bytes as text, one character per byte; text as it is. */
export function textOf(bytes: UwsgiBytes): string {
  return typeof bytes === 'string' ? bytes : latin1(bytes, 0, bytes.length);
}

/** @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER` at 0 when the packet is not one of the kinds wanted. */
export function expectKind(packet: UwsgiPacket, modifier1: number, modifier2?: readonly number[]): void {
  if (packet.modifier1 === modifier1 && modifier2?.includes(packet.modifier2) !== false) return;
  const wanted = String(modifier2 ?? 'any');
  const detail = `modifiers ${packet.modifier1} ${packet.modifier2}, expected ${modifier1} ${wanted}`;
  throw new UwsgiProtocolError('UWSGI_UNSUPPORTED_MODIFIER', detail, 0);
}
