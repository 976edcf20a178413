import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { acceptQueueEmptied, QUIET_MS } from './accept-queue.js';
import type { Gateway } from './gateway.js';
import { GatewayConnection } from './gateway-connection.js';
import type { Service } from './service.js';

/** How long a connection that was accepted before the stop may take to send its first byte, in milliseconds. */
export const FIRST_BYTE_MS = 500;

/** How often connections are looked at that may have passed a time limit, in milliseconds. */
const SWEEP_MS = 500;

/** The connections of one gateway protocol at one address. */
export class GatewayListener {
  /** Not listening yet. */
  readonly server: Server;
  private readonly service: Service;
  private readonly gateway: () => Gateway;
  private readonly connections = new Map<Socket, GatewayConnection>();
  /** What is accepted while stopping; null before. */
  private held: Socket[] | null = null;
  private gone = false;
  private sweep: NodeJS.Timeout | undefined;

  constructor(service: Service, gateway: () => Gateway) {
    this.service = service;
    this.gateway = gateway;
    // Half-open: this side closes when the response is sent, without a round through the stream's own end handling.
    const { headerTimeoutMs, bodyTimeoutMs } = service.settings;
    const period = Math.max(10, Math.min(SWEEP_MS, headerTimeoutMs / 4, bodyTimeoutMs / 4));
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket));
    this.server.once('listening', () => {
      this.sweep = setInterval(() => this.checkDeadlines(), period).unref();
    });
  }

  /** Accepts no more; resolves when the connections it has are done. */
  async stop(): Promise<void> {
    const silent = setTimeout(() => this.cutSilent(), FIRST_BYTE_MS);
    for (const connection of this.connections.values()) connection.stop();
    const held: Socket[] = [];
    this.held = held;
    await acceptQueueEmptied(this.server);
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const connection of this.connections.values()) connection.endIdle();
    // Other processes may be emptying the same queue still: an answer would bring the next connection to it.
    await pause(2 * QUIET_MS);
    for (const socket of held) this.beginLate(socket);
    await closed;
    // The last sockets tell that they are closed later than the server does.
    await Promise.all([...this.connections.keys()].map((socket) => once(socket, 'close')));
    clearTimeout(silent);
    clearInterval(this.sweep);
  }

  /** Ends those that are left, at once. */
  cut(): void {
    this.gone = true;
    for (const socket of this.connections.keys()) socket.destroy();
  }

  /** While the queue is emptied connections are held back: an answer would bring the next one. */
  private accept(socket: Socket): void {
    if (this.held === null) {
      this.begin(socket);
      return;
    }
    socket.on('error', () => undefined);
    this.held.push(socket);
  }

  private begin(socket: Socket): GatewayConnection {
    const connection = new GatewayConnection(socket, this.service, this.gateway());
    this.connections.set(socket, connection);
    socket.on('close', () => {
      this.connections.delete(socket);
      connection.closed();
    });
    return connection;
  }

  private beginLate(socket: Socket): void {
    if (this.gone) socket.destroy();
    else if (!socket.destroyed) this.begin(socket).stop();
  }

  private checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.connections.values()) connection.checkDeadline(now);
  }

  private cutSilent(): void {
    for (const [socket, connection] of this.connections) if (connection.silent) socket.destroy();
  }
}
