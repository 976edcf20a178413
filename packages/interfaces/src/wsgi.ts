// PEP 3333 in TypeScript. Bytes are Uint8Array; native strings hold U+0000 to U+00FF, one character per byte. Four things
// may be asynchronous that are not in Python: the body, the application's return, the input stream, and write().

/** One response header: name and value, both Latin-1. A list keeps order and repeats (Set-Cookie). */
export type WSGIHeader = readonly [name: string, value: string];

/**
 * `wsgi.input` (PEP 3333, "Input and Error Streams"): the request body, at most CONTENT_LENGTH bytes.
 *
 * Every method resolves with an empty array at the end, and forever after. Iteration gives chunks as they arrive, not
 * lines: a line of binary data has no bound. Rejects when the client goes away before the body is complete.
 */
export interface InputStream extends AsyncIterable<Uint8Array> {
  /** Exactly `size` bytes, fewer only at the end; all of the rest without `size`. */
  read(size?: number): Promise<Uint8Array>;
  /** Bytes up to and including the next LF, or `size` bytes if that is fewer. */
  readline(size?: number): Promise<Uint8Array>;
  /** Lines until the end, or until `hint` bytes have been read. */
  readlines(hint?: number): Promise<Uint8Array[]>;
}

/** `wsgi.errors`: text for the server's log; lines end in `\n`. */
export interface ErrorStream {
  write(text: string): unknown;
  writelines(lines: Iterable<string>): unknown;
  flush(): unknown;
}

/** What `start_response` returns. Resolves when the server can take more; call order is kept without awaiting. */
export type WriteCallable = (data: Uint8Array) => Promise<void>;

/** `start_response` (PEP 3333, "The start_response() Callable"). */
export interface StartResponse {
  /**
   * Sets the status (`'200 OK'`) and the headers. They are sent with the first body byte, not before.
   *
   * `excInfo`, any value but `undefined` and `null`, replaces what an earlier call set; once the headers are sent it is
   * thrown instead.
   *
   * @throws Error on a second call without `excInfo`, TypeError or RangeError when status or headers are malformed.
   */
  (status: string, headers: readonly WSGIHeader[], excInfo?: unknown): WriteCallable;
}

/** The response body. `close`, if there is one, is called once, whatever happened. */
export type WSGIBody = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & { close?(): unknown };

/** What `wsgi.file_wrapper` takes: something to read blocks from. */
export interface FileLike {
  read(size?: number): Uint8Array | Promise<Uint8Array>;
  close?(): unknown;
  readonly fd?: number;
}

/** `wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling"). */
export interface FileWrapper {
  (file: FileLike, blockSize?: number): WSGIBody;
}

/** The platform's own `AbortSignal` type: this package depends on no platform's types. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : { readonly aborted: boolean };

/** Who waits for the response. */
export interface WSGIClient {
  /** Aborted when the client is known to have gone away, or the server gives the request up. */
  readonly signal: Signal;
}

/**
 * The environ (PEP 3333, "environ Variables"): CGI variables by their RFC 3875 names, and `wsgi.*`. A plain object
 * that the application may change and copy. Absent information is an absent key.
 */
export interface WSGIEnvironment {
  REQUEST_METHOD: string;
  /** Where the application is mounted: `''` at the root, else `/name`. */
  SCRIPT_NAME: string;
  /** The rest of the path, percent-decoded once, one character per byte. */
  PATH_INFO: string;
  QUERY_STRING: string;
  SERVER_NAME: string;
  SERVER_PORT: string;
  SERVER_PROTOCOL: string;
  'wsgi.version': readonly [1, 0];
  'wsgi.url_scheme': string;
  'wsgi.input': InputStream;
  'wsgi.errors': ErrorStream;
  /** False: one thread. Requests still interleave wherever an application awaits. */
  'wsgi.multithread': boolean;
  'wsgi.multiprocess': boolean;
  'wsgi.run_once': boolean;
  'wsgi.file_wrapper'?: FileWrapper | undefined;
  'wsgi.input_terminated'?: boolean | undefined;
  'gatewire.client'?: WSGIClient | undefined;
  /** CGI variables: `HTTP_*`, `REMOTE_USER`, `SSL_*` and so on. */
  [cgi: Uppercase<string>]: string | undefined;
  /** Keys of servers and middleware, dotted: `myapp.session`. */
  [extension: `${string}.${string}`]: unknown;
}

/**
 * A WSGI application: called with the environ and `start_response`, returns the body.
 *
 * @example
 * ```ts
 * import type { WSGIApplication } from '@gatewire/interfaces';
 *
 * export const app: WSGIApplication = (environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return [new TextEncoder().encode(`hello from ${environ.PATH_INFO}\n`)];
 * };
 * ```
 */
export type WSGIApplication<E extends WSGIEnvironment = WSGIEnvironment> = (
  environ: E,
  startResponse: StartResponse,
) => WSGIBody | Promise<WSGIBody>;

/** An application around an application. */
export type WSGIMiddleware = (app: WSGIApplication) => WSGIApplication;
