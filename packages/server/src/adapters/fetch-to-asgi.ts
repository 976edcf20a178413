import type { ASGI3Application, HTTPScope } from '@gatewire/interfaces';
import type { FetchApplication } from '../application.js';
import { latin1Bytes, latin1Text } from './bytes.js';
import { onlyHttp, refuse } from './only-http.js';
import type { HTTPReceive, HTTPSend } from './only-http.js';

/** Methods that no `Request` can have (Fetch standard, "forbidden method"). */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** Headers of one connection: the server's to set (RFC 9110 §7.6.1). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~%!$&'()*+,;=-]+)(?::[0-9]+)?$/;

/**
 * An ASGI application from a Fetch handler, so that it runs on any ASGI server: `(request) => response`, or an object with
 * such a `fetch`. The handler's second argument has the scope, for what a `Request` cannot say.
 *
 * Bodies stream both ways, at the pace of the reader. `request.signal` is aborted when the client goes. An error of the
 * handler is the server's to answer. Lost on the way: the body of a GET, the order and case of header names; CONNECT and
 * TRACE are answered with 501; dot segments of the path are resolved by `Request`; there are no trailers. A WebSocket is
 * refused with 403.
 *
 * @example
 * ```ts
 * import { serve } from '@gatewire/server';
 * import { fetchToAsgi } from '@gatewire/server/adapters';
 *
 * const app = fetchToAsgi((request) => new Response(`you asked for ${new URL(request.url).pathname}\n`));
 * const listen = [{ protocol: 'http', host: '127.0.0.1', port: 0 }] as const;
 * const server = await serve(app, { listen, interface: 'asgi' });
 * console.log(await (await fetch(`http://${server.addresses[0].address}/a`)).text()); // you asked for /a
 * await server.close();
 * ```
 */
export function fetchToAsgi(app: FetchApplication | FetchApplication['fetch']): ASGI3Application {
  const handle = typeof app === 'function' ? app : app.fetch.bind(app);
  return onlyHttp(async (scope, receive, send) => {
    if (FORBIDDEN_METHODS.has(scope.method)) {
      await refuse(send, 501, 'Not Implemented');
      return;
    }
    const gone = new AbortController();
    const body = new RequestBody(receive, gone);
    const request = requestOf(scope, body, gone.signal);
    if (request === null) {
      await refuse(send, 400, 'Bad Request');
      return;
    }
    const response = await handle(request, { scope });
    await sendResponse(response, scope.method, send);
  });
}

/** The request, or null when its host or a header is none that a URL or `Headers` can have. */
function requestOf(scope: HTTPScope, body: RequestBody, signal: AbortSignal): Request | null {
  const { method } = scope;
  const headers = new Headers();
  let host = '';
  try {
    for (const [name, value] of scope.headers) {
      const text = latin1Text(value);
      const key = latin1Text(name);
      if (key === 'host') host = text;
      headers.append(key, text);
    }
    const bodyless = method === 'GET' || method === 'HEAD';
    if (bodyless) body.discard();
    // Reading would ask the client for a body that nobody may want (RFC 9110 §10.1.1).
    const ahead = headers.has('expect') ? 0 : 2;
    const init = {
      method,
      headers,
      signal,
      ...(bodyless ? {} : { body: body.stream(ahead), duplex: 'half' as const }),
    };
    return new Request(urlOf(scope, host), init);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Put together from its parts: resolving `//evil.example/x` would change the host. @throws TypeError for a bad host. */
function urlOf(
  { scheme = 'http', server, path, raw_path: raw, query_string: query }: HTTPScope,
  host: string,
): string {
  const [name = 'localhost', port = null] = server ?? [];
  const authority =
    host || (port === null ? 'localhost' : `${name.includes(':') ? `[${name}]` : name}:${port}`);
  if (!HOST.test(authority)) throw new TypeError(`${JSON.stringify(authority)} is no host`);
  const target = raw ? latin1Text(raw) : encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  const search = query.length === 0 ? '' : `?${latin1Text(query)}`;
  return `${scheme}://${authority}${target.startsWith('/') ? target : '/'}${search}`;
}

/** A request body that is pulled from `receive`; the only one who calls it. */
class RequestBody {
  private readonly receive: HTTPReceive;
  private readonly gone: AbortController;
  private watching = false;
  private pulling: Promise<void> = Promise.resolve();

  constructor(receive: HTTPReceive, gone: AbortController) {
    this.receive = receive;
    this.gone = gone;
  }

  /**
   * `ahead`: how many pieces are read before anybody wants them. With two, the body and its end, a handler that
   * never reads a small one learns all the same that its client has gone: `receive` tells it behind the body.
   */
  stream(ahead: number): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          this.pulling = this.pull(controller);
          return this.pulling;
        },
        cancel: () => this.discard(),
      },
      { highWaterMark: ahead },
    );
  }

  /** Reads on until the client goes, for nobody but the signal. */
  discard(): void {
    if (this.watching) return;
    this.watching = true;
    const watch = (): Promise<void> => this.watch();
    void this.pulling.then(watch, watch);
  }

  private async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      const event = await this.receive();
      if (event.type !== 'http.request') {
        controller.error(this.disconnected());
        return;
      }
      const { body, more_body: more } = event;
      if (body !== undefined && body.length > 0) controller.enqueue(body);
      if (more !== true) {
        controller.close();
        this.discard();
      }
      if (more !== true || (body !== undefined && body.length > 0)) return;
    }
  }

  private async watch(): Promise<void> {
    try {
      while ((await this.receive()).type === 'http.request');
    } catch {
      // A body that is too large, say: who reads it is told, and nobody does.
    }
    this.disconnected();
  }

  private disconnected(): DOMException {
    const error = new DOMException('the client closed the connection', 'AbortError');
    this.gone.abort(error);
    return error;
  }
}

async function sendResponse(response: Response, method: string, send: HTTPSend): Promise<void> {
  if (!(response instanceof Response) && !isResponse(response)) {
    throw new TypeError('the Fetch handler returned no Response');
  }
  // Status 0 is Response.error().
  if (response.status < 200)
    throw new TypeError(`the Fetch handler returned a Response of status ${response.status}`);
  const headers: [Uint8Array, Uint8Array][] = [];
  // Iterating keeps Set-Cookie apart.
  for (const [name, value] of response.headers) {
    if (!OF_CONNECTION.has(name)) headers.push([latin1Bytes(name), latin1Bytes(value)]);
  }
  const { status, body } = response;
  await send({ type: 'http.response.start', status, headers });
  if (body === null) {
    await send({ type: 'http.response.body' });
    return;
  }
  if (method === 'HEAD') {
    await send({ type: 'http.response.body' });
    await body.cancel();
    return;
  }
  await sendBody(body, send);
}

async function sendBody(body: ReadableStream<Uint8Array>, send: HTTPSend): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await send({ type: 'http.response.body', body: value, more_body: true });
    }
    await send({ type: 'http.response.body' });
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  }
}

/** A Response of another implementation, such as a package's own. */
function isResponse(value: unknown): value is Response {
  return (
    typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value
  );
}
