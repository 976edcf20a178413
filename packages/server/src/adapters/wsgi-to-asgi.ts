import { environFromScope } from '@gatewire/environ/variables';
import type { ASGI3Application, HTTPScope, WSGIApplication } from '@gatewire/interfaces';
import { BodyQueue } from '../body-queue.js';
import { Client, ClientGone } from '../client.js';
import type { ResponseSink } from '../exchange.js';
import { logToStderr } from '../options.js';
import type { LogEntry } from '../options.js';
import { errorStream, runWSGI } from '../wsgi-runner.js';
import { latin1Bytes } from './bytes.js';
import { onlyHttp } from './only-http.js';
import type { HTTPReceive, HTTPSend } from './only-http.js';

/** Options of {@link wsgiToAsgi}. */
export interface WSGIToASGIOptions {
  /** Where the application's errors and `wsgi.errors` go. Default: warnings and errors as text on stderr. */
  readonly log?: (entry: LogEntry) => void;
}

/**
 * An ASGI application from a WSGI application, so that it runs on any ASGI server. It is called by the rules of `serve`:
 * the head waits for the first byte of body, `close()` is called once, bodies stream both ways.
 *
 * A response that fails after its head rejects, so that the server cuts it. A WebSocket is refused with 403.
 *
 * @example
 * ```ts
 * import { serve } from '@gatewire/server';
 * import { wsgiToAsgi } from '@gatewire/server/adapters';
 *
 * const app = wsgiToAsgi((environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return [new TextEncoder().encode(`hello ${environ.PATH_INFO}\n`)];
 * });
 * const listen = [{ protocol: 'http', host: '127.0.0.1', port: 0 }] as const;
 * const server = await serve(app, { listen, interface: 'asgi' });
 * await server.close();
 * ```
 */
export function wsgiToAsgi(app: WSGIApplication, options: WSGIToASGIOptions = {}): ASGI3Application {
  const { log = logToStderr } = options;
  const context = { multiprocess: false, runOnce: false, log, errors: errorStream(log) };
  return onlyHttp(async (scope, receive, send) => {
    const client = new Client();
    const body = bodyOf(receive, client);
    const response = new EventResponse(send);
    const upgrade = null;
    const exchange = {
      environ: environFromScope(scope),
      scope: (): HTTPScope => scope,
      body,
      client,
    };
    await runWSGI(app, { ...exchange, response, upgrade }, context);
    body.discard();
    await response.settled();
  });
}

/** The request body as a queue: the next event is asked for when the queue is empty. */
function bodyOf(receive: HTTPReceive, client: Client): BodyQueue {
  let running = false;
  let paused = true;
  let ended = false;
  const pump = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (!paused || ended) {
      const event = await receive();
      if (event.type !== 'http.request') {
        const error = new ClientGone('the client closed the connection');
        body.fail(error);
        client.leave(error);
        return;
      }
      if (event.body !== undefined && event.body.length > 0) body.push(event.body);
      if (event.more_body !== true) {
        ended = true;
        body.end();
      }
    }
    running = false;
  };
  const flow = {
    pause: (): void => {
      paused = true;
    },
    resume: (): void => {
      paused = false;
      pump().catch((error: unknown) => body.fail(error as Error));
    },
  };
  const body = new BodyQueue(flow, Infinity, () => undefined);
  return body;
}

/** A response as events. */
class EventResponse implements ResponseSink {
  readonly earlyHints = null;
  readonly trailers = null;
  private readonly send: HTTPSend;
  private last: Promise<void> = Promise.resolve();
  private wasCut = false;

  constructor(send: HTTPSend) {
    this.send = send;
  }

  head(status: number, _reason: string, headers: readonly string[]): void {
    const pairs: [Uint8Array, Uint8Array][] = [];
    for (let i = 0; i < headers.length; i += 2) {
      pairs.push([latin1Bytes(headers[i].toLowerCase()), latin1Bytes(headers[i + 1])]);
    }
    void this.follow(this.send({ type: 'http.response.start', status, headers: pairs }));
  }

  write(data: Uint8Array): Promise<void> {
    return this.follow(this.send({ type: 'http.response.body', body: data, more_body: true }));
  }

  end(data?: Uint8Array): void {
    const last = data === undefined ? {} : { body: data };
    void this.follow(this.send({ type: 'http.response.body', ...last }));
  }

  cut(): void {
    this.wasCut = true;
  }

  /** @throws When the response is not complete. */
  async settled(): Promise<void> {
    await this.last;
    if (this.wasCut) throw new ClientGone('the response was given up');
  }

  private follow(sent: Promise<void>): Promise<void> {
    sent.catch(() => undefined);
    this.last = sent;
    return sent;
  }
}
