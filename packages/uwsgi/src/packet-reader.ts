import { grow, plain } from '@gatewire/bytes';
import { UWSGI_HEADER_BYTES } from './constants.js';
import { UwsgiProtocolError } from './errors.js';
import { resolveOptions } from './options.js';
import type { ResolvedOptions, UwsgiDecodeOptions } from './options.js';
import { checkedSize } from './packet.js';
import type { UwsgiPacket } from './packet.js';

const EMPTY = new Uint8Array(0);

/**
 * What the decoders of a connection have in common: bytes in, packets and what follows them out, a final failure.
 *
 * What is stored is at most one unfinished packet, in memory that grows with the bytes that arrived, not with the
 * size that was announced.
 */
export class PacketReader {
  protected readonly options: ResolvedOptions;
  /** The caller's chunk and how much of it is used. */
  private chunk: Uint8Array = EMPTY;
  private at = 0;
  /** An unfinished packet from its first byte: `held` bytes of `partial`. */
  private partial: Uint8Array = EMPTY;
  protected held = 0;
  /** Size of the packet at hand, 0 until its header is there. */
  private wanted = 0;
  private consumed = 0;
  /** What ended this decoder. */
  private failure: Error | null = null;
  private finished = false;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options?: UwsgiDecodeOptions) {
    this.options = resolveOptions(options);
  }

  /** Bytes of the connection handed out so far. */
  get offset(): number {
    return this.consumed;
  }

  /**
   * Stores a chunk, by reference: leave its bytes alone until it is drained, which `null` tells.
   *
   * @throws TypeError when `chunk` is not a `Uint8Array`, when the last one is not drained, or after `finish`.
   * @throws UwsgiProtocolError the one that ended this decoder, if one did.
   */
  receive(chunk: Uint8Array): void {
    this.check();
    if (this.finished || this.at < this.chunk.length) {
      throw new TypeError('receive() before next() gave null, or after finish()');
    }
    this.chunk = plain(chunk);
    this.at = 0;
  }

  /**
   * Ends the input. Without a single byte it is no error: that is how a load balancer looks whether somebody listens.
   *
   * @throws UwsgiProtocolError `UWSGI_TRUNCATED` when the input ends inside a packet.
   */
  finish(): void {
    this.check();
    this.finished = true;
    if (this.held === 0) return;
    const end = this.consumed + this.held;
    throw this.fail(new UwsgiProtocolError('UWSGI_TRUNCATED', 'ends in a packet', end));
  }

  /** The next packet, or `null` when more bytes are needed. */
  protected nextPacket(): UwsgiPacket | null {
    const { chunk, at } = this;
    if (this.held === 0 && chunk.length - at >= UWSGI_HEADER_BYTES) {
      this.wanted = checkedSize(chunk, at, this.options, this.consumed);
      if (chunk.length - at >= this.wanted) {
        this.at += this.wanted; // whole in the chunk: no copy
        return this.packet(chunk, at);
      }
    }
    // Spread over chunks: header first, then all of it is gathered, each byte copied once.
    for (;;) {
      const size = this.wanted || UWSGI_HEADER_BYTES;
      const piece = this.chunk.subarray(this.at, this.at + size - this.held);
      this.partial = grow(this.partial, this.held, this.held + piece.length);
      this.partial.set(piece, this.held);
      this.at += piece.length;
      this.held += piece.length;
      if (this.held < size) return null;
      if (this.wanted > 0) return this.packet(this.partial, 0);
      this.wanted = checkedSize(this.partial, 0, this.options, this.consumed);
    }
  }

  /** Up to `maxBytes` of what follows the last packet, a view of the chunk; `null` when there is none yet. */
  protected takeBytes(maxBytes: number): Uint8Array | null {
    const end = Math.min(this.chunk.length, this.at + maxBytes);
    if (end <= this.at) return null;
    const bytes = this.chunk.subarray(this.at, end);
    this.consumed += bytes.length;
    this.at = end;
    return bytes;
  }

  /** Throws what ended this decoder. */
  protected check(): void {
    if (this.failure) throw this.failure;
  }

  /**
   * Makes an error final; returns it, to be thrown. Whatever it is: when memory ran out for the variables of a packet,
   * the body must not be read as the next one.
   */
  protected fail(error: unknown): unknown {
    return (this.failure = error as Error);
  }

  private packet(bytes: Uint8Array, at: number): UwsgiPacket {
    const payload = bytes.subarray(at + UWSGI_HEADER_BYTES, at + this.wanted);
    this.consumed += this.wanted;
    this.wanted = this.held = 0;
    this.partial = EMPTY; // its bytes are the packet's now
    return { modifier1: bytes[at], modifier2: bytes[at + 3], payload };
  }
}
