import { UWSGI_HEADER_BYTES } from '../constants.js';
import { encodePacket } from '../packet.js';
import { decodeVars } from '../vars.js';
import { decodeDatagram } from './datagram.js';
import { badField } from './fields.js';
import { expectKind, frame } from './payload.js';

const LEGION = 109;

/** Turns clear text into cipher text, or back. uWSGI uses one OpenSSL cipher, key and IV for all packets. */
export type UwsgiCipher = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * Encodes a legion announcement: `pairs` are encrypted as one, and the header says how long they were before.
 *
 * Rejects with what `encrypt` throws, and with `TypeError` and `RangeError` where `encodePacket` throws them.
 *
 * @example
 * ```ts
 * import { encodeLegion } from '@gatewire/uwsgi/kinds';
 *
 * const datagram = await encodeLegion(['legion', 'a'], (clear) => clear.map((byte) => byte ^ 0x55));
 * console.log(datagram[0], datagram.length); // 109 15
 * ```
 */
export async function encodeLegion(pairs: readonly string[], encrypt: UwsgiCipher): Promise<Uint8Array> {
  const clear = encodePacket(LEGION, 0, pairs).subarray(UWSGI_HEADER_BYTES);
  return frame(LEGION, clear.length, 0, await encrypt(clear));
}

/**
 * Decodes a legion announcement to its pairs. What is encrypted here is not authenticated.
 *
 * Rejects with what `decrypt` throws, and with `UwsgiProtocolError`
 * - of `decodeDatagram`, and `UWSGI_UNSUPPORTED_MODIFIER`;
 * - `UWSGI_BAD_FIELD` at 1, the datasize, when what `decrypt` returns is of another length;
 * - of `decodeVars`, with offsets from the start of the clear text.
 *
 * @example
 * ```ts
 * import { decodeLegion } from '@gatewire/uwsgi/kinds';
 *
 * console.log(await decodeLegion(Uint8Array.of(109, 5, 0, 0, 1, 0, 65, 0, 0), (cipher) => cipher)); // [ 'A', '' ]
 * ```
 */
export async function decodeLegion(bytes: Uint8Array, decrypt: UwsgiCipher): Promise<string[]> {
  const datagram = decodeDatagram(bytes);
  expectKind(datagram, LEGION);
  const clear = await decrypt(datagram.payload);
  if (clear.length !== datagram.datasize)
    throw badField(`${clear.length} bytes, expected ${datagram.datasize}`, 1);
  return decodeVars(clear, 0, clear.length);
}
