import { plain } from '@gatewire/bytes';
import { ResponseHeadError } from './errors.js';
import type { ResponseHead, ResponseHeadEvent } from './events.js';
import { HeadReader } from './fields.js';
import { LineReader } from './lines.js';
import { resolveRules } from './options.js';
import type { HeadRules, ResponseHeadDecoderOptions } from './options.js';

const EMPTY = new Uint8Array(0);

/**
 * Decodes what an application answers: a CGI head (`Status:` anywhere, or none) or an HTTP head with a status line, then
 * the body. For the bytes of FastCGI's STDOUT, of a uwsgi connection, of a CGI program.
 *
 * Lines end in LF or CRLF, mixed if need be. Field order and case, a missing reason and a missing Content-Type do not
 * matter; what makes servers disagree about where the head ends or what it says is an error. RFC 3875 §6.
 *
 * @example
 * ```ts
 * import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
 *
 * const decoder = new ResponseHeadDecoder({ forms: 'cgi' });
 * for (const part of ['Content-Type: text/plain\nStat', 'us: 404 Not Found\n', '\nno']) {
 *   decoder.receive(new TextEncoder().encode(part));
 *   for (let event = decoder.next(); event !== null; event = decoder.next()) {
 *     if (event.kind === 'head') console.log(event.status, event.headers); // 404 [ 'Content-Type', 'text/plain' ]
 *   }
 * }
 * decoder.finish();
 * console.log(decoder.next()); // { kind: 'bodyEnd', missing: 0, surplus: 0 }
 * ```
 */
export class ResponseHeadDecoder {
  private readonly rules: HeadRules;
  private readonly lines: LineReader;
  private fields: HeadReader;
  /** The caller's chunk and how much of it is used. */
  private chunk: Uint8Array = EMPTY;
  private at = 0;
  private state: 'head' | 'body' | 'end' | 'done' = 'head';
  private consumed = 0;
  /** Bytes of the body that the client may still see: Infinity without a Content-Length. */
  private remaining = Infinity;
  private surplus = 0;
  private failure: Error | null = null;

  /** @throws RangeError when a limit is neither a whole number above 0 nor infinite. */
  constructor(options?: ResponseHeadDecoderOptions) {
    this.rules = resolveRules(options);
    this.lines = new LineReader(this.rules);
    this.fields = new HeadReader(this.rules, this.rules.forms);
  }

  /** Bytes of the response handed out so far, surplus included. */
  get offset(): number {
    return this.consumed;
  }

  /**
   * Stores a chunk, by reference: leave its bytes alone until it is drained, which `null` tells.
   *
   * @throws TypeError when `chunk` is not a `Uint8Array`, when the last one is not drained, or after `finish`.
   * @throws ResponseHeadError the one that ended this decoder, if one did.
   */
  receive(chunk: Uint8Array): void {
    this.check();
    this.chunk = plain(chunk);
    this.at = 0;
  }

  /**
   * Ends the input: call it when the application has ended its response. Then call `next` once more, for `bodyEnd`.
   *
   * @throws TypeError when the last chunk is not drained, or when called twice.
   * @throws ResponseHeadError `CGI_TRUNCATED` when there is no blank line: what is there is no response, not even when it
   *   is nothing.
   */
  finish(): void {
    this.check();
    if (this.state === 'head')
      throw this.fail(
        new ResponseHeadError('CGI_TRUNCATED', 'the input ends before the head does', this.lines.position),
      );
    this.state = 'end';
  }

  /**
   * The next event, or `null` when more bytes are needed.
   *
   * @throws ResponseHeadError when there is something wrong with the head: every code but `CGI_TRUNCATED`.
   */
  next(): ResponseHeadEvent | null {
    if (this.failure !== null) throw this.failure;
    switch (this.state) {
      case 'head':
        try {
          return this.head();
        } catch (error) {
          throw this.fail(error);
        }
      case 'body':
        return this.body();
      case 'end':
        this.state = 'done';
        return {
          kind: 'bodyEnd',
          missing: this.remaining < Infinity ? this.remaining : 0,
          surplus: this.surplus,
        };
      case 'done':
        return null;
    }
  }

  private head(): ResponseHeadEvent | null {
    const { chunk, lines } = this;
    for (;;) {
      const start = lines.start;
      const before = lines.position;
      const line = lines.read(chunk, this.at);
      this.at += lines.position - before;
      if (line === null) return null;
      const head = this.fields.line(line, start);
      if (head !== null) return this.event(head);
    }
  }

  private event(head: ResponseHead): ResponseHeadEvent {
    this.consumed = this.lines.position;
    if (head.status < 200 && head.status !== 101) {
      this.fields = new HeadReader(this.rules, head.form); // the next one has the same form
      return { kind: 'interim', ...head };
    }
    this.frame(head);
    return { kind: 'head', ...head };
  }

  /** How much of what follows is the client's. RFC 9112 §6.3. */
  private frame({ status, contentLength }: ResponseHead): void {
    this.state = 'body';
    if (status === 204 || status === 304 || this.rules.method === 'HEAD') this.remaining = 0;
    else if (status !== 101 && contentLength !== null) this.remaining = contentLength;
  }

  private body(): ResponseHeadEvent | null {
    const { chunk, at } = this;
    const left = chunk.length - at;
    const count = Math.min(left, this.remaining);
    if (count > 0) {
      this.remaining -= count;
      this.consumed += count;
      this.at += count;
      return { kind: 'body', data: chunk.subarray(at, this.at) };
    }
    this.surplus += left;
    this.consumed += left;
    this.at = chunk.length;
    return null;
  }

  private check(): void {
    if (this.failure !== null) throw this.failure;
    if (this.at < this.chunk.length || this.state === 'end' || this.state === 'done')
      throw new TypeError('a call before next() gave null, or after finish()');
  }

  /** Makes an error final, whatever it is; returns it, to be thrown. */
  private fail(error: unknown): unknown {
    return (this.failure = error as Error);
  }
}
