import type { Environ } from '@gatewire/environ';
import { checkSocketPath } from './unix-socket.js';

/** What a listener speaks. */
export type Protocol = 'uwsgi' | 'fastcgi' | 'http';

/**
 * Where to listen: an address with a port (0 picks a free one), a unix socket, or an inherited file descriptor. `mode` has the
 * permissions of the unix socket, such as 0o660; default 0o666, because the web server runs as another user.
 */
export type ListenAddress =
  | { readonly protocol: Protocol; readonly host: string; readonly port: number }
  | { readonly protocol: Protocol; readonly path: string; readonly mode?: number }
  | { readonly protocol: Protocol; readonly fd: number };

/** Where a listener really listens. */
export interface BoundAddress {
  readonly protocol: Protocol;
  /** For people and for clients: `127.0.0.1:3031`, `[::1]:3031`, `unix:/run/app.sock` or `fd:3`. */
  readonly address: string;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}

/** One line of the server's log. Further keys are details of the event: `code`, `offset`, `peer`, `error` and so on. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  /** Stable name of what happened: `peer_error`, `timeout`, `application_error`, `client_gone`, `body_too_large` ... */
  readonly event: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** One finished request. Times are milliseconds. */
export interface AccessEntry {
  readonly protocol: Protocol | 'cgi' | 'fetch';
  /** The variables of the request; null when it never became one. */
  readonly environ: Environ | null;
  readonly status: number;
  /** Bytes of request body received, and of response body sent. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** From the accepted connection, or the first byte of a further request, to the whole head; for HTTP 0, node:http does not tell. */
  readonly acceptMs: number;
  /** From the request head to the last byte of its body; 0 without one: the client was slow. */
  readonly bodyMs: number;
  /** From the request head to the response head. What `bodyMs` does not explain is the application's. */
  readonly headMs: number;
  /** While the response waited for its receiver: that one was slow. */
  readonly blockedMs: number;
  /** From the request head to the last byte handed to the socket. */
  readonly durationMs: number;
  /** The response did not come to its end. */
  readonly aborted: boolean;
}

/** What an application may be: see `Application`. */
export type Interface = 'wsgi' | 'asgi' | 'fetch' | 'node';

/** Options of `serve`. Times are seconds, sizes bytes. */
export interface ServeOptions {
  readonly listen: readonly ListenAddress[];
  /**
   * What the application is. Default `auto`: an object with a `fetch` method is a Fetch handler; a function is what
   * `defineApp` marked it as, else WSGI. A function of one or of three parameters is refused: say what it is.
   */
  readonly interface?: 'auto' | Interface;
  /**
   * Whether an ASGI application is asked to start and stop (lifespan.rst). Default `auto`: one that fails without an
   * answer has no lifespan; with `on` the server does not start then, nor with an application of another interface.
   */
  readonly lifespan?: 'auto' | 'on' | 'off';
  /** Variables for every request, beside what the web server sends; they win. For ASGI they are no headers. */
  readonly environ?: Readonly<Record<string, string>>;
  /** Where the application is mounted: `''` or `/name`. Default: what the web server says. */
  readonly rootPath?: string;
  /** Largest request body; more is answered with 413. Default 1 GiB. */
  readonly maxBodyBytes?: number;
  /** From the accepted connection, or the first byte of a further request, to the last byte of its head. Default 10. */
  readonly headerTimeout?: number;
  /** Without a byte of request body or response moving, while the other side waits for one. Default 60. */
  readonly bodyTimeout?: number;
  /** An HTTP connection without a request. Default 5. */
  readonly keepAliveTimeout?: number;
  /** How long `close` lets requests finish. Default 30. */
  readonly gracefulTimeout?: number;
  /** Requests at once; one more is answered with 503. Default unlimited. */
  readonly limitConcurrency?: number;
  /** Whether other processes run the same application: `wsgi.multiprocess`. Default false. */
  readonly multiprocess?: boolean;
  /** Default: warnings and errors as text on stderr. */
  readonly log?: (entry: LogEntry) => void;
  /** Called when a request has ended. Default: nothing. */
  readonly access?: (entry: AccessEntry) => void;
}

