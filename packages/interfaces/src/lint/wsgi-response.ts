import type { StartResponse, WriteCallable } from '../wsgi.js';
import { isBodyless, isBytes, isThenable, show } from './values.js';
import type { LintCall, Report } from './violation.js';
import { checkHead } from './wsgi-head.js';
import type { Head } from './wsgi-head.js';

/** The response of one call under watch: start_response(), write(), and the count of what was sent. */
export class WatchedResponse {
  private readonly call: LintCall;
  private readonly report: Report;
  private readonly method: unknown;
  private readonly inner: StartResponse;
  private head: Head | null = null;
  private bytes = 0;
  private returned = false;
  /** Writes that nobody has waited for yet. */
  private pending = 0;
  /** Whether start_response() threw, having had excInfo: no step may succeed after that. */
  private raised = false;

  constructor(call: LintCall, method: unknown, inner: StartResponse) {
    this.call = call;
    this.report = call.report;
    this.method = method;
    this.inner = inner;
  }

  readonly start: StartResponse = (...args) => {
    const again = args[2] !== undefined && args[2] !== null;
    const { head } = this;
    const first = head === null;
    // Stored before it is checked: a first call that fails counts as a call.
    this.head ??= { status: 0, contentLength: null, sound: false };
    if (!first && !again) this.report('A12', 'start_response() is called again without excInfo', args);
    this.head = checkHead(args, this.report);
    const held = this.bytes === 0 && head?.contentLength !== 0;
    const write = this.forward(args, again && !first, held);
    if (typeof write === 'function') return this.watchWrite(write);
    this.report('J5', `start_response() returned ${show(write)}, expected a function`, write);
    return write;
  };

  private forward(args: Parameters<StartResponse>, replaces: boolean, held: boolean): WriteCallable {
    try {
      const write = this.inner(...args);
      if (replaces && this.bytes > 0)
        this.report(
          'S5',
          `start_response() with excInfo did not throw after ${this.bytes} bytes of body`,
          args[2],
        );
      return write;
    } catch (error) {
      this.raised = replaces && !held;
      if (replaces && held && this.head?.sound === true)
        this.report('S3', 'start_response() with excInfo threw before the first byte of body', error);
      throw error;
    }
  }

  private watchWrite(write: WriteCallable): WriteCallable {
    return (data) => {
      if (!isBytes(data)) this.report('A14', `write() gets ${show(data)}, expected a Uint8Array`, data);
      else if (this.returned)
        this.report('A14', 'write() is called after the application has returned', data);
      else this.count(data);
      const written = write(data);
      if (!isThenable(written))
        this.report('J5', `write() returned ${show(written)}, expected a promise`, written);
      else this.await(written);
      return written;
    };
  }

  private await(written: Promise<void>): void {
    this.pending++;
    const done = (): void => {
      this.pending--;
    };
    written.then(done, done);
  }

  /** The application has returned. */
  end(): void {
    this.returned = true;
    if (this.pending > 0) this.report('J4', `${this.pending} calls of write() are not awaited`, this.pending);
    this.passed();
  }

  /** A step of the application went well: it may not have swallowed what was thrown into it. */
  passed(): void {
    if (this.raised) this.report('A13', 'what start_response() threw was caught', undefined);
    this.raised = false;
    this.call.settle();
  }

  /** A piece of the body. */
  piece(data: unknown): void {
    if (isBytes(data)) this.count(data);
    else this.report('A10', `a piece of the body is ${show(data)}, expected a Uint8Array`, data);
  }

  private count({ length }: Uint8Array): void {
    if (length === 0) return;
    const before = this.bytes;
    this.bytes += length;
    if (this.head === null) {
      if (before === 0) this.report('A3', 'the body has bytes before start_response()', undefined);
      return;
    }
    const { status, contentLength } = this.head;
    if (isBodyless(this.method, status)) {
      if (before === 0)
        this.report('J3', `there is a body with ${this.method === 'HEAD' ? 'HEAD' : status}`, length);
    } else if (contentLength !== null && before <= contentLength && this.bytes > contentLength)
      this.report('J2', `the body passes Content-Length, which is ${contentLength}`, this.bytes);
  }

  /** The body is exhausted. */
  complete(): void {
    if (this.head === null) {
      if (this.bytes === 0) this.report('A3', 'the body ends without start_response()', undefined);
      return;
    }
    const { status, contentLength } = this.head;
    if (contentLength !== null && this.bytes < contentLength && !isBodyless(this.method, status))
      this.report('J2', `the body has ${this.bytes} bytes, Content-Length is ${contentLength}`, this.bytes);
  }
}
