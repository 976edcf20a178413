import type { ResponseSink } from './exchange.js';
import { isBodyless } from './response-rules.js';
import type { ResponseHead } from './response-rules.js';

/** A response that keeps what its head promised, whatever the application sends (RFC 9110 §6.4.1, §8.6). */
export class CheckedResponse {
  /** Whether the head is on its way and can no longer be replaced. */
  committed = false;
  /** Whether body was left out because Content-Length was reached. */
  overrun = false;
  private readonly method: string;
  private readonly sink: ResponseSink;
  private bodyless = false;
  private ended = false;
  /** Bytes of body that may still follow. */
  private left = Infinity;

  constructor(method: string, sink: ResponseSink) {
    this.method = method;
    this.sink = sink;
  }

  /** Whether more body would be dropped: Content-Length is reached, or there is no body to this response. */
  get full(): boolean {
    return this.committed && (this.left === 0 || this.bodyless);
  }

  /** Stores the head for the first piece of the body. */
  commit(head: ResponseHead): void {
    this.committed = true;
    this.bodyless = isBodyless(this.method, head.status);
    this.left = head.contentLength ?? Infinity;
    this.sink.head(
      head.status,
      head.reason,
      head.status === 204 ? withoutLength(head.headers) : head.headers,
    );
  }

  /**
   * Sends a piece of the body: a promise as {@link ResponseSink.write}. The piece that reaches Content-Length ends the
   * response: nginx takes it for complete then, and gives up a FastCGI connection whose END_REQUEST comes apart.
   */
  write(data: Uint8Array): Promise<void> | undefined {
    const piece = this.admit(data);
    if (piece === null) return undefined;
    if (this.left > 0) return this.sink.write(piece);
    this.ended = true;
    this.sink.end(piece);
    return undefined;
  }

  /**
   * Ends the response, with a last piece of the body perhaps.
   *
   * @throws RangeError when Content-Length promised more than was sent.
   */
  end(data?: Uint8Array): void {
    const piece = data === undefined ? null : this.admit(data);
    if (this.ended) return;
    if (this.left > 0 && this.left < Infinity && !this.bodyless) {
      throw new RangeError(`the body ended ${this.left} bytes short of Content-Length`);
    }
    this.sink.end(piece ?? undefined);
  }

  /** What of `data` is sent: cut at Content-Length, nothing where there is no body. */
  private admit(data: Uint8Array): Uint8Array | null {
    if (this.bodyless) return null;
    const piece = data.length > this.left ? data.subarray(0, this.left) : data;
    if (piece.length < data.length) this.overrun = true;
    this.left -= piece.length;
    return this.ended || (piece.length === 0 && data.length > 0) ? null : piece;
  }
}

/** RFC 9110 §8.6: no Content-Length in a 204. */
function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)].toLowerCase() !== 'content-length');
}
