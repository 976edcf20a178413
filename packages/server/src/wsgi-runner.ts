import { urlScheme } from '@gatewire/environ';
import type { ErrorStream, WSGIApplication, WSGIBody, WSGIEnvironment } from '@gatewire/interfaces';
import type { Client, ClientGone } from './client.js';
import type { Exchange } from './exchange.js';
import { fileWrapper } from './file-wrapper.js';
import { WSGIInput } from './input.js';
import { describeError, failExchange, isPromise } from './runner.js';
import type { Runner, RunnerContext } from './runner.js';
import { WSGIResponse } from './wsgi-response.js';

/** How long an iterator may take to clean up after the client has gone, in milliseconds. */
const CLEAN_UP_MS = 1000;

/** Runs a WSGI application. */
export function wsgiRunner(app: WSGIApplication, server: RunnerContext): Runner {
  const { multiprocess, runOnce, log } = server;
  const context = { multiprocess, runOnce, log, errors: errorStream(log) };
  return {
    webSockets: false,
    start: () => Promise.resolve(),
    run: (exchange) => runWSGI(app, exchange, context),
    stop: () => Promise.resolve(),
  };
}

/** What the runner needs to know of the server. */
export interface WSGIContext extends Pick<RunnerContext, 'multiprocess' | 'runOnce' | 'log'> {
  readonly errors: ErrorStream;
}

/**
 * Calls a WSGI application for one request and sends what it returns (PEP 3333, "The Server/Gateway Side").
 *
 * The head waits for the first byte of body, so that an error before it becomes a 500. An error after it cuts the
 * response where that can be seen. `close()` is called once, whatever happened. Never rejects.
 */
export function runWSGI(
  app: WSGIApplication,
  exchange: Exchange,
  context: WSGIContext,
): Promise<void> | undefined {
  const response = new WSGIResponse(exchange.environ['REQUEST_METHOD'], exchange.response);
  try {
    const returned = app(wsgiEnviron(exchange, context), response.start);
    if (!isReady(returned, response)) return answer(returned, response, exchange, context);
    endWith(returned, response);
  } catch (error) {
    failExchange(error, exchange, response.committed, context);
  }
  return undefined;
}

/** A whole body without clean-up can be sent at once, in no further turn: 10 us less of a request's 60. */
function isReady(
  body: WSGIBody | Promise<WSGIBody>,
  response: WSGIResponse,
): body is readonly Uint8Array[] & WSGIBody {
  return Array.isArray(body) && body.length <= 1 && !response.written && !('close' in body);
}

async function answer(
  returned: WSGIBody | Promise<WSGIBody>,
  response: WSGIResponse,
  exchange: Exchange,
  context: WSGIContext,
): Promise<void> {
  const { client } = exchange;
  let body: WSGIBody | undefined;
  try {
    body = await unlessGone(returned, client, (late) => void close(late, context));
    await send(body, response, client);
  } catch (error) {
    failExchange(error, exchange, response.committed, context);
  } finally {
    await close(body, context);
  }
}

function wsgiEnviron(exchange: Exchange, context: WSGIContext): WSGIEnvironment {
  const environ = exchange.environ as unknown as WSGIEnvironment;
  environ['wsgi.version'] = [1, 0];
  environ['wsgi.url_scheme'] = urlScheme(exchange.environ);
  environ['wsgi.input'] = new WSGIInput(exchange.body);
  environ['wsgi.errors'] = context.errors;
  environ['wsgi.multithread'] = false;
  environ['wsgi.multiprocess'] = context.multiprocess;
  environ['wsgi.run_once'] = context.runOnce;
  environ['wsgi.input_terminated'] = true;
  environ['wsgi.file_wrapper'] = fileWrapper;
  environ['gatewire.client'] = exchange.client;
  return environ;
}

/** `wsgi.errors`, for every request of a server: what is written goes to the log. */
export function errorStream(log: WSGIContext['log']): ErrorStream {
  const write = (text: string): void =>
    log({ level: 'error', event: 'wsgi_errors', message: text.replace(/\n$/, '') });
  return {
    write,
    writelines: (lines) => {
      for (const line of lines) write(line);
    },
    flush: () => undefined,
  };
}

async function send(body: WSGIBody, response: WSGIResponse, client: Client): Promise<void> {
  await response.flushed();
  if (Array.isArray(body)) {
    await sendArray(body as readonly Uint8Array[], response, client);
    return;
  }
  const source = iteratorOf(body);
  let exhausted = false;
  try {
    // Driven by hand: leaving `for await` while a step is pending waits for that step, which may never come.
    while (!response.full) {
      const step = await unlessGone(source.next(), client);
      exhausted = step.done === true;
      if (exhausted) break;
      await response.write(step.value as Uint8Array);
    }
  } finally {
    if (!exhausted) await stop(source);
  }
  response.end();
}

/** A body that is there already: its size is known, and its last piece leaves together with the end. */
async function sendArray(
  pieces: readonly Uint8Array[],
  response: WSGIResponse,
  client: Client,
): Promise<void> {
  offerLength(pieces, response);
  for (const piece of pieces.slice(0, -1)) {
    if (client.gone !== null) throw client.gone;
    await response.write(piece);
  }
  response.end(pieces.at(-1));
}

function endWith(pieces: readonly Uint8Array[], response: WSGIResponse): void {
  offerLength(pieces, response);
  response.end(pieces[0]);
}

function offerLength(pieces: readonly Uint8Array[], response: WSGIResponse): void {
  if (!pieces.every((piece) => piece instanceof Uint8Array)) return;
  response.offerLength(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
}

type Steps = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

function iteratorOf(body: unknown): Steps {
  if (typeof body === 'object' && body !== null && !(body instanceof Uint8Array)) {
    const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = body as Partial<
      AsyncIterable<Uint8Array> & Iterable<Uint8Array>
    >;
    const iterate: (() => Steps) | undefined = later ?? now;
    if (iterate !== undefined) return iterate.call(body);
  }
  throw new TypeError('the application returned no iterable of Uint8Array; put a single one in an array');
}

/**
 * The value, unless the client goes first: then a rejection, and `late` is called with the
 * value should it still come.
 */
function unlessGone<T>(value: T | Promise<T>, client: Client, late?: (value: T) => void): T | Promise<T> {
  const leave = (): void => void Promise.resolve(value).then(late, () => undefined);
  if (client.gone !== null) {
    leave();
    throw client.gone;
  }
  if (!isPromise(value)) return value;
  return new Promise((resolve, reject) => {
    const gone = (error: ClientGone): void => {
      reject(error);
      leave();
    };
    client.onLeave(gone);
    void Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => client.offLeave(gone));
  });
}

/** Lets an iterator that was left early clean up; a generator that is busy does so only after its present step. */
async function stop(source: Steps): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLEAN_UP_MS);
  });
  await Promise.race([Promise.resolve(source.return?.()).catch(() => undefined), patience]);
  clearTimeout(timer);
}

async function close(body: WSGIBody | undefined, { log }: WSGIContext): Promise<void> {
  try {
    await body?.close?.();
  } catch (error) {
    log({
      level: 'error',
      event: 'application_error',
      message: `close() of the body failed: ${describeError(error)}`,
      error,
    });
  }
}
