import type { Duplex } from 'node:stream';
import type { ASGIExtensions } from '@gatewire/interfaces';
import type { BodyQueue } from './body-queue.js';
import type { Upgrade } from './exchange.js';
import type { SocketResponse } from './socket-response.js';

/** Bytes that a client may send before the handshake is answered, which it should not do at all (RFC 6455 §4.1). */
const EARLY_BYTES = 65_536;

/** What ASGI applications may use beyond the base before they accept. */
export const WEBSOCKET_EXTENSIONS: ASGIExtensions = { 'websocket.http.response': {} };

/** A connection whose client asked for another protocol: holds what comes early until somebody takes the connection. */
export class Tunnel implements Upgrade {
  /** Whether the connection was given away. */
  taken = false;
  private readonly socket: Duplex;
  private readonly response: SocketResponse;
  private readonly body: BodyQueue;
  private early: Buffer[] = [];
  private earlyBytes = 0;
  private bytesOut = 0;

  constructor(socket: Duplex, response: SocketResponse, body: BodyQueue) {
    this.socket = socket;
    this.response = response;
    this.body = body;
  }

  push(chunk: Uint8Array): void {
    if (this.taken) return;
    this.early.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.earlyBytes += chunk.length;
    if (this.earlyBytes > EARLY_BYTES) this.socket.pause();
  }

  take(): { socket: Duplex; early: Buffer } {
    this.taken = true;
    const early = Buffer.concat(this.early);
    this.early = [];
    // While it flows, bytes that are put back would come here again at once, and be lost.
    this.socket.pause();
    return { socket: this.socket, early };
  }

  switched(): void {
    this.response.switch();
  }

  count(bytesIn: number, bytesOut: number): void {
    this.body.received += bytesIn;
    this.bytesOut += bytesOut;
  }

  ended(): void {
    this.response.switchedEnd(this.bytesOut);
  }
}
