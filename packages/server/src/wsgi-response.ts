import type { StartResponse, WriteCallable, WSGIHeader } from '@gatewire/interfaces';
import type { ResponseSink } from './exchange.js';
import { checkHead, isBodyless } from './response-rules.js';
import type { ResponseHead } from './response-rules.js';

/** The response of one WSGI application call: what `start_response` set, and the bytes that go out by its rules. */
export class WSGIResponse {
  /** Whether the head is on its way and can no longer be replaced. */
  committed = false;
  private readonly method: string;
  private readonly sink: ResponseSink;
  private started = false;
  private stored: ResponseHead | null = null;
  private bodyless = false;
  /** Bytes of body that may still follow. */
  private left = Infinity;
  private writes: Promise<void> = Promise.resolve();
  private written = false;

  constructor(method: string, sink: ResponseSink) {
    this.method = method;
    this.sink = sink;
  }

  /** Whether more body would be dropped: Content-Length is reached, or there is no body to this response. */
  get full(): boolean {
    return this.committed && (this.left === 0 || this.bodyless);
  }

  readonly start: StartResponse = (
    status: string,
    headers: readonly WSGIHeader[],
    excInfo?: unknown,
  ): WriteCallable => {
    const replaces = excInfo !== undefined && excInfo !== null;
    // What the application gave is what it gets back (PEP 3333), an Error or not.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (replaces && this.committed) throw excInfo;
    if (!replaces && this.started)
      throw new TypeError('start_response() was called before; give excInfo to replace it');
    // A first call that fails is a call all the same (PEP 3333, the note to the sample gateway).
    this.started = true;
    this.stored = null;
    this.stored = checkHead(status, headers);
    return this.writeCallable;
  };

  /** The legacy `write()`: sends the head at once. */
  private readonly writeCallable: WriteCallable = (data: Uint8Array): Promise<void> => {
    this.written = true;
    const write = this.writes.then(() => this.write(data));
    this.writes = write;
    // Whoever does not await it must not bring the process down when the client has gone.
    write.catch(() => undefined);
    return write;
  };

  /** Resolves when every `write()` so far is done. */
  flushed(): Promise<void> {
    return this.writes;
  }

  /**
   * Adds the size of a body that is known whole, when the application did not say it and may be helped
   * (PEP 3333, "Handling the Content-Length Header").
   */
  offerLength(bytes: number): void {
    const head = this.head();
    if (this.written || head.contentLength !== null || isBodyless(this.method, head.status)) return;
    this.stored = {
      ...head,
      headers: [...head.headers, 'Content-Length', String(bytes)],
      contentLength: bytes,
    };
  }

  /** Sends a piece of the body; `undefined` or a promise as {@link ResponseSink.write}. Empty pieces commit nothing. */
  write(data: Uint8Array): Promise<void> | undefined {
    const piece = this.admit(data);
    return piece === null ? undefined : this.sink.write(piece);
  }

  /**
   * Ends the response, with a last piece of the body perhaps.
   *
   * @throws RangeError when Content-Length promised more than was sent.
   */
  end(data?: Uint8Array): void {
    const piece = data === undefined ? null : this.admit(data);
    this.commit();
    if (this.left > 0 && this.left < Infinity && !this.bodyless) {
      throw new RangeError(`the body ended ${this.left} bytes short of Content-Length`);
    }
    this.sink.end(piece ?? undefined);
  }

  /** What of `data` is sent: cut at Content-Length, nothing where there is no body. */
  private admit(data: Uint8Array): Uint8Array | null {
    if (!(data instanceof Uint8Array))
      throw new TypeError(`a body chunk is a ${kindOf(data)}, expected a Uint8Array`);
    if (data.length === 0) return null;
    this.commit();
    if (this.bodyless || this.left === 0) return null;
    const piece = data.length > this.left ? data.subarray(0, this.left) : data;
    this.left -= piece.length;
    return piece;
  }

  private commit(): void {
    if (this.committed) return;
    const head = this.head();
    this.committed = true;
    this.bodyless = isBodyless(this.method, head.status);
    this.left = head.contentLength ?? Infinity;
    this.sink.head(
      head.status,
      head.reason,
      head.status === 204 ? withoutLength(head.headers) : head.headers,
    );
  }

  private head(): ResponseHead {
    if (this.stored !== null) return this.stored;
    throw new TypeError('the application sent body bytes before a valid start_response()');
  }
}

/** RFC 9110 §8.6: no Content-Length in a 204. */
function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)].toLowerCase() !== 'content-length');
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? value.constructor.name : typeof value;
}
