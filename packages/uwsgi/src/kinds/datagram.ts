import { UWSGI_HEADER_BYTES } from '../constants.js';
import { UwsgiProtocolError } from '../errors.js';
import { recogniseForeign } from '../foreign.js';
import { decodeHeader } from '../packet.js';
import type { UwsgiPacket } from '../packet.js';

/** One datagram. It is a packet too: what takes a packet takes it. */
export interface UwsgiDatagram extends UwsgiPacket {
  /** What the header says. For a legion announcement (109) the size of the clear text. */
  readonly datasize: number;
  /** Whether `datasize` is the size of `payload`. uWSGI's receivers of subscriptions do not look; its cache does. */
  readonly agrees: boolean;
}

/** The tag of an ASN.1 SEQUENCE: uWSGI answers SNMP on the same socket. */
const SNMP = 0x30;

/**
 * Decodes a datagram. `payload` is a view of all that follows the header, whatever its datasize says.
 *
 * @throws UwsgiProtocolError `UWSGI_TRUNCATED` below four bytes, `UWSGI_NOT_UWSGI` when the first bytes begin SNMP or
 *   another protocol.
 *
 * @example
 * ```ts
 * import { decodeDatagram } from '@gatewire/uwsgi/kinds';
 *
 * const { payload, agrees } = decodeDatagram(Uint8Array.of(224, 9, 0, 0, 1, 0, 65, 1, 0, 98));
 * console.log(payload.length, agrees); // 6 false
 * ```
 */
export function decodeDatagram(bytes: Uint8Array): UwsgiDatagram {
  const header = decodeHeader(bytes, 0);
  if (header === null)
    throw new UwsgiProtocolError('UWSGI_TRUNCATED', `a datagram of ${bytes.length} bytes`, bytes.length);
  const foreign = bytes[0] === SNMP ? 'SNMP, not uwsgi' : recogniseForeign(bytes, 0);
  if (foreign) throw new UwsgiProtocolError('UWSGI_NOT_UWSGI', `this is ${foreign}`, 0);
  const payload = bytes.subarray(UWSGI_HEADER_BYTES);
  return { ...header.value, payload, agrees: header.value.datasize === payload.length };
}
