import { grow, plain } from '@gatewire/bytes';
import { UWSGI_HEADER_BYTES, UWSGI_MAX_PACKET_BYTES } from './constants.js';
import { UwsgiProtocolError } from './errors.js';
import { resolveOptions } from './options.js';
import type { ResolvedOptions, UwsgiDecodeOptions } from './options.js';
import { checkedDatasize } from './packet.js';
import type { UwsgiPacket } from './packet.js';

const EMPTY = new Uint8Array(0);

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
export class UwsgiDecoder {
  private readonly options: ResolvedOptions;
  /** The caller's chunk and how much of it is used. */
  private chunk: Uint8Array = EMPTY;
  private at = 0;
  /** An unfinished packet from its first byte: `held` bytes of `partial`, `wanted` in all as far as is known. */
  private partial: Uint8Array = EMPTY;
  private held = 0;
  private wanted = UWSGI_HEADER_BYTES;
  private consumed = 0;
  private failure: UwsgiProtocolError | null = null;
  private finished = false;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options?: UwsgiDecodeOptions) {
    this.options = resolveOptions(options);
  }

  /** Bytes handed out since construction, as packets and by `takeBody`. */
  get offset(): number {
    return this.consumed;
  }

  /**
   * Stores a chunk, by reference: leave its bytes alone until `next` or `takeBody` has returned `null`.
   *
   * @throws TypeError when `chunk` is not a `Uint8Array`, when the last one is not drained, or after `finish`.
   * @throws UwsgiProtocolError the one that ended this decoder, if one did.
   */
  receive(chunk: Uint8Array): void {
    if (this.failure !== null) throw this.failure;
    if (this.finished) throw new TypeError('receive() after finish()');
    if (this.at < this.chunk.length) throw new TypeError('receive() before the last chunk was drained');
    this.chunk = plain(chunk);
    this.at = 0;
  }

  /**
   * The next packet, or `null` when more bytes are needed. `payload` is a view of the caller's chunk, or of memory of
   * its own when the packet was spread over several chunks.
   *
   * @throws UwsgiProtocolError `UWSGI_NOT_UWSGI` or `UWSGI_LIMIT_PACKET`, and the same object from then on.
   */
  next(): UwsgiPacket | null {
    if (this.failure !== null) throw this.failure;
    if (this.held === 0) {
      const packet = this.fromChunk();
      if (packet !== null) return packet;
    }
    return this.fromPartial();
  }

  /**
   * Up to `maxBytes` of what follows the last packet, as a view of the caller's chunk; `null` when there is none yet.
   * The protocol does not frame a request body: its size is the text of CONTENT_LENGTH.
   *
   * @throws TypeError inside a packet, where no body can be.
   */
  takeBody(maxBytes: number): Uint8Array | null {
    if (this.failure !== null) throw this.failure;
    if (this.held > 0) throw new TypeError('takeBody() inside a packet');
    const end = Math.min(this.chunk.length, this.at + maxBytes);
    if (end <= this.at) return null;
    const body = this.chunk.subarray(this.at, end);
    this.consumed += body.length;
    this.at = end;
    return body;
  }

  /**
   * Ends the input.
   *
   * @throws UwsgiProtocolError `UWSGI_TRUNCATED` when the input ends inside a packet.
   */
  finish(): void {
    if (this.failure !== null) throw this.failure;
    this.finished = true;
    if (this.held > 0) {
      const detail = `the input ends after ${this.held} bytes of a packet of ${this.wanted} or more`;
      throw this.fail(new UwsgiProtocolError('UWSGI_TRUNCATED', detail, this.consumed + this.held));
    }
  }

  /** A packet that lies in the chunk whole: no copy. */
  private fromChunk(): UwsgiPacket | null {
    const { chunk, at } = this;
    if (chunk.length - at < UWSGI_HEADER_BYTES) return null;
    const size = UWSGI_HEADER_BYTES + this.datasize(chunk, at);
    if (chunk.length - at < size) return null;
    this.at += size;
    this.consumed += size;
    return packetAt(chunk, at, size);
  }

  /** A packet that is spread over chunks: gathered, each byte copied once. */
  private fromPartial(): UwsgiPacket | null {
    this.gather(UWSGI_HEADER_BYTES);
    if (this.held < UWSGI_HEADER_BYTES) return null;
    if (this.wanted === UWSGI_HEADER_BYTES) this.wanted += this.datasize(this.partial, 0);
    this.gather(this.wanted);
    if (this.held < this.wanted) return null;
    const packet = packetAt(this.partial, 0, this.wanted);
    this.consumed += this.wanted;
    this.partial = EMPTY; // now the packet's
    this.held = 0;
    this.wanted = UWSGI_HEADER_BYTES;
    return packet;
  }

  /** Moves bytes of the chunk to `partial` until that holds `wanted` bytes or the chunk is used up. */
  private gather(wanted: number): void {
    const count = Math.min(wanted - this.held, this.chunk.length - this.at);
    if (count <= 0) return;
    this.partial = grow(this.partial, this.held, this.held + count, UWSGI_MAX_PACKET_BYTES);
    this.partial.set(this.chunk.subarray(this.at, this.at + count), this.held);
    this.at += count;
    this.held += count;
  }

  private datasize(bytes: Uint8Array, at: number): number {
    try {
      return checkedDatasize(bytes, at, this.options, this.consumed);
    } catch (error) {
      throw this.fail(error as UwsgiProtocolError);
    }
  }

  private fail(error: UwsgiProtocolError): UwsgiProtocolError {
    this.failure = error;
    return error;
  }
}

function packetAt(bytes: Uint8Array, at: number, size: number): UwsgiPacket {
  return {
    modifier1: bytes[at],
    modifier2: bytes[at + 3],
    payload: bytes.subarray(at + UWSGI_HEADER_BYTES, at + size),
  };
}
