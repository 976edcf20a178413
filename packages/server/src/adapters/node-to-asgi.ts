import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestListener, Server } from 'node:http';
import type { ASGI3Application, HTTPScope } from '@gatewire/interfaces';
import { latin1Bytes, latin1Text } from './bytes.js';
import { socketPair } from './duplex-pair.js';
import { onlyHttp } from './only-http.js';
import type { HTTPReceive, HTTPSend } from './only-http.js';

/** Headers of the client's connection; the one between here and the listener is another. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'expect',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
]);

/**
 * An ASGI application from a `(req, res)` listener: what `http.createServer` takes, an Express, Koa or Fastify application
 * for one. The listener gets node's own request and response objects, from an `http.Server` that is on no network, so that
 * whatever depends on their classes goes on working; the price is writing and parsing HTTP/1.1 once more in memory.
 *
 * Bodies stream both ways, at the pace of the reader. `req.socket.remoteAddress` is the client's. The request is destroyed
 * when the client goes. Lost on the way: upgrades, so WebSockets, which are refused with 403; trailers.
 *
 * @example
 * ```ts
 * import { serve } from '@gatewire/server';
 * import { nodeToAsgi } from '@gatewire/server/adapters';
 *
 * const app = nodeToAsgi((req, res) => res.end(`you asked for ${req.url}\n`));
 * const listen = [{ protocol: 'uwsgi', host: '127.0.0.1', port: 0 }] as const;
 * const server = await serve(app, { listen, interface: 'asgi' });
 * await server.close();
 * ```
 */
export function nodeToAsgi(listener: RequestListener): ASGI3Application {
  // The limits are those of the server in front.
  const server = createServer({ headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 }, listener);
  return onlyHttp(async (scope, receive, send) => {
    const request = open(server, scope);
    const hints = scope.extensions?.['http.response.early_hint'] !== undefined;
    request.on('information', ({ statusCode, rawHeaders }) => {
      if (hints && statusCode === 103)
        void send({ type: 'http.response.early_hint', links: linksOf(rawHeaders) });
    });
    const client = { gone: false };
    void upload(request, receive, client);
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      // What goes wrong from here on is told by the response.
      request.on('error', () => undefined);
      await sendResponse(response, send);
    } catch (error) {
      if (!client.gone) throw error;
    }
  });
}

/** Connects a client to the server, in memory, and sends the head of the request. */
function open(server: Server, scope: HTTPScope): ClientRequest {
  const [near, far] = socketPair(scope.client ?? null, scope.scheme === 'https');
  server.emit('connection', far);
  const { raw_path: raw, path, query_string: query } = scope;
  const target = raw ? latin1Text(raw) : encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return httpRequest({
    createConnection: () => near,
    method: scope.method,
    path: query.length === 0 ? target : `${target}?${latin1Text(query)}`,
    headers: headersOf(scope),
    setHost: false,
  });
}

function headersOf({ headers, method }: HTTPScope): string[] {
  const flat: string[] = [];
  let length = false;
  let host = false;
  for (const [name, value] of headers) {
    const key = latin1Text(name);
    if (OF_CONNECTION.has(key)) continue;
    length ||= key === 'content-length';
    host ||= key === 'host';
    flat.push(key, latin1Text(value));
  }
  if (!host) flat.push('host', 'localhost');
  flat.push('connection', 'close');
  // What has no length came in chunks, or is empty.
  if (!length && method !== 'GET' && method !== 'HEAD') flat.push('transfer-encoding', 'chunked');
  return flat;
}

/** Passes the body on, then waits for the client's going, or the response's end. Never rejects. */
async function upload(
  request: ClientRequest,
  receive: HTTPReceive,
  client: { gone: boolean },
): Promise<void> {
  try {
    for (;;) {
      const event = await receive();
      if (event.type !== 'http.request') break;
      const { body, more_body: more } = event;
      if (body !== undefined && body.length > 0 && !request.write(body)) await drained(request);
      if (more !== true) request.end();
    }
  } catch (error) {
    request.destroy(error as Error);
    return;
  }
  client.gone = true;
  request.destroy();
}

async function drained(request: ClientRequest): Promise<void> {
  await Promise.race([once(request, 'drain'), once(request, 'close')]);
}

async function sendResponse(response: IncomingMessage, send: HTTPSend): Promise<void> {
  const { statusCode: status = 0, rawHeaders } = response;
  const headers: [Uint8Array, Uint8Array][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase();
    if (!OF_CONNECTION.has(name)) headers.push([latin1Bytes(name), latin1Bytes(rawHeaders[i + 1])]);
  }
  await send({ type: 'http.response.start', status, headers });
  for await (const chunk of response as AsyncIterable<Buffer>) {
    await send({ type: 'http.response.body', body: chunk, more_body: true });
  }
  await send({ type: 'http.response.body' });
}

function linksOf(rawHeaders: readonly string[]): Uint8Array[] {
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && name.toLowerCase() === 'link' ? [latin1Bytes(rawHeaders[i + 1])] : [],
  );
}
