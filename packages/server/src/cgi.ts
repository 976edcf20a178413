import type { Readable, Writable } from 'node:stream';
import { contentLength, environFromProcess } from '@gatewire/environ';
import type { Environ } from '@gatewire/environ';
import { httpScope } from '@gatewire/environ/scope';
import type { DefinedApplication, WSGIApplication } from '@gatewire/interfaces';
import { runnerFor } from './application.js';
import type { Application, Applications, FetchApplication } from './application.js';
import { BodyQueue } from './body-queue.js';
import { Client, ClientGone } from './client.js';
import type { Flow } from './body-queue.js';
import type { Framing } from './gateway.js';
import { resolveSettings } from './options.js';
import type { Interface, ServeOptions } from './options.js';
import { Service } from './service.js';
import { SocketResponse } from './socket-response.js';

/** A Status field, then the body as it is; its end is the program's (RFC 3875 §6). */
const CGI_FRAMING: Framing = {
  form: 'cgi',
  data: (piece) => [piece],
  end: () => [],
  abort: () => null,
  spoil: () => [],
};

interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
}

/** A response that tells when it has to wait for its reader. */
class CGIResponse extends SocketResponse {
  onStall: () => void = () => undefined;

  override write(data: Uint8Array): Promise<void> | undefined {
    const waits = super.write(data);
    if (waits !== undefined) this.onStall();
    return waits;
  }
}

/** Options of `runCGI`. Times are seconds, sizes bytes. */
export interface CGIOptions extends Pick<
  ServeOptions,
  'interface' | 'lifespan' | 'environ' | 'rootPath' | 'maxBodyBytes' | 'bodyTimeout' | 'log' | 'access'
> {
  /** Default `process.env`, `process.stdin` and `process.stdout`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  /** As of `environFromProcess`: `latin1` when `env` has one character for each byte. Default `utf8`. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Aborted when the web server gives the request up: the application is told, and the response ends where it is. */
  readonly signal?: AbortSignal;
}

/**
 * Runs an application once as a CGI/1.1 program (RFC 3875): the request is in the environment and on stdin, the response
 * goes to stdout. Resolves when all of it is written, with whether the response is complete: if not, exit with a failure.
 *
 * @throws RangeError, TypeError and Error as `serve`.
 *
 * @example
 * ```ts
 * import { PassThrough } from 'node:stream';
 * import { runCGI } from '@gatewire/server';
 *
 * const stdout = new PassThrough();
 * await runCGI(
 *   (environ, startResponse) => {
 *     startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *     return [new TextEncoder().encode(`hello ${environ.PATH_INFO}\n`)];
 *   },
 *   { env: { REQUEST_METHOD: 'GET', PATH_INFO: '/world' }, stdin: new PassThrough().end(), stdout },
 * );
 * console.log(String(stdout.read()).startsWith('Status: 200 OK\r\n')); // true
 * ```
 */
export function runCGI<T extends Interface>(
  app: Applications[T],
  options: CGIOptions & { readonly interface: T },
): Promise<boolean>;
export function runCGI(app: DefinedApplication, options?: CGIOptions): Promise<boolean>;
// Apart from the one before, so that the parameters of a function that is written here have types.
// eslint-disable-next-line @typescript-eslint/unified-signatures
export function runCGI(app: WSGIApplication | FetchApplication, options?: CGIOptions): Promise<boolean>;
export async function runCGI(app: Application, options: CGIOptions = {}): Promise<boolean> {
  const settings = resolveSettings({ ...options, listen: [] });
  const service = new Service({ ...settings, multiprocess: true, runOnce: true });
  await service.start(runnerFor(app, options, service));
  const { stdin = process.stdin, stdout = process.stdout } = options;
  const complete = await answer(service, { ...options, stdin, stdout });
  stdin.destroy();
  service.beginStop();
  await service.stop(Infinity);
  return complete;
}

async function answer(service: Service, options: Streams & CGIOptions): Promise<boolean> {
  const { stdin, stdout, env = process.env, encoding = 'utf8', signal } = options;
  const { rootPath, maxBodyBytes, bodyTimeoutMs } = service.settings;
  const path = rootPath === undefined ? {} : { scriptName: rootPath };
  const environ = (): Environ => environFromProcess(env, { ...path, encoding });
  const client = new Client();
  const response = new CGIResponse(stdout, CGI_FRAMING, bodyTimeoutMs);
  const body = new BodyQueue(flowOf(stdin, stdout), maxBodyBytes, limitOf(stdin, bodyTimeoutMs));
  response.onStall = () => stdin.resume();
  const leave = (reason: string): void => {
    const gone = new ClientGone(reason);
    response.fail(gone);
    body.fail(gone);
    client.leave(gone);
  };
  stdout.on('error', (error: Error) => {
    leave(error.message);
  });
  const givenUp = (): void => leave('the web server gave the request up');
  if (signal?.aborted === true) givenUp();
  else signal?.addEventListener('abort', givenUp);
  const bytes = lengthOf(env);
  receive(stdin, body, bytes);
  const now = performance.now();
  await service.handle({
    protocol: 'cgi',
    acceptedAt: now,
    requestedAt: now,
    environ,
    scope: () => httpScope(Object.entries(environ()).flat() as string[], { ...path, pathInfo: 'cgi' }),
    contentLength: bytes,
    body,
    client,
    response,
    upgrade: null,
  });
  body.discard();
  return (await isWritten(stdout)) && response.endAt > 0;
}

/**
 * Apache sends all of the body before it reads any of the response: while the response waits for it, the body has to be
 * taken, or both wait for ever.
 */
function flowOf(stdin: Readable, stdout: Writable): Flow {
  return {
    pause: () => {
      if (!stdout.writableNeedDrain) stdin.pause();
    },
    resume: () => {
      stdin.resume();
    },
  };
}

/** Gives the web server `ms` for the next bytes of the body. */
function limitOf(stdin: Readable, ms: number): (waiting: boolean) => void {
  let timer: NodeJS.Timeout | undefined;
  return (waiting) => {
    clearTimeout(timer);
    if (!waiting || ms === Infinity) return;
    timer = setTimeout(() => {
      stdin.destroy(new Error(`the request body made no progress for ${ms / 1000} s`));
    }, ms);
  };
}

/** Resolves when everything has left, with whether somebody has taken it. */
function isWritten(stdout: Writable): Promise<boolean> {
  return new Promise((resolve) =>
    stdout.write('', (error) => resolve(error === undefined || error === null)),
  );
}

/**
 * Bytes of the body, null when only its end tells: Apache passes a chunked body on without a length, the one case in
 * which it can be read to the end. 0 for what is malformed: the environ builder refuses the request then.
 */
function lengthOf(env: Readonly<Record<string, string | undefined>>): number | null {
  try {
    return contentLength(env) ?? (env['HTTP_TRANSFER_ENCODING'] === undefined ? 0 : null);
  } catch {
    return 0;
  }
}

/** RFC 3875 §4.2: no more than CONTENT_LENGTH bytes are the body, and the server need not send an end. */
function receive(stdin: Readable, body: BodyQueue, bytes: number | null): void {
  if (bytes === 0) {
    body.end();
    return;
  }
  let left = bytes ?? Infinity;
  stdin.on('data', (chunk: Uint8Array) => {
    const piece = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= piece.length;
    body.push(piece);
    if (left === 0) body.end();
  });
  stdin.on('end', () => {
    if (bytes === null) body.end();
    else body.fail(new ClientGone(`the request body ended ${left} bytes early`));
  });
  stdin.on('error', (error: Error) => body.fail(new ClientGone(error.message)));
}
