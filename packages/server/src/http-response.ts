import type { ServerResponse } from 'node:http';
import type { ClientGone } from './client.js';
import { lingerOn } from './http-linger.js';
import type { SentResponse } from './service.js';
import type { Waiting } from './socket-response.js';

/** A response through node:http, which frames it. */
export class HttpResponse implements SentResponse {
  bytesOut = 0;
  headAt = 0;
  endAt = 0;
  blockedMs = 0;
  private readonly response: ServerResponse;
  private readonly stallMs: number;
  private readonly stopping: AbortSignal;
  private waiting: Waiting | null = null;
  private gone: ClientGone | null = null;

  /** `stopping`: once it is aborted a response is the last one of its connection, and says so. */
  constructor(response: ServerResponse, stallMs: number, stopping: AbortSignal) {
    this.response = response;
    this.stallMs = stallMs;
    this.stopping = stopping;
    response.on('drain', () => this.settle()?.resolve());
    // The timeout of the socket, which outlives what it was set for: it means something only while bytes wait.
    response.on('timeout', () => {
      if (response.writableLength > 0) response.destroy();
    });
  }

  get status(): number {
    return this.headAt === 0 ? 0 : this.response.statusCode;
  }

  head(status: number, reason: string, headers: readonly string[]): void {
    if (this.stopping.aborted) this.response.shouldKeepAlive = false;
    this.response.writeHead(status, reason, [...headers]);
    this.headAt = performance.now();
  }

  /** HTTP/1.0 has no interim responses (RFC 9110 §15.2). */
  get earlyHints(): ((links: readonly string[]) => void) | null {
    if (this.response.req.httpVersionMinor === 0) return null;
    return (links) => this.response.writeEarlyHints({ link: [...links] });
  }

  /** Trailers need chunks, so HTTP/1.1 (RFC 9112 §7.1.2). They are dropped where the client did not ask for them. */
  get trailers(): ((fields: readonly (readonly [string, string])[]) => void) | null {
    const { req } = this.response;
    if (req.httpVersionMinor === 0) return null;
    const wanted = /(?:^|[, ])trailers(?:[, ;]|$)/i.test(String(req.headers['te'] ?? ''));
    return (fields) => {
      if (wanted) this.response.addTrailers(fields.map(([name, value]): [string, string] => [name, value]));
    };
  }

  write(data: Uint8Array): Promise<void> | undefined {
    if (this.gone !== null) return Promise.reject(this.gone);
    this.bytesOut += data.length;
    // An empty write sends nothing in node:http, not even the head.
    if (data.length === 0) this.response.flushHeaders();
    else if (!this.response.write(data)) return this.drained();
    return undefined;
  }

  private drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject, since: performance.now() };
      this.watch();
    });
  }

  /** Gives the connection up when the receiver takes nothing at all for `stallMs`. */
  private watch(): void {
    if (this.stallMs !== Infinity && this.response.writableLength > 0) this.response.setTimeout(this.stallMs);
  }

  end(data?: Uint8Array): void {
    if (this.gone !== null) throw this.gone;
    this.endAt = performance.now();
    this.bytesOut += data?.length ?? 0;
    if (!this.response.req.complete) lingerOn(this.response.req);
    this.response.end(data);
    this.watch();
  }

  cut(): void {
    this.response.destroy();
  }

  /** Nobody reads any more. */
  fail(error: ClientGone): void {
    this.gone ??= error;
    this.settle()?.reject(error);
  }

  private settle(): Waiting | null {
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) this.blockedMs += performance.now() - waiting.since;
    return waiting;
  }
}
