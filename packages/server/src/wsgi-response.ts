import type { StartResponse, WriteCallable, WSGIHeader } from '@gatewire/interfaces';
import { CheckedResponse } from './checked-response.js';
import type { ResponseSink } from './exchange.js';
import { checkHead, isBodyless } from './response-rules.js';
import type { ResponseHead } from './response-rules.js';

const DONE: Promise<void> = Promise.resolve();

/** The response of one WSGI application call: what `start_response` set, and the bytes that go out by its rules. */
export class WSGIResponse {
  private readonly method: string;
  private readonly response: CheckedResponse;
  private started = false;
  private stored: ResponseHead | null = null;
  private writes: Promise<void> = DONE;
  /** Whether the legacy `write()` was called. */
  written = false;

  constructor(method: string, sink: ResponseSink) {
    this.method = method;
    this.response = new CheckedResponse(method, sink);
  }

  /** Whether the head is on its way and can no longer be replaced. */
  get committed(): boolean {
    return this.response.committed;
  }

  /** Whether more body would be dropped. */
  get full(): boolean {
    return this.response.full;
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
    if (!this.hasBytes(data)) return undefined;
    this.commit();
    return this.response.write(data);
  }

  /**
   * Ends the response, with a last piece of the body perhaps.
   *
   * @throws RangeError when Content-Length promised more than was sent.
   */
  end(data?: Uint8Array): void {
    const last = data !== undefined && this.hasBytes(data) ? data : undefined;
    this.commit();
    this.response.end(last);
  }

  private hasBytes(data: Uint8Array): boolean {
    if (data instanceof Uint8Array) return data.length > 0;
    throw new TypeError(`a body chunk is a ${kindOf(data)}, expected a Uint8Array`);
  }

  private commit(): void {
    if (!this.committed) this.response.commit(this.head());
  }

  private head(): ResponseHead {
    if (this.stored !== null) return this.stored;
    throw new TypeError('the application sent body bytes before a valid start_response()');
  }
}

/** What a value is, for messages: its class, or its type. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' ? constructor.name : 'object';
}
