import type { Writable } from 'node:stream';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { ClientGone } from './client.js';
import type { Framing } from './gateway.js';
import type { SentResponse } from './service.js';

/** Up to here, what goes out together is joined: a copy of this size costs less than more buffers to the kernel. */
const JOIN_BYTES = 16_384;

/** A sender that waits for the receiver, since `performance.now()` was so. */
export interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly since: number;
}

/** What of a socket matters here, so that standard output will do. */
export interface Connection extends Writable {
  readonly remoteAddress?: string | undefined;
  resetAndDestroy?(): unknown;
  destroySoon?(): void;
  setTimeout?(ms: number): unknown;
}

/** A response on a connection of a gateway protocol. */
export class SocketResponse implements SentResponse {
  status = 0;
  bytesOut = 0;
  headAt = 0;
  endAt = 0;
  blockedMs = 0;
  readonly earlyHints = null;
  readonly trailers = null;
  private readonly socket: Connection;
  private readonly framing: Framing;
  private readonly stallMs: number;
  private pendingHead: Uint8Array | null = null;
  private waiting: Waiting | null = null;
  private gone: ClientGone | null = null;
  private isCut = false;

  /** `stallMs`: how long the receiver may take nothing at all while bytes wait for it. */
  constructor(socket: Connection, framing: Framing, stallMs: number) {
    this.socket = socket;
    this.framing = framing;
    this.stallMs = stallMs;
  }

  head(status: number, reason: string, headers: readonly string[]): void {
    this.pendingHead = encodeResponseHead(status, headers, { form: this.framing.form, reason });
    this.status = status;
    this.headAt = performance.now();
  }

  write(data: Uint8Array): Promise<void> | undefined {
    if (this.gone !== null) return Promise.reject(this.gone);
    this.bytesOut += data.length;
    if (this.send(this.framed(data))) return undefined;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject, since: performance.now() };
      this.socket.once('drain', () => this.settle()?.resolve());
    });
  }

  end(data?: Uint8Array): void {
    if (this.gone !== null) throw this.gone;
    this.endAt = performance.now();
    this.bytesOut += data?.length ?? 0;
    this.send([...this.framed(data), ...this.framing.end()]);
  }

  cut(): void {
    if (this.endAt > 0 || this.isCut || this.socket.destroyed) return;
    this.isCut = true;
    const answer = this.gone === null ? null : this.framing.abort();
    if (answer !== null) {
      this.send(answer);
      return;
    }
    // A reset is the only end that nginx does not take for the end of the body. Unix sockets have none, and one whose
    // end is on its way takes none: the call fails, and the descriptor stays open.
    if (this.socket.remoteAddress !== undefined && !this.socket.writableEnded)
      this.socket.resetAndDestroy?.();
    else {
      this.send(this.framing.spoil());
      this.socket.destroySoon?.();
    }
  }

  /** The connection is another protocol's from here on. */
  switch(): void {
    this.status = 101;
    this.headAt = performance.now();
  }

  /** The other protocol ended as it should. */
  switchedEnd(bytes: number): void {
    this.bytesOut = bytes;
    this.endAt = performance.now();
  }

  /** Nobody reads any more. */
  fail(error: ClientGone): void {
    this.gone ??= error;
    this.settle()?.reject(error);
  }

  /** The head, if it is still to go, and a piece of the body. */
  private framed(data?: Uint8Array): Uint8Array[] {
    const head = this.pendingHead === null ? [] : this.framing.data(this.pendingHead);
    this.pendingHead = null;
    return data === undefined || data.length === 0 ? head : [...head, ...this.framing.data(data)];
  }

  /** Hands bytes to the kernel in one call. What it does not take at once is watched. */
  private send(chunks: Uint8Array[]): boolean {
    const taken = this.pass(chunks);
    if (this.socket.writableLength > 0) watchReceiver(this.socket, this.stallMs);
    return taken;
  }

  private pass(chunks: Uint8Array[]): boolean {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (bytes === 0) return true;
    if (chunks.length === 1) return this.socket.write(chunks[0]);
    if (bytes <= JOIN_BYTES) return this.socket.write(Buffer.concat(chunks, bytes));
    this.socket.cork();
    for (const chunk of chunks) this.socket.write(chunk);
    this.socket.uncork();
    return !this.socket.writableNeedDrain;
  }

  private settle(): Waiting | null {
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) this.blockedMs += performance.now() - waiting.since;
    return waiting;
  }
}

/**
 * Gives a connection up when its receiver takes nothing at all for `ms` of what waits for it. The socket's own timeout sees
 * the bytes of one large piece leave; `writableLength` counts that piece until all of it has left.
 */
export function watchReceiver(socket: Connection, ms: number): void {
  if (ms === Infinity || socket.setTimeout === undefined) return;
  socket.off('timeout', onTimeout);
  socket.on('timeout', onTimeout);
  socket.setTimeout(ms);
}

/** The timeout outlives what it was set for: it means something only while bytes wait. */
function onTimeout(this: Connection & { readonly timeout?: number }): void {
  const { timeout = 0 } = this;
  if (this.writableLength > 0)
    this.destroy(new ClientGone(`the response made no progress for ${timeout / 1000} s`));
}
