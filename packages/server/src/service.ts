import { EnvironError } from '@gatewire/environ';
import type { Environ } from '@gatewire/environ';
import type { HTTPScope, WebSocketScope } from '@gatewire/interfaces';
import type { BodyQueue } from './body-queue.js';
import type { Client } from './client.js';
import { sendPlain } from './exchange.js';
import type { ResponseSink, Upgrade } from './exchange.js';
import type { Protocol, Settings } from './options.js';
import type { Runner, RunnerContext } from './runner.js';

/** What a connection knows of a response while it is sent. */
export interface SentResponse extends ResponseSink {
  /** 0 until there is a head. */
  readonly status: number;
  /** Body bytes handed to the socket. */
  readonly bytesOut: number;
  /** `performance.now()` of the head and of the end; 0 until then. */
  readonly headAt: number;
  readonly endAt: number;
  /** How long senders have waited for the receiver, in milliseconds. */
  readonly blockedMs: number;
}

/** A request as a connection hands it over. */
export interface Incoming {
  readonly protocol: Protocol | 'cgi' | 'fetch';
  /** `performance.now()` of the accepted connection and of the complete head. */
  readonly acceptedAt: number;
  readonly requestedAt: number;
  /** Build the environ and the scope; an `EnvironError` is answered with its status. */
  readonly environ: () => Environ;
  readonly scope: () => HTTPScope | WebSocketScope;
  /** Size of the body in bytes, null when it is not known beforehand. */
  readonly contentLength: number | null;
  readonly body: BodyQueue;
  readonly client: Client;
  readonly response: SentResponse;
  readonly upgrade: Upgrade | null;
}

/** The application and its rules, the same for every connection of a server. */
export class Service implements RunnerContext {
  readonly settings: Settings;
  readonly stopping: AbortSignal;
  private readonly stopper = new AbortController();
  private runner: Runner | null = null;
  private requests = 0;
  private tasks = 0;
  private onIdle: (() => void) | null = null;

  constructor(settings: Settings) {
    this.settings = settings;
    this.stopping = this.stopper.signal;
  }

  get multiprocess(): boolean {
    return this.settings.multiprocess;
  }

  get runOnce(): boolean {
    return this.settings.runOnce;
  }

  get log(): Settings['log'] {
    return this.settings.log;
  }

  /** Whether connections may offer upgrades. */
  get webSockets(): boolean {
    return this.runner?.webSockets === true;
  }

  /** Starts the application. Rejects when it must not run. */
  async start(runner: Runner): Promise<void> {
    await runner.start();
    this.runner = runner;
  }

  /** Tells what is open for long that the server stops. */
  beginStop(): void {
    this.stopper.abort();
  }

  /** Stops the application, once it is idle or `ms` have passed. */
  async stop(ms: number): Promise<void> {
    await this.idle(ms);
    await this.runner?.stop();
  }

  readonly background = (work: Promise<void>): void => {
    this.tasks++;
    void work.then(() => {
      this.tasks--;
      this.finished();
    });
  };

  /** Answers one request: resolves then, or gives undefined when that is done already. Never rejects. */
  handle(incoming: Incoming): Promise<void> | undefined {
    this.requests++;
    const environ = this.environOf(incoming);
    const running = environ === null ? undefined : this.run(incoming, environ);
    if (running !== undefined) return running.then(() => this.end(incoming, environ));
    this.end(incoming, environ);
    return undefined;
  }

  private run(incoming: Incoming, environ: Environ): Promise<void> | undefined {
    const refusal = this.refusal(incoming);
    const { scope, body, client, response, upgrade } = incoming;
    if (refusal === null) return this.runner?.run({ environ, scope, body, client, response, upgrade });
    sendPlain(response, environ['REQUEST_METHOD'], ...refusal);
    return undefined;
  }

  private end(incoming: Incoming, environ: Environ | null): void {
    this.report(incoming, environ);
    this.requests--;
    this.finished();
  }

  private finished(): void {
    if (this.requests + this.tasks === 0) this.onIdle?.();
  }

  /** Resolves when nothing is at work, or after `ms`: an application may wait for ever in its clean-up. */
  private idle(ms: number): Promise<void> {
    if (this.requests + this.tasks === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private environOf({ environ, protocol, response }: Incoming): Environ | null {
    try {
      const { environ: extra } = this.settings;
      return extra === undefined ? environ() : Object.assign(environ(), extra);
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
    if (this.requests > limitConcurrency) {
      const message = `more than ${limitConcurrency} requests at once: answered with 503`;
      log({ level: 'warning', event: 'limit_concurrency', message });
      return [503, 'Service Unavailable'];
    }
    return null;
  }

  private report(
    { protocol, acceptedAt, requestedAt, body, response, client }: Incoming,
    environ: Environ | null,
  ): void {
    const { status, bytesOut, headAt, endAt, blockedMs } = response;
    this.settings.access({
      protocol,
      environ,
      status,
      bytesIn: body.received,
      bytesOut,
      acceptMs: requestedAt - acceptedAt,
      bodyMs: Math.max(0, body.endedAt - requestedAt),
      headMs: Math.max(0, headAt - requestedAt),
      blockedMs,
      durationMs: Math.max(0, (endAt || performance.now()) - requestedAt),
      aborted: client.gone !== null || endAt === 0,
    });
  }
}
