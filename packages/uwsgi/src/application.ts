import { UWSGI_HEADER_BYTES, UWSGI_MODIFIER_REQUEST } from './constants.js';
import { contentLengthOf } from './content-length.js';
import { UwsgiProtocolError } from './errors.js';
import type { UwsgiDecodeOptions } from './options.js';
import { PacketReader } from './packet-reader.js';
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

/** `bodyEnd` and `abort` are also the events that lead out of them. */
type State = 'packet' | 'body' | 'bodyEnd' | 'abort' | 'done';

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
export class UwsgiApplication extends PacketReader {
  private readonly modifiers: readonly number[];
  private state: State = 'packet';
  private remaining = 0;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options?: UwsgiApplicationOptions) {
    super(options);
    this.modifiers = options?.modifiers ?? [UWSGI_MODIFIER_REQUEST];
  }

  /**
   * The next event, or `null` when more bytes are needed.
   *
   * @throws UwsgiProtocolError when the peer breaks the protocol or passes a limit: every code but `UWSGI_TRUNCATED`.
   */
  next(): UwsgiRequestEvent | null {
    this.check();
    try {
      return this.step();
    } catch (error) {
      throw this.fail(error);
    }
  }

  /**
   * Ends the input. Call `next` once more: inside a body it now returns `abort`.
   *
   * @throws UwsgiProtocolError `UWSGI_TRUNCATED` when the input ends inside the packet. Without a single byte it is no
   *   error: that is how a load balancer looks whether somebody listens.
   */
  override finish(): void {
    super.finish();
    if (this.state === 'body') this.state = 'abort';
  }

  private step(): UwsgiRequestEvent | null {
    switch (this.state) {
      case 'packet': {
        const packet = this.nextPacket();
        return packet === null ? null : this.request(packet);
      }
      case 'body':
        return this.body();
      case 'bodyEnd':
      case 'abort': {
        const kind = this.state;
        this.state = 'done';
        return { kind, requestId: 0 };
      }
      case 'done':
        this.takeBytes(Infinity);
        return null;
    }
  }

  private request({ modifier1, modifier2, payload }: UwsgiPacket): UwsgiRequestEvent {
    const start = this.offset - payload.length;
    if (!this.modifiers.includes(modifier1)) {
      const detail = `modifier1 ${modifier1} is not served`;
      throw new UwsgiProtocolError('UWSGI_UNSUPPORTED_MODIFIER', detail, start - UWSGI_HEADER_BYTES);
    }
    if (payload.length === 0) throw new UwsgiProtocolError('UWSGI_EMPTY_REQUEST', 'no variables', start);
    const pairs = readVars(payload, 0, payload.length, this.options, start);
    const contentLength = (this.remaining = contentLengthOf(pairs, start));
    this.state = contentLength === 0 ? 'bodyEnd' : 'body';
    return { kind: 'request', requestId: 0, modifier1, modifier2, pairs, contentLength };
  }

  private body(): UwsgiRequestEvent | null {
    const data = this.takeBytes(this.remaining);
    if (data === null) return null;
    this.remaining -= data.length;
    if (this.remaining === 0) this.state = 'bodyEnd';
    return { kind: 'body', requestId: 0, data };
  }
}
