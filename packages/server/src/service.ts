import { EnvironError } from '@gatewire/environ';
import type { Environ } from '@gatewire/environ';
import type { WSGIApplication } from '@gatewire/interfaces';
import type { BodyQueue } from './body-queue.js';
import { sendPlain } from './exchange.js';
import type { ResponseSink } from './exchange.js';
import type { Protocol, Settings } from './options.js';
import { runWSGI } from './wsgi-runner.js';

/** What a connection knows of a response while it is sent. */
export interface SentResponse extends ResponseSink {
  /** 0 until there is a head. */
  readonly status: number;
  /** Body bytes handed to the socket. */
  readonly bytesOut: number;
  /** `performance.now()` of the head and of the end; 0 until then. */
  readonly headAt: number;
  readonly endAt: number;
}

/** A request as a connection hands it over. */
export interface Incoming {
  readonly protocol: Protocol;
  /** `performance.now()` of the accepted connection and of the complete head. */
  readonly acceptedAt: number;
  readonly requestedAt: number;
  /** Builds the environ; an `EnvironError` is answered with its status. */
  readonly environ: () => Environ;
  /** Size of the body in bytes, null when it is not known beforehand. */
  readonly contentLength: number | null;
  readonly body: BodyQueue;
  readonly signal: AbortSignal;
  readonly response: SentResponse;
}

/** The application and its rules, the same for every connection of a server. */
export class Service {
  readonly settings: Settings;
  private readonly app: WSGIApplication;
  private active = 0;
  private onIdle: (() => void) | null = null;

  constructor(app: WSGIApplication, settings: Settings) {
    this.app = app;
    this.settings = settings;
  }

  /** Answers one request. Never rejects. */
  async handle(incoming: Incoming): Promise<void> {
    this.active++;
    const environ = this.environOf(incoming);
    if (environ !== null) {
      const refusal = this.refusal(incoming);
      if (refusal === null) await runWSGI(this.app, { ...incoming, environ }, this.settings);
      else sendPlain(incoming.response, environ['REQUEST_METHOD'], ...refusal);
    }
    this.report(incoming, environ);
    this.active--;
    if (this.active === 0) this.onIdle?.();
  }

  /** Resolves when no request is at work, or after `ms`: an application may wait for ever in its clean-up. */
  idle(ms: number): Promise<void> {
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private environOf({ environ, protocol, response }: Incoming): Environ | null {
    try {
      return environ();
    } catch (error) {
      if (!(error instanceof EnvironError)) throw error;
      const { code, variable, status, message } = error;
      this.settings.log({ level: 'warning', event: 'bad_request', message, protocol, code, variable });
      sendPlain(response, 'GET', status, status === 404 ? 'Not Found' : 'Bad Request');
      return null;
    }
  }

  private refusal({ contentLength }: Incoming): [status: number, reason: string] | null {
    const { maxBodyBytes, limitConcurrency, log } = this.settings;
    if (contentLength !== null && contentLength > maxBodyBytes) {
      const message = `a request body of ${contentLength} bytes, the limit is ${maxBodyBytes}: answered with 413`;
      log({ level: 'warning', event: 'body_too_large', message, contentLength });
      return [413, 'Content Too Large'];
    }
    if (this.active > limitConcurrency) {
      const message = `more than ${limitConcurrency} requests at once: answered with 503`;
      log({ level: 'warning', event: 'limit_concurrency', message });
      return [503, 'Service Unavailable'];
    }
    return null;
  }

  private report(
    { protocol, acceptedAt, requestedAt, body, response, signal }: Incoming,
    environ: Environ | null,
  ): void {
    const { status, bytesOut, headAt, endAt } = response;
    this.settings.access({
      protocol,
      environ,
      status,
      bytesIn: body.received,
      bytesOut,
      acceptMs: requestedAt - acceptedAt,
      headMs: Math.max(0, headAt - requestedAt),
      durationMs: Math.max(0, (endAt || performance.now()) - requestedAt),
      aborted: signal.aborted || endAt === 0,
    });
  }
}
