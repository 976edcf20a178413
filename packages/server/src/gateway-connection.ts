import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { buildEnviron } from '@gatewire/environ';
import { httpScope, websocketScope } from '@gatewire/environ/scope';
import type { ASGIExtensions } from '@gatewire/interfaces';
import { BodyQueue, ClientGone } from './body-queue.js';
import { sendPlain } from './exchange.js';
import type { Gateway, GatewayEvent, GatewayRequest, PeerError } from './gateway.js';
import type { Service } from './service.js';
import { SocketResponse } from './socket-response.js';
import { Tunnel, WEBSOCKET_EXTENSIONS } from './tunnel.js';
import { PLAIN_FRAMING } from './uwsgi-gateway.js';
import { asksForWebSocket } from './websocket-handshake.js';

/** How long a peer may keep a connection open whose last response is sent, in milliseconds. */
const LINGER_MS = 5000;

/** What ASGI applications may use beyond the base: interim responses and trailers pass no web server. */
const HTTP_EXTENSIONS: ASGIExtensions = { 'http.response.pathsend': {} };

/** A request at work. */
interface Work {
  readonly body: BodyQueue;
  readonly response: SocketResponse;
  readonly abort: AbortController;
}

/**
 * One connection of a gateway protocol: bytes go from the socket into the codec, its events to the application.
 *
 * The socket is read only while somebody wants the body, and is read to the end after the last response: closing with
 * unread bytes would reset the connection and could destroy the response on its way.
 */
export class GatewayConnection {
  private readonly socket: Socket;
  private readonly service: Service;
  private readonly gateway: Gateway;
  private readonly works = new Map<number, Work>();
  private acceptedAt = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private refused = false;
  private served = false;
  private stopping = false;
  /** What takes the bytes instead of the codec, once the client has asked for another protocol. */
  private tunnel: Tunnel | null = null;

  constructor(socket: Socket, service: Service, gateway: Gateway) {
    this.socket = socket;
    this.service = service;
    this.gateway = gateway;
    this.limit(service.settings.headerTimeoutMs, 'no complete request');
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('end', () => this.finish());
    socket.on('drain', () => this.drained());
    socket.on('error', (error) => this.gone(error.message));
    socket.on('close', () => this.close());
  }

  /** Whether nothing has come yet: then the connection may be closed without loss. */
  get silent(): boolean {
    return this.socket.bytesRead === 0;
  }

  /** Takes no further request: ends the connection when the ones at work are done, at once between two requests. */
  stop(): void {
    this.stopping = true;
    if (this.served && this.works.size === 0) this.linger();
  }

  private receive(chunk: Uint8Array): void {
    // The first bytes of a further request: it has as long as the first one had.
    if (this.works.size === 0 && this.timer === undefined) {
      this.limit(this.service.settings.headerTimeoutMs, 'no complete request');
    }
    if (this.tunnel !== null) {
      this.tunnel.push(chunk);
      return;
    }
    this.guard(() => {
      this.gateway.codec.receive(chunk);
      this.drain();
    });
  }

  /** The peer sends no more. Before a response is complete that means that it has gone: web servers never half-close. */
  private finish(): void {
    if (this.tunnel?.taken === true) return;
    this.guard(() => {
      this.gateway.codec.finish();
      this.drain();
    });
    const idle = this.works.size === 0;
    this.gone('the web server closed the connection');
    if (idle) this.socket.end();
  }

  private close(): void {
    clearTimeout(this.timer);
    this.gone('the connection was closed');
  }

  private drain(): void {
    const { codec } = this.gateway;
    for (let event = codec.next(); event !== null; event = codec.next()) this.handle(event);
    for (const reply of this.gateway.takeReplies()) this.socket.write(reply);
  }

  private handle(event: GatewayEvent): void {
    switch (event.kind) {
      case 'request':
        this.begin(event);
        break;
      case 'body':
        this.works.get(event.requestId)?.body.push(event.data);
        break;
      case 'bodyEnd':
        this.works.get(event.requestId)?.body.end();
        break;
      case 'abort':
        this.fail(this.works.get(event.requestId), 'the request was aborted');
        break;
    }
  }

