import { UWSGI_MODIFIER_REQUEST } from './constants.js';
import { contentLengthOf } from './content-length.js';
import { UwsgiDecoder } from './decoder.js';
import { UwsgiProtocolError } from './errors.js';
import { resolveOptions } from './options.js';
import type { ResolvedOptions, UwsgiDecodeOptions } from './options.js';
import type { UwsgiPacket } from './packet.js';
import { readVars } from './vars.js';

/** Options of {@link UwsgiApplication}. */
export interface UwsgiApplicationOptions extends UwsgiDecodeOptions {
  /** The modifier1 values taken as web requests. Default `[0]`; add 5 (PSGI), 7 (Rack) ... for peers set up for them. */
  readonly modifiers?: readonly number[];
}

/**
 * What a web server asks of an application. `requestId` is 0 always: a connection carries one request, and the field
 * is there so that one loop can serve protocols that multiplex as well.
 */
export type UwsgiRequestEvent =
  /** A request with all of its variables: flat, in wire order, duplicates kept. `contentLength` bytes of body follow. */
  | {
      readonly kind: 'request';
      readonly requestId: number;
      readonly modifier1: number;
      readonly modifier2: number;
      readonly pairs: readonly string[];
      readonly contentLength: number;
    }
  /** A fragment of the body, never empty: a view of the caller's chunk, copy it to keep it. */
  | { readonly kind: 'body'; readonly requestId: number; readonly data: Uint8Array }
  /** All of the body was handed out. Comes once, without a body too. */
  | { readonly kind: 'bodyEnd'; readonly requestId: number }
  /** The input ended before all of the body had come: instead of `bodyEnd`. */
  | { readonly kind: 'abort'; readonly requestId: number };

type State = 'packet' | 'body' | 'bodyEnd' | 'aborted' | 'done';

/**
 * The application's side of one connection: a request, its body cut at CONTENT_LENGTH, its end.
 *
 * A request exists only when its packet was well-formed to the last byte. Bytes after the body are dropped, never read
 * as another request: no web server sends two requests on a uwsgi connection.
 *
 * @example
 * ```ts
 * import { encodeRequest, UwsgiApplication } from '@gatewire/uwsgi';
 *
 * const application = new UwsgiApplication();
 * for (const chunk of encodeRequest(['REQUEST_METHOD', 'POST'], { body: Uint8Array.of(104, 105) })) {
 *   application.receive(chunk);
 *   for (let event = application.next(); event !== null; event = application.next()) {
 *     console.log(event.kind); // request, body, bodyEnd
 *   }
 * }
 * ```
 */
export class UwsgiApplication {
  private readonly decoder: UwsgiDecoder;
  private readonly options: ResolvedOptions;
  private readonly modifiers: readonly number[];
  private state: State = 'packet';
  private remaining = 0;
  private failure: UwsgiProtocolError | null = null;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options?: UwsgiApplicationOptions) {
    this.options = resolveOptions(options);
    this.decoder = new UwsgiDecoder(options);
    this.modifiers = options?.modifiers ?? [UWSGI_MODIFIER_REQUEST];
  }

  /** Bytes of the connection used so far. */
  get offset(): number {
    return this.decoder.offset;
  }

  /**
   * Stores a chunk, by reference: leave its bytes alone until `next` has returned `null`.
   *
   * @throws TypeError when `chunk` is not a `Uint8Array`, when the last one is not drained, or after `finish`.
   * @throws UwsgiProtocolError the one that ended this connection, if one did.
   */
  receive(chunk: Uint8Array): void {
    if (this.failure !== null) throw this.failure;
    this.decoder.receive(chunk);
  }

  /**
   * The next event, or `null` when more bytes are needed.
   *
   * @throws UwsgiProtocolError when the peer breaks the protocol or passes a limit: every code but `UWSGI_TRUNCATED`.
   */
  next(): UwsgiRequestEvent | null {
    if (this.failure !== null) throw this.failure;
    switch (this.state) {
      case 'packet': {
        const packet = this.decoder.next();
        return packet === null ? null : this.request(packet);
      }
      case 'body':
        return this.body();
      case 'bodyEnd':
        this.state = 'done';
        return { kind: 'bodyEnd', requestId: 0 };
      case 'aborted':
        this.state = 'done';
        return { kind: 'abort', requestId: 0 };
      case 'done':
        this.decoder.takeBody(Infinity);
        return null;
    }
  }

  /**
   * Ends the input. Call `next` once more: inside a body it now returns `abort`.
   *
   * @throws UwsgiProtocolError `UWSGI_TRUNCATED` when the input ends inside the packet. Without a single byte it is no
   *   error: that is how a load balancer looks whether somebody listens.
   */
  finish(): void {
    if (this.failure !== null) throw this.failure;
    this.decoder.finish();
    if (this.state === 'body') this.state = 'aborted';
  }

  private request(packet: UwsgiPacket): UwsgiRequestEvent {
    try {
      const { modifier1, modifier2, payload } = packet;
      const start = this.offset - payload.length;
      this.checkKind(modifier1, payload.length, start);
      const pairs = readVars(payload, 0, payload.length, this.options, start);
      const contentLength = contentLengthOf(pairs, start);
      this.remaining = contentLength;
      this.state = contentLength === 0 ? 'bodyEnd' : 'body';
      return { kind: 'request', requestId: 0, modifier1, modifier2, pairs, contentLength };
    } catch (error) {
      if (error instanceof UwsgiProtocolError) this.failure = error;
      throw error;
    }
  }

  private checkKind(modifier1: number, payloadBytes: number, start: number): void {
    if (!this.modifiers.includes(modifier1)) {
      const detail = `modifier1 ${modifier1}, expected ${this.modifiers.join(' or ')}`;
      throw new UwsgiProtocolError('UWSGI_UNSUPPORTED_MODIFIER', detail, start - 4);
    }
    if (payloadBytes > 0) return;
    throw new UwsgiProtocolError('UWSGI_EMPTY_REQUEST', 'a request without a single variable', start);
  }

  private body(): UwsgiRequestEvent | null {
    const data = this.decoder.takeBody(this.remaining);
    if (data === null) return null;
    this.remaining -= data.length;
    if (this.remaining === 0) this.state = 'bodyEnd';
    return { kind: 'body', requestId: 0, data };
  }
}
