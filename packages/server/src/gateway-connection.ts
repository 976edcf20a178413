import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { buildEnviron } from '@gatewire/environ';
import { httpScope, websocketScope } from '@gatewire/environ/scope';
import type { ASGIExtensions } from '@gatewire/interfaces';
import { BodyQueue } from './body-queue.js';
import { Client, ClientGone } from './client.js';
import { sendPlain } from './exchange.js';
import type { Gateway, GatewayEvent, GatewayRequest, PeerError } from './gateway.js';
import { peerOf } from './peer.js';
import type { Service } from './service.js';
import { SocketReading } from './socket-reading.js';
import { SocketResponse } from './socket-response.js';
import { Tunnel, WEBSOCKET_EXTENSIONS } from './tunnel.js';
import { PLAIN_FRAMING } from './uwsgi-gateway.js';
import { pairsAskForWebSocket } from './websocket-handshake.js';

/** How long a peer may keep a connection open whose last response is sent, in milliseconds. */
const LINGER_MS = 5000;

/** The same of a connection that was idle when the server stopped: its last response has long been taken. */
const IDLE_LINGER_MS = 500;

const HEAD_AWAITED = 'no complete request';

/** What ASGI applications may use beyond the base: interim responses and trailers pass no web server. */
const HTTP_EXTENSIONS: ASGIExtensions = { 'http.response.pathsend': {} };

/** A request at work. */
interface Work {
  readonly request: GatewayRequest;
  readonly body: BodyQueue;
  readonly response: SocketResponse;
  readonly client: Client;
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
  private readonly reading: SocketReading;
  private readonly works = new Map<number, Work>();
  /** Requests whose application is to be called once the bytes at hand are decoded. */
  private fresh: Work[] = [];
  private acceptedAt = performance.now();
  /** Until when the peer has to take the next step, and which; see {@link checkDeadline}. */
  private deadline = Infinity;
  private awaited = '';
  private limitMs = 0;
  private refused = false;
  private served = false;
  /** Whether more may come of the body of the last request. */
  private bodyDue = false;
  private stopping = false;
  private lingerMs = LINGER_MS;
  /** What takes the bytes instead of the codec, once the client has asked for another protocol. */
  private tunnel: Tunnel | null = null;

  constructor(socket: Socket, service: Service, gateway: Gateway) {
    this.socket = socket;
    this.service = service;
    this.gateway = gateway;
    this.reading = new SocketReading(socket, service.settings.bodyTimeoutMs);
    this.limit(service.settings.headerTimeoutMs, HEAD_AWAITED, this.acceptedAt);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('end', () => this.finish());
    socket.on('error', (error) => this.gone(error.message));
  }

  /** Whether nothing has come yet: then the connection may be closed without loss. */
  get silent(): boolean {
    return this.socket.bytesRead === 0;
  }

  /** Ends the connection when the requests at work are done; {@link endIdle} does it where there are none. */
  stop(): void {
    this.stopping = true;
  }

  /** To be called after {@link stop}, when what the kernel had of a request is read. */
  endIdle(): void {
    if (this.works.size > 0) return;
    this.lingerMs = IDLE_LINGER_MS;
    this.awaitNext();
  }

  /** To be called when the socket is closed. */
  closed(): void {
    this.deadline = Infinity;
    this.gone('the connection was closed');
  }

  /** To be called now and then: one sweep over all connections costs less than a timer for each request. */
  checkDeadline(now: number): void {
    if (now >= this.deadline) this.expire();
  }

  private receive(chunk: Uint8Array): void {
    // What comes now may be a further request.
    if (this.works.size === 0 && this.deadline === Infinity) this.acceptedAt = performance.now();
    if (this.tunnel !== null) {
      this.tunnel.push(chunk);
      return;
    }
    this.guard(() => {
      this.gateway.codec.receive(chunk);
      this.drain();
    });
    this.runFresh();
    if (this.works.size === 0) this.awaitNext();
  }

  /**
   * Between two requests a connection may be idle for ever: it is the web server's, and so it is after a question, or in
   * the rest of a body that nobody wants. The next request, once it has begun, has as long for its head as the first had.
   */
  private awaitNext(): void {
    if (!this.served || this.socket.writableEnded) return;
    if (this.gateway.begun) {
      if (this.deadline === Infinity)
        this.limit(this.service.settings.headerTimeoutMs, HEAD_AWAITED, performance.now());
    } else if (this.stopping) this.leave();
    else this.deadline = Infinity;
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
    // A second end() would make an error for nobody, and cost 10 us.
    if (idle && !this.socket.writableEnded) this.socket.end();
    // An application may hang in its clean-up: it must not keep the descriptor.
    if (!idle) this.limit(this.service.settings.bodyTimeoutMs, '', performance.now());
  }

  private drain(): void {
    const { codec } = this.gateway;
    for (let event = codec.next(); event !== null; event = codec.next()) this.handle(event);
    const replies = this.gateway.takeReplies();
    // Behind our end nothing can be answered any more.
    if (this.socket.writableEnded) return;
    for (const reply of replies) if (!this.socket.write(reply)) this.reading.awaitReceiver();
    if (replies.length > 0 && this.works.size === 0 && this.gateway.shouldClose) this.linger();
  }

