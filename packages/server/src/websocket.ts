import type { IncomingMessage } from 'node:http';
import type { Environ } from '@gatewire/environ';
import type { ASGIReceiveEvent } from '@gatewire/interfaces';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { ClientGone } from './client.js';
import type { Upgrade } from './exchange.js';

/** Largest message in bytes, as uvicorn's. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;
/** From here on a sender waits until the kernel has taken what it sent. */
const HIGH_WATER_BYTES = 65_536;
/** A peer that answers no ping for so long is gone. */
const PING_MS = 20_000;

/** What the application accepted the handshake with. */
export interface Accept {
  readonly environ: Environ;
  readonly subprotocol: string | null;
  readonly fields: readonly (readonly [string, string])[];
}

/** An open WebSocket: messages that wait for the application, and those that wait for the peer. */
export class Socket {
  private readonly upgrade: Upgrade;
  private readonly onOver: () => void;
  private readonly ws: WebSocket;
  /** Messages that nobody has received yet. The socket is paused while there are any. */
  private readonly inbox: ASGIReceiveEvent[] = [];
  private waiting: ((event: ASGIReceiveEvent) => void) | null = null;
  private disconnect: ASGIReceiveEvent | null = null;
  private answering = true;
  private timer: NodeJS.Timeout | undefined;
  private ownCode: number | null = null;

  constructor(upgrade: Upgrade, accept: Accept, stopping: AbortSignal, onOver: () => void) {
    this.upgrade = upgrade;
    this.onOver = onOver;
    this.ws = handshake(upgrade, accept);
    upgrade.switched();
    this.ws.on('message', (data: RawData, isBinary: boolean) => this.message(data as Buffer, isBinary));
    this.ws.on('pong', () => {
      this.answering = true;
    });
    // What goes wrong is told by the close that follows.
    this.ws.on('error', () => undefined);
    this.ws.on('close', (code, reason) => this.closed(code, reason.toString()));
    this.timer = setInterval(() => this.ping(), PING_MS);
    const stop = (): void => this.close(1012, '');
    if (stopping.aborted) stop();
    else {
      stopping.addEventListener('abort', stop, { once: true });
      this.ws.once('close', () => stopping.removeEventListener('abort', stop));
    }
  }

  /** Whether nothing can be sent any more. */
  get gone(): boolean {
    return this.disconnect !== null;
  }

  /** The next message, or the end; the end again on every later call. */
  receive(): Promise<ASGIReceiveEvent> {
    const event = this.inbox.shift();
    if (event !== undefined) {
      if (this.inbox.length === 0 && this.disconnect === null) this.ws.resume();
      return Promise.resolve(event);
    }
    if (this.disconnect !== null) return Promise.resolve(this.disconnect);
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  /** Sends a message. A promise when the peer is slow. */
  send(data: string | Uint8Array): Promise<void> | undefined {
    if (this.ws.readyState !== this.ws.OPEN) return Promise.reject(new ClientGone('the WebSocket is closed'));
    this.upgrade.count(0, typeof data === 'string' ? Buffer.byteLength(data) : data.length);
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null): void => {
        if (error) reject(new ClientGone(error.message));
        else resolve();
      };
      this.ws.send(data, { binary: typeof data !== 'string' }, done);
      if (this.ws.bufferedAmount < HIGH_WATER_BYTES) resolve();
    });
  }

  /** Begins the closing handshake. */
  close(code: number, reason: string): void {
    this.ownCode ??= code;
    // A message that waits would hold back the answer to the close.
    this.ws.resume();
    this.ws.close(code, reason);
  }

  private message(data: Buffer, isBinary: boolean): void {
    this.upgrade.count(data.length, 0);
    const event: ASGIReceiveEvent = isBinary
      ? { type: 'websocket.receive', bytes: data }
      : { type: 'websocket.receive', text: data.toString() };
    if (this.waiting !== null) this.deliver(event);
    else if (this.ownCode === null) {
      this.inbox.push(event);
      this.ws.pause();
    }
  }

  private closed(code: number, reason: string): void {
    clearInterval(this.timer);
    if (code !== 1006) this.upgrade.ended();
    const seen = this.ownCode ?? code;
    this.disconnect = {
      type: 'websocket.disconnect',
      code: seen,
      reason: this.ownCode === null ? reason : '',
    };
    if (this.waiting !== null) this.deliver(this.disconnect);
    this.onOver();
  }

  private deliver(event: ASGIReceiveEvent): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.(event);
  }

  private ping(): void {
    // A paused socket reads no pong.
    if (!this.answering && !this.ws.isPaused) this.ws.terminate();
    this.answering = false;
    this.ws.ping();
  }
}

/** What an accept says, for the callbacks of `ws`. */
const accepts = new WeakMap<IncomingMessage, Accept>();

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: MAX_MESSAGE_BYTES,
  handleProtocols: (_, request) => accepts.get(request)?.subprotocol ?? false,
});
server.on('headers', (lines, request) => {
  for (const [name, value] of accepts.get(request)?.fields ?? []) lines.push(`${name}: ${value}`);
});

/** Answers the handshake, which was checked before, and takes the connection over. */
function handshake(upgrade: Upgrade, accept: Accept): WebSocket {
  const { environ } = accept;
  const headers: Record<string, string | undefined> = {
    upgrade: 'websocket',
    'sec-websocket-key': environ['HTTP_SEC_WEBSOCKET_KEY'],
    'sec-websocket-version': environ['HTTP_SEC_WEBSOCKET_VERSION'],
    'sec-websocket-protocol': environ['HTTP_SEC_WEBSOCKET_PROTOCOL'],
  };
  // All that `ws` reads of a request. Over uwsgi there is no IncomingMessage.
  const request = { method: 'GET', headers } as unknown as IncomingMessage;
  accepts.set(request, accept);
  const { socket, early } = upgrade.take();
  const opened: WebSocket[] = [];
  // Calls back before it returns, or not at all when the connection is gone.
  server.handleUpgrade(request, socket, early, (ws) => opened.push(ws));
  socket.resume();
  const [ws] = opened as [WebSocket | undefined];
  if (ws === undefined) throw new ClientGone('the connection closed during the handshake');
  return ws;
}