/** {@link ServeOptions} with the defaults filled in; times in milliseconds. */
export interface Settings {
  readonly rootPath: string | undefined;
  readonly environ: Readonly<Record<string, string>> | undefined;
  readonly maxBodyBytes: number;
  readonly headerTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly gracefulTimeoutMs: number;
  readonly limitConcurrency: number;
  readonly multiprocess: boolean;
  /** The process answers one request and ends: `wsgi.run_once`. */
  readonly runOnce: boolean;
  readonly log: (entry: LogEntry) => void;
  readonly access: (entry: AccessEntry) => void;
}

const GIB = 2 ** 30;

/**
 * @throws RangeError when a number is negative or not a number, `rootPath` is no mount, or a path is too long for a unix
 *   socket.
 * @throws TypeError when `listen` is no list of addresses.
 */
export function resolveSettings(options: ServeOptions): Settings {
  checkListen(options);
  const { rootPath } = options;
  if (rootPath !== undefined && rootPath !== '' && !/^\/.*[^/]$/.test(rootPath)) {
    throw new RangeError(`rootPath is ${JSON.stringify(rootPath)}, expected '' or a path such as '/app'`);
  }
  return {
    rootPath,
    environ: options.environ,
    maxBodyBytes: amount('maxBodyBytes', options.maxBodyBytes, GIB),
    headerTimeoutMs: 1000 * amount('headerTimeout', options.headerTimeout, 10),
    bodyTimeoutMs: 1000 * amount('bodyTimeout', options.bodyTimeout, 60),
    keepAliveTimeoutMs: 1000 * amount('keepAliveTimeout', options.keepAliveTimeout, 5),
    gracefulTimeoutMs: 1000 * amount('gracefulTimeout', options.gracefulTimeout, 30),
    limitConcurrency: amount('limitConcurrency', options.limitConcurrency, Infinity),
    multiprocess: options.multiprocess ?? false,
    runOnce: false,
    log: options.log ?? logToStderr,
    access: options.access ?? (() => undefined),
  };
}

/** From JavaScript anything may come, and without a host node:net would listen on every interface. */
function checkListen(options: { readonly listen?: unknown } | undefined): void {
  if (!Array.isArray(options?.listen)) throw new TypeError('options.listen is no array of addresses');
  for (const address of options.listen as unknown[]) {
    if (!isListenAddress(address)) {
      const forms = '{ protocol, host, port }, { protocol, path } or { protocol, fd }';
      const text = JSON.stringify(address);
      throw new TypeError(`${text} is no address: expected ${forms} with protocol uwsgi, fastcgi or http`);
    }
    if ('path' in address) checkSocketPath(address.path);
  }
}

function isListenAddress(address: unknown): address is ListenAddress {
  const { protocol, host, port, path, mode, fd } = (address ?? {}) as Readonly<Record<string, unknown>>;
  if (protocol !== 'uwsgi' && protocol !== 'fastcgi' && protocol !== 'http') return false;
  if (fd !== undefined) return Number.isInteger(fd);
  if (path !== undefined) return typeof path === 'string' && path !== '' && isMode(mode);
  return typeof host === 'string' && host !== '' && Number.isInteger(port);
}

function isMode(mode: unknown): boolean {
  return mode === undefined || (Number.isInteger(mode) && Number(mode) >= 0 && Number(mode) <= 0o777);
}

function amount(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (value >= 0) return value;
  throw new RangeError(`${name} is ${value}, expected a number of 0 or more`);
}

/** The default log. */
export function logToStderr(entry: LogEntry): void {
  if (entry.level === 'warning' || entry.level === 'error')
    process.stderr.write(`${entry.level}: ${entry.message}\n`);
}