  private handle(event: GatewayEvent): void {
    switch (event.kind) {
      case 'request':
        if (!this.socket.writableEnded) this.begin(event);
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
    this.deadline = Infinity;
    const { maxBodyBytes, bodyTimeoutMs } = this.service.settings;
    const body = new BodyQueue(this.reading, maxBodyBytes, (waiting) => {
      this.deadline = Infinity;
      if (waiting) this.limit(bodyTimeoutMs, 'the request body made no progress', performance.now());
    });
    const response = new SocketResponse(this.socket, this.gateway.framing(request), bodyTimeoutMs);
    const work = { request, body, response, client: new Client() };
    this.works.set(request.requestId, work);
    this.fresh.push(work);
    const { behind } = this.gateway;
    if (behind === null || !this.isUpgrade(request)) return;
    this.tunnel = new Tunnel(this.socket, response, body);
    // No client may send frames before the handshake is answered (RFC 6455 §4.1), but nothing is lost in silence.
    this.tunnel.push(behind());
  }

  /**
   * Calls the application, when all that the bytes at hand say of the request is known: a response that is there at once
   * then finds the body complete, and the connection can be closed behind it.
   */
  private runFresh(): void {
    if (this.fresh.length === 0) return;
    const { fresh } = this;
    this.fresh = [];
    for (const work of fresh) this.run(work);
  }

  private run(work: Work): void {
    const { request, body, response, client } = work;
    const { pairs, requestId, contentLength } = request;
    const { rootPath } = this.service.settings;
    const path = rootPath === undefined ? {} : { scriptName: rootPath };
    const scope = this.tunnel === null ? httpScope : websocketScope;
    const extensions = this.tunnel === null ? HTTP_EXTENSIONS : WEBSOCKET_EXTENSIONS;
    const handled = this.service.handle({
      protocol: this.gateway.protocol,
      acceptedAt: this.acceptedAt,
      requestedAt: performance.now(),
      environ: () => buildEnviron(pairs, path),
      scope: () => scope(pairs, { ...path, extensions }),
      contentLength,
      body,
      client,
      response,
      upgrade: this.tunnel,
    });
    if (handled === undefined) this.done(requestId, work);
    else void handled.then(() => this.done(requestId, work));
  }

  /** Whether the client asks for a WebSocket, and the application may want it. */
  private isUpgrade({ pairs, contentLength }: GatewayRequest): boolean {
    return this.service.webSockets && contentLength === 0 && pairsAskForWebSocket(pairs);
  }

  /** The response is sent or given up. What still comes of its body is dropped. */
  private done(requestId: number, work: Work): void {
    work.body.discard();
    // Its application may go on, and has nobody to answer.
    if (work.client.gone !== null) work.response.cut();
    if (this.works.get(requestId) === work) this.works.delete(requestId);
    if (this.works.size > 0 || this.socket.destroyed) return;
    this.served = true;
    this.bodyDue = !work.body.complete;
    if (this.gateway.shouldClose) this.leave();
    else this.awaitNext();
  }

  /**
   * Closes the connection after its last response. Where nothing more can come of the request and all of the response is the
   * kernel's, closing loses nothing, not even where the peer sends a further request at this moment: it has the response
   * then. It saves the shutdown, the peer's end of stream and a turn for it, 8 us of a request's 60, and a peer that looks
   * after its idle connections only when it needs one, as Apache does, would let us wait.
   */
  private leave(): void {
    if (!this.bodyDue && this.socket.writableLength === 0) this.socket.destroy();
    else this.linger();
  }

  /** Ends this side, and awaits the peer's close once it has everything. */
  private linger(): void {
    this.socket.end();
    const awaitClose = (): void => this.limit(this.lingerMs, '', performance.now());
    // Until then the response has a limit of its own, which is that it moves.
    this.deadline = Infinity;
    if (this.socket.writableLength === 0) awaitClose();
    else this.socket.once('finish', awaitClose);
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
    const details = { protocol, peer, code, offset };
    this.service.settings.log({ level: 'warning', event: 'peer_error', message: text, ...details });
    const status = this.works.size > 0 ? null : this.gateway.answerTo(error);
    this.gone(message);
    if (status === null) {
      this.socket.destroy();
      return;
    }
    const response = new SocketResponse(this.socket, PLAIN_FRAMING, LINGER_MS);
    sendPlain(response, 'GET', status, STATUS_CODES[status] ?? '', message);
    this.linger();
  }

  /** Nobody waits for the responses any more. */
  private gone(reason: string): void {
    if (this.works.size === 0 || this.tunnel?.taken === true) return;
    for (const work of this.works.values()) this.fail(work, reason);
  }

  private fail(work: Work | undefined, reason: string): void {
    if (work === undefined || work.response.endAt > 0 || work.client.gone !== null) return;
    const error = new ClientGone(reason);
    work.body.fail(error);
    work.response.fail(error);
    work.client.leave(error);
  }

  /** Gives the peer `ms` from `now` on for the next step. */
  private limit(ms: number, awaited: string, now: number): void {
    this.deadline = now + ms;
    this.limitMs = ms;
    this.awaited = awaited;
  }

  private expire(): void {
    if (this.awaited !== '') {
      const { protocol } = this.gateway;
      const peer = peerOf(this.socket);
      const message = `closed a ${protocol} connection from ${peer}: ${this.awaited} within ${this.limitMs / 1000} s`;
      this.service.settings.log({ level: 'warning', event: 'timeout', message, protocol, peer });
    }
    this.socket.destroy();
  }
}
