import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { ASGI3Application } from '@gatewire/interfaces';
import { latin1Bytes } from './bytes.js';
import { socketPair } from './duplex-pair.js';
import { Answer, RequestPump } from './forward.js';
import { exchangeOver, requestOver } from './http-client.js';
import { onlyHttp } from './only-http.js';

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
    const [near, far] = socketPair(scope.client ?? null, scope.scheme === 'https');
    server.emit('connection', far);
    const request = requestOver(near, scope);
    const hints = scope.extensions?.['http.response.early_hint'] !== undefined;
    request.on('information', ({ statusCode, rawHeaders }) => {
      if (hints && statusCode === 103)
        void send({ type: 'http.response.early_hint', links: linksOf(rawHeaders) });
    });
    const upload = new RequestPump(receive, request);
    try {
      await exchangeOver(request, upload, new Answer(send));
    } catch (error) {
      if (!upload.gone) throw error;
    }
  });
}

function linksOf(rawHeaders: readonly string[]): Uint8Array[] {
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && name.toLowerCase() === 'link' ? [latin1Bytes(rawHeaders[i + 1])] : [],
  );
}
