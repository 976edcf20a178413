import { BodyTooLarge } from './body-queue.js';
import { ClientGone } from './client.js';
import { sendPlain } from './exchange.js';
import type { Exchange } from './exchange.js';
import type { LogEntry } from './options.js';

/** Runs applications of one kind. */
export interface Runner {
  /** Whether it takes exchanges whose `upgrade` is not null. */
  readonly webSockets: boolean;
  /** Before the first connection is accepted. Rejects when the application must not run. */
  start(): Promise<void>;
  /**
   * Calls the application and sends what it answers. Resolves when the exchange is over, or gives undefined when it is
   * over already; never rejects.
   */
  run(exchange: Exchange): Promise<void> | undefined;
  /** After the last request. Never rejects. */
  stop(): Promise<void>;
}

/** What a runner needs to know of the server. */
export interface RunnerContext {
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
  readonly log: (entry: LogEntry) => void;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Work of an application after its response: the server waits for it when it stops. Must not reject. */
  readonly background: (work: Promise<void>) => void;
}

/** Whether a value can be awaited. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** The request line as a log names it. */
export function requestName({ environ }: Pick<Exchange, 'environ'>): string {
  return `${environ['REQUEST_METHOD']} ${environ['REQUEST_URI'] ?? environ['PATH_INFO']}`;
}

/** Answers for an application that failed: with a 500 before the head, with a visible cut after it. */
export function failExchange(
  error: unknown,
  exchange: Exchange,
  committed: boolean,
  { log }: Pick<RunnerContext, 'log'>,
): void {
  const { environ, response } = exchange;
  const request = requestName(exchange);
  if (error instanceof ClientGone) {
    log({ level: 'debug', event: 'client_gone', message: `${request}: ${error.message}` });
    response.cut();
    return;
  }
  if (error instanceof BodyTooLarge && !committed) {
    const message = `${request}: answered with 413: ${error.message}`;
    log({ level: 'warning', event: 'body_too_large', message });
    sendPlain(response, environ['REQUEST_METHOD'], 413, 'Content Too Large');
    return;
  }
  const consequence = committed ? 'the response was cut off' : 'answered with 500';
  const message = `${request}: ${consequence}: ${describeError(error)}`;
  log({ level: 'error', event: 'application_error', message, error });
  if (committed) response.cut();
  else sendPlain(response, environ['REQUEST_METHOD'], 500, 'Internal Server Error');
}

/** The stack of an error, or the value as text. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
