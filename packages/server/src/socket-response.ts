import type { Socket } from 'node:net';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { ClientGone } from './body-queue.js';
import type { SentResponse } from './service.js';

/** Up to here, head and body are joined to one write; a copy of this size costs less than a second buffer to the kernel. */
const JOIN_BYTES = 16_384;

/**
 * A response as HTTP text on a socket of its own, its end told by closing: what uwsgi is answered with. No chunking,
 * which nginx and Apache would pass on as body text.
 */
export class SocketResponse implements SentResponse {
  status = 0;
  bytesOut = 0;
  headAt = 0;
  endAt = 0;
  private readonly socket: Socket;
  private readonly stallMs: number;
  private pendingHead: Uint8Array | null = null;
  private waiting: { resolve: () => void; reject: (error: Error) => void } | null = null;
  private stall: NodeJS.Timeout | undefined;
  private gone: ClientGone | null = null;

  /** `stallMs`: how long the receiver may take nothing at all while bytes wait for it. */
  constructor(socket: Socket, stallMs: number) {
    this.socket = socket;
    this.stallMs = stallMs;
    socket.on('drain', () => this.settle()?.resolve());
  }

  head(status: number, reason: string, headers: readonly string[]): void {
    this.pendingHead = encodeResponseHead(status, headers, { form: 'http', reason });
    this.status = status;
    this.headAt = performance.now();
  }

  write(data: Uint8Array): Promise<void> | undefined {
    if (this.gone !== null) return Promise.reject(this.gone);
    this.bytesOut += data.length;
    if (this.send(data)) return undefined;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.watch(this.socket.writableLength);
    });
  }

  end(data?: Uint8Array): void {
    if (this.gone !== null) throw this.gone;
    this.endAt = performance.now();
    this.bytesOut += data?.length ?? 0;
    const head = this.pendingHead;
    if (head !== null && (data === undefined || data.length <= JOIN_BYTES)) {
      this.pendingHead = null;
      this.socket.end(data === undefined ? head : Buffer.concat([head, data]));
      return;
    }
    if (data !== undefined) this.send(data);
    this.socket.end();
  }

  cut(): void {
    // A reset is the only end that nginx does not take for the end of the body. Unix sockets have none, and one whose
    // end is on its way takes none: the call fails, and the descriptor stays open.
    if (this.socket.remoteAddress === undefined || this.socket.writableEnded) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** Nobody reads any more. */
  fail(error: ClientGone): void {
    this.gone ??= error;
    this.settle()?.reject(error);
  }

  private send(data: Uint8Array): boolean {
    if (this.pendingHead === null) return this.socket.write(data);
    this.socket.cork();
    this.socket.write(this.pendingHead);
    this.pendingHead = null;
    const more = this.socket.write(data);
    this.socket.uncork();
    return more;
  }

  /** Looks again after `stallMs` whether the receiver has taken anything of what waited. */
  private watch(waited: number): void {
    this.stall = setTimeout(() => {
      const waits = this.socket.writableLength;
      if (waits < waited) this.watch(waits);
      else this.socket.destroy(new ClientGone(`the response made no progress for ${this.stallMs / 1000} s`));
    }, this.stallMs);
  }

  private settle(): { resolve: () => void; reject: (error: Error) => void } | null {
    const { waiting } = this;
    clearTimeout(this.stall);
    this.waiting = null;
    return waiting;
  }
}
