import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { buildEnviron } from '@gatewire/environ';
import { UwsgiApplication, UwsgiProtocolError } from '@gatewire/uwsgi';
import type { UwsgiRequestEvent } from '@gatewire/uwsgi';
import { BodyQueue, ClientGone } from './body-queue.js';
import { sendPlain } from './exchange.js';
import type { Service } from './service.js';
import { SocketResponse } from './socket-response.js';

/** How long a peer may keep a connection open whose response is sent, in milliseconds. */
const LINGER_MS = 5000;

type Request = Extract<UwsgiRequestEvent, { kind: 'request' }>;

/**
 * One uwsgi connection: one request, its response as HTTP text, close.
 *
 * Bytes go from the socket into the codec and its events to the application. The socket is read only while somebody
 * wants the body, and is read to the end after the response: closing with unread bytes would reset the connection and
 * could destroy the response on its way.
 */
export class UwsgiConnection {
  private readonly socket: Socket;
  private readonly service: Service;
  private readonly application = new UwsgiApplication();
  private readonly acceptedAt = performance.now();
  private readonly abort = new AbortController();
  private readonly body: BodyQueue;
  private readonly response: SocketResponse;
  private timer: NodeJS.Timeout | undefined;
  private started = false;
  private refused = false;

  constructor(socket: Socket, service: Service) {
    const { headerTimeoutMs, bodyTimeoutMs } = service.settings;
    this.socket = socket;
    this.service = service;
    this.body = new BodyQueue(socket, (waiting) =>
      this.limit(waiting ? bodyTimeoutMs : 0, 'the request body made no progress'),
    );
    this.response = new SocketResponse(socket, bodyTimeoutMs);
    this.limit(headerTimeoutMs, 'no complete request');
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('end', () => this.finish());
    socket.on('error', (error) => this.gone(error.message));
    socket.on('close', () => this.gone('the connection was closed'));
  }

  /** Whether a request has come: if not, the connection may be closed without loss. */
  get busy(): boolean {
    return this.started || this.socket.bytesRead > 0;
  }

  private receive(chunk: Uint8Array): void {
    this.guard(() => {
      this.application.receive(chunk);
      this.drain();
    });
  }

  /** The peer sends no more. Before the response is complete that means that it has gone: web servers never half-close. */
  private finish(): void {
    this.guard(() => {
      this.application.finish();
      this.drain();
    });
    this.gone('the web server closed the connection');
    if (!this.started) this.socket.end();
  }

  private drain(): void {
    for (let event = this.application.next(); event !== null; event = this.application.next())
      this.handle(event);
  }

  private handle(event: UwsgiRequestEvent): void {
    switch (event.kind) {
      case 'request':
        this.begin(event);
        break;
      case 'body':
        this.body.push(event.data);
        break;
      case 'bodyEnd':
        this.body.end();
        break;
      case 'abort':
        this.gone('the request body ended early');
        break;
    }
  }

  private begin(request: Request): void {
    this.limit(0, '');
    this.started = true;
    const { rootPath } = this.service.settings;
    const options = rootPath === undefined ? {} : { scriptName: rootPath };
    const { acceptedAt, body, response, abort } = this;
    const handled = this.service.handle({
      protocol: 'uwsgi',
      acceptedAt,
      requestedAt: performance.now(),
      environ: () => buildEnviron(request.pairs, options),
      contentLength: request.contentLength,
      body,
      signal: abort.signal,
      response,
    });
    void handled.then(() => this.linger());
  }

  /** The response is sent: what still comes is dropped, and the peer's close awaited. */
  private linger(): void {
    this.body.discard();
    this.limit(LINGER_MS, '');
  }

  private guard(step: () => void): void {
    if (this.refused) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof UwsgiProtocolError)) throw error;
      this.refuse(error);
    }
  }

  /** Malformed bytes get no answer, as with uWSGI; where the packet was sound, or is HTTP, the peer can be told. */
  private refuse(error: UwsgiProtocolError): void {
    this.refused = true;
    const { code, offset, message } = error;
    const peer = peerOf(this.socket);
    this.service.settings.log({
      level: 'warning',
      event: 'peer_error',
      message: `closed a uwsgi connection from ${peer}: ${message}`,
      protocol: 'uwsgi',
      peer,
      code,
      offset,
    });
    this.limit(LINGER_MS, '');
    const status = statusFor(error);
    if (status === null) this.socket.destroy();
    else sendPlain(this.response, 'GET', status, STATUS_CODES[status] ?? '', message);
  }

  private gone(reason: string): void {
    if (this.socket.destroyed) clearTimeout(this.timer);
    if (this.response.endAt > 0 || this.abort.signal.aborted) return;
    const error = new ClientGone(reason);
    this.body.fail(error);
    this.response.fail(error);
    this.abort.abort(error);
  }

  /** Gives the peer `ms` for the next step; 0 takes the limit away. */
  private limit(ms: number, what: string): void {
    clearTimeout(this.timer);
    if (ms === 0 || ms === Infinity) return;
    this.timer = setTimeout(() => this.expire(ms, what), ms);
  }

  private expire(ms: number, what: string): void {
    if (what !== '') {
      const peer = peerOf(this.socket);
      const message = `closed a uwsgi connection from ${peer}: ${what} within ${ms / 1000} s`;
      this.service.settings.log({ level: 'warning', event: 'timeout', message, protocol: 'uwsgi', peer });
    }
    this.socket.destroy();
  }
}

/** The status that tells the peer, where an HTTP answer is something it can understand; else null. */
function statusFor({ code, message }: UwsgiProtocolError): number | null {
  switch (code) {
    case 'UWSGI_NOT_UWSGI':
      return message.startsWith('this is HTTP,') ? 400 : null;
    case 'UWSGI_EMPTY_REQUEST':
    case 'UWSGI_BAD_CONTENT_LENGTH':
      return 400;
    case 'UWSGI_LENGTH_REQUIRED':
      return 411;
    default:
      return null;
  }
}

function peerOf(socket: Socket): string {
  return socket.remoteAddress === undefined
    ? 'a unix socket'
    : `${socket.remoteAddress}:${socket.remotePort}`;
}