  private begin(request: GatewayRequest): void {
    this.limit(0, '');
    const { settings } = this.service;
    const body = new BodyQueue(this.socket, settings.maxBodyBytes, (waiting) =>
      this.limit(waiting ? settings.bodyTimeoutMs : 0, 'the request body made no progress'),
    );
    const response = new SocketResponse(this.socket, this.gateway.framing(request), settings.bodyTimeoutMs);
    const abort = new AbortController();
    const work = { body, response, abort };
    this.works.set(request.requestId, work);
    const { rootPath } = settings;
    const path = rootPath === undefined ? {} : { scriptName: rootPath };
    const { pairs } = request;
    this.tunnel = this.isUpgrade(pairs) ? new Tunnel(this.socket, response, body) : null;
    const scope = this.tunnel === null ? httpScope : websocketScope;
    const extensions = this.tunnel === null ? HTTP_EXTENSIONS : WEBSOCKET_EXTENSIONS;
    const handled = this.service.handle({
      protocol: this.gateway.protocol,
      acceptedAt: this.acceptedAt,
      requestedAt: performance.now(),
      environ: () => buildEnviron(pairs, path),
      scope: () => scope(pairs, { ...path, extensions }),
      contentLength: request.contentLength,
      body,
      signal: abort.signal,
      response,
      upgrade: this.tunnel,
    });
    void handled.then(() => this.done(request.requestId, work));
  }

  /** Whether the client asks for a WebSocket, the protocol can carry it and the application may want it. */
  private isUpgrade(pairs: readonly string[]): boolean {
    if (!this.gateway.tunnels || !this.service.webSockets) return false;
    const value = (name: string): string => {
      for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1];
      return '';
    };
    const upgrade = value('HTTP_UPGRADE');
    return upgrade !== '' && asksForWebSocket(value('REQUEST_METHOD'), upgrade, value('HTTP_CONNECTION'));
  }

  /** The response is sent or given up. What still comes of its body is dropped. */
  private done(requestId: number, work: Work): void {
    work.body.discard();
    if (this.works.get(requestId) === work) this.works.delete(requestId);
    if (this.works.size > 0 || this.socket.destroyed) return;
    this.acceptedAt = performance.now();
    this.served = true;
    if (this.gateway.shouldClose || this.stopping) this.linger();
  }

  /** Ends this side, and awaits the peer's close. */
  private linger(): void {
    this.socket.end();
    this.limit(LINGER_MS, '');
  }

  private guard(step: () => void): void {
    if (this.refused) return;
    try {
      step();
    } catch (error) {
      const peerError = this.gateway.peerError(error);
      if (peerError === null) throw error;
      this.refuse(peerError);
    }
  }

  private refuse(error: PeerError): void {
    this.refused = true;
    const { code, offset, message } = error;
    const { protocol } = this.gateway;
    const peer = peerOf(this.socket);
    const text = `closed a ${protocol} connection from ${peer}: ${message}`;
    this.service.settings.log({
      level: 'warning',
      event: 'peer_error',
      message: text,
      protocol,
      peer,
      code,
      offset,
    });
    const status = this.works.size > 0 ? null : this.gateway.answerTo(error);
    this.gone(message);
    if (status === null) {
      this.socket.destroy();
      return;
    }
    sendPlain(
      new SocketResponse(this.socket, PLAIN_FRAMING, LINGER_MS),
      'GET',
      status,
      STATUS_CODES[status] ?? '',
      message,
    );
    this.linger();
  }

  private drained(): void {
    for (const { response } of this.works.values()) response.drained();
  }

  /** Nobody waits for the responses any more. */
  private gone(reason: string): void {
    if (this.tunnel?.taken === true) return;
    for (const work of this.works.values()) this.fail(work, reason);
  }

  private fail(work: Work | undefined, reason: string): void {
    if (work === undefined || work.response.endAt > 0 || work.abort.signal.aborted) return;
    const error = new ClientGone(reason);
    work.body.fail(error);
    work.response.fail(error);
    work.abort.abort(error);
  }

  /** Gives the peer `ms` for the next step; 0 takes the limit away. */
  private limit(ms: number, what: string): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (ms > 0 && ms < Infinity) this.timer = setTimeout(() => this.expire(ms, what), ms);
  }

  private expire(ms: number, what: string): void {
    if (what !== '') {
      const { protocol } = this.gateway;
      const peer = peerOf(this.socket);
      const message = `closed a ${protocol} connection from ${peer}: ${what} within ${ms / 1000} s`;
      this.service.settings.log({ level: 'warning', event: 'timeout', message, protocol, peer });
    }
    this.socket.destroy();
  }
}

function peerOf(socket: Socket): string {
  return socket.remoteAddress === undefined
    ? 'a unix socket'
    : `${socket.remoteAddress}:${socket.remotePort}`;
}
