import { PacketReader } from './packet-reader.js';
import type { UwsgiPacket } from './packet.js';

/**
 * Cuts a byte stream into packets, at any chunking. Pull: `receive` stores, `next` returns one packet or `null`,
 * `takeBody` hands out what follows a packet, `finish` ends the input. Drain it before the next `receive`.
 *
 * What is stored is at most one unfinished packet, in memory that grows with the bytes that arrived, not with the
 * size that was announced.
 *
 * @example
 * ```ts
 * import { decodeVars, encodePacket, UwsgiDecoder } from '@gatewire/uwsgi';
 *
 * const decoder = new UwsgiDecoder();
 * for (const byte of encodePacket(0, 0, ['PATH_INFO', '/'])) {
 *   decoder.receive(Uint8Array.of(byte));
 *   for (let packet = decoder.next(); packet !== null; packet = decoder.next()) {
 *     console.log(decodeVars(packet.payload, 0, packet.payload.length)); // [ 'PATH_INFO', '/' ]
 *   }
 * }
 * decoder.finish();
 * ```
 */
export class UwsgiDecoder extends PacketReader {
  /**
   * The next packet, or `null` when more bytes are needed. `payload` is a view of the caller's chunk, or of memory of
   * its own when the packet was spread over several chunks.
   *
   * @throws UwsgiProtocolError `UWSGI_NOT_UWSGI` or `UWSGI_LIMIT_PACKET`, and the same object from then on.
   */
  next(): UwsgiPacket | null {
    this.check();
    try {
      return this.nextPacket();
    } catch (error) {
      throw this.fail(error);
    }
  }

  /**
   * Up to `maxBytes` of what follows the last packet, as a view of the caller's chunk; `null` when there is none yet.
   * The protocol does not frame a request body: its size is the text of CONTENT_LENGTH.
   *
   * @throws TypeError inside a packet, where no body can be.
   */
  takeBody(maxBytes: number): Uint8Array | null {
    this.check();
    if (this.held > 0) throw new TypeError('takeBody() inside a packet');
    return this.takeBytes(maxBytes);
  }
}
