import { ClientGone } from './client.js';

/** The client sends more than the server takes. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Where the bytes come from: something that can stop and go on. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/**
 * A request body between its transport, which pushes, and one reader, which pulls. Holds what one read of the socket
 * gave at most: the flow is paused until the reader has taken it.
 */
export class BodyQueue {
  /** Bytes pushed so far. */
  received = 0;
  /** `performance.now()` of the end; 0 until then, and for no body at all. */
  endedAt = 0;
  private readonly flow: Flow;
  private readonly maxBytes: number;
  private readonly chunks: Uint8Array[] = [];
  private waiting: { resolve: (data: Uint8Array | null) => void; reject: (error: Error) => void } | null =
    null;
  private ended = false;
  private error: Error | null = null;
  private discarding = false;
  private paused = false;
  /** Called when a reader begins to wait for bytes (true) and when it has them (false): the place for a time limit. */
  private readonly onWait: (waiting: boolean) => void;

  /** `maxBytes`: a body of unknown size that passes it fails with {@link BodyTooLarge}. */
  constructor(flow: Flow, maxBytes: number, onWait: (waiting: boolean) => void) {
    this.flow = flow;
    this.maxBytes = maxBytes;
    this.onWait = onWait;
  }

  /** Whether all of the body was pushed. */
  get complete(): boolean {
    return this.ended;
  }

  /** Whether all of the body was pushed and read. */
  get drained(): boolean {
    return this.ended && this.chunks.length === 0;
  }

  push(data: Uint8Array): void {
    this.received += data.length;
    if (this.discarding) return;
    if (this.received > this.maxBytes) {
      this.fail(new BodyTooLarge(`more than ${this.maxBytes} bytes of request body`));
      return;
    }
    if (this.waiting !== null) {
      this.settle()?.resolve(data);
      return;
    }
    this.chunks.push(data);
    this.paused = true;
    this.flow.pause();
  }

  end(): void {
    this.ended = true;
    if (this.received > 0) this.endedAt = performance.now();
    this.settle()?.resolve(null);
    // Nothing more comes that could fill the memory, and a flow that stands does not tell that the client has gone.
    this.resume();
  }

  /** Bytes that were pushed before the failure are still read. */
  fail(error: Error): void {
    this.error ??= error;
    this.settle()?.reject(error);
  }

  /** Nobody will read any more: lets the rest flow, and drops it. */
  discard(): void {
    this.discarding = true;
    this.chunks.length = 0;
    if (this.waiting !== null) this.settle()?.reject(new ClientGone('the response is complete'));
    this.resume();
  }

  /** The next bytes, `null` at the end. One reader at a time: a second `read` before the first is done is an error. */
  read(): Promise<Uint8Array | null> {
    const chunk = this.chunks.shift();
    if (chunk !== undefined) {
      if (this.chunks.length === 0 && !this.ended) this.resume();
      return Promise.resolve(chunk);
    }
    if (this.ended) return Promise.resolve(null);
    if (this.error !== null) return Promise.reject(this.error);
    if (this.discarding) return Promise.reject(new ClientGone('the response is complete'));
    if (this.waiting !== null) return Promise.reject(new TypeError('the request body is being read already'));
    this.onWait(true);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.paused = false;
      this.flow.resume();
    });
  }

  private resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.flow.resume();
  }

  private settle(): { resolve: (data: Uint8Array | null) => void; reject: (error: Error) => void } | null {
    const { waiting } = this;
    if (waiting === null) return null;
    this.waiting = null;
    this.onWait(false);
    return waiting;
  }
}
