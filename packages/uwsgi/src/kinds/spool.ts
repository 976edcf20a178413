import { UWSGI_HEADER_BYTES } from '../constants.js';
import { UwsgiProtocolError } from '../errors.js';
import type { UwsgiDecodeOptions } from '../options.js';
import { decodePacket, encodePacket } from '../packet.js';
import { decodeVars } from '../vars.js';
import { expectKind } from './payload.js';

const SPOOL_REQUEST = 17;

/** A file in the directory of a spooler. */
export interface UwsgiSpoolFile {
  /** Flat: name, value, name, value. uWSGI reads `spooler` (a directory), `priority` and `at` (Unix time). */
  readonly pairs: readonly string[];
  /** The binary body up to the end of the file, a view; empty when there is none. */
  readonly body: Uint8Array;
}

/**
 * Encodes a spooler request; with a `body`, which cannot go over a connection, a spool file. Write the chunks one
 * after the other. The answer is read by {@link decodeReply}.
 *
 * uWSGI makes `priority` a part of a path without looking at it: never pass one on from somebody else.
 *
 * @throws TypeError when `pairs` has an odd length.
 * @throws RangeError wherever `encodePacket` throws one.
 *
 * @example
 * ```ts
 * import { encodeSpool } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeSpool(['job', 'resize'])[0].length); // 17
 * ```
 */
export function encodeSpool(pairs: readonly string[], body?: Uint8Array): Uint8Array[] {
  const packet = encodePacket(SPOOL_REQUEST, 0, pairs);
  return body === undefined ? [packet] : [packet, body];
}

/**
 * Decodes a spool file; offsets of errors count from its start. A request over a connection is a packet: `decodeVars`.
 *
 * @throws UwsgiProtocolError `UWSGI_TRUNCATED` when the file ends before its vars do, `UWSGI_UNSUPPORTED_MODIFIER`
 *   when it is no spool file, and what `decodePacket` and `decodeVars` throw.
 *
 * @example
 * ```ts
 * import { decodeSpool } from '@gatewire/uwsgi/kinds';
 *
 * const file = Uint8Array.of(17, 6, 0, 0, 1, 0, 65, 1, 0, 98, 0xff);
 * console.log(decodeSpool(file)); // { pairs: [ 'A', 'b' ], body: Uint8Array(1) [ 255 ] }
 * ```
 */
export function decodeSpool(bytes: Uint8Array, options?: UwsgiDecodeOptions): UwsgiSpoolFile {
  const packet = decodePacket(bytes, 0, options);
  if (packet === null)
    throw new UwsgiProtocolError('UWSGI_TRUNCATED', 'the file ends inside its vars', bytes.length);
  expectKind(packet.value, SPOOL_REQUEST);
  return {
    pairs: decodeVars(bytes, UWSGI_HEADER_BYTES, packet.next, options),
    body: bytes.subarray(packet.next),
  };
}
