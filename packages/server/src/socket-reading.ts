import type { Socket } from 'node:net';
import type { Flow } from './body-queue.js';
import { watchReceiver } from './socket-response.js';

/** Whether a socket is read: not while the reader of a body wants no bytes, nor while the peer takes no replies. */
export class SocketReading implements Flow {
  private readonly socket: Socket;
  private readonly stallMs: number;
  private held = false;
  private congested = false;

  /** `stallMs`: how long the peer may take none of its replies before the connection is closed. */
  constructor(socket: Socket, stallMs: number) {
    this.socket = socket;
    this.stallMs = stallMs;
  }

  /** For the reader of a body: stops the reading. */
  pause(): void {
    this.held = true;
    this.socket.pause();
  }

  /** For the reader of a body: lets it go on. */
  resume(): void {
    this.held = false;
    if (!this.congested) this.socket.resume();
  }

  /** A peer that asks on and on and never reads must not fill the memory: nothing more is read until it has. */
  awaitReceiver(): void {
    if (this.congested) return;
    this.congested = true;
    watchReceiver(this.socket, this.stallMs);
    this.socket.pause();
    this.socket.once('drain', () => {
      this.congested = false;
      if (!this.held) this.socket.resume();
    });
  }
}
