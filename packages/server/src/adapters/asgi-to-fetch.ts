import type { HttpRequest } from '@gatewire/environ';
import { environFromRequest } from '@gatewire/environ';
import { scopeFromRequest } from '@gatewire/environ/scope';
import type { ASGI3Application, HTTPScope } from '@gatewire/interfaces';
import { asgiRunner } from '../asgi-runner.js';
import { BodyQueue } from '../body-queue.js';
import { Client, ClientGone } from '../client.js';
import type { Flow } from '../body-queue.js';
import type { ResponseSink } from '../exchange.js';
import { resolveSettings } from '../options.js';
import type { ServeOptions } from '../options.js';
import { isBodyless } from '../response-rules.js';
import { Service } from '../service.js';

/** Options of {@link asgiToFetch}. */
export type ASGIToFetchOptions = Pick<ServeOptions, 'lifespan' | 'rootPath' | 'maxBodyBytes' | 'log'>;

/** A Fetch handler, as runtimes take it from a module's default export. */
export interface FetchHandler {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Waits for requests at work and stops the application. */
  close(): Promise<void>;
}

/**
 * A Fetch handler from an ASGI application, for runtimes that call one. The application starts with the first request.
 *
 * The response is there with the first body event, so an error before it is a 500; bodies stream both ways; cancelling the
 * response's body is `http.disconnect`. Lost on the way, because `Request` and `Response` cannot say it: the client's
 * address, the order of headers, early hints, trailers, WebSockets, statuses below 200 and above 599.
 *
 * @example
 * ```ts
 * import { defineApp } from '@gatewire/interfaces';
 * import { asgiToFetch } from '@gatewire/server/adapters';
 *
 * const handler = asgiToFetch(
 *   defineApp({
 *     async http(scope, _receive, send) {
 *       await send({ type: 'http.response.start', status: 200 });
 *       await send({ type: 'http.response.body', body: new TextEncoder().encode(`you asked for ${scope.path}`) });
 *     },
 *   }),
 * );
 * const response = await handler.fetch(new Request('http://example.com/a'));
 * console.log(await response.text()); // you asked for /a
 * await handler.close();
 * ```
 */
export function asgiToFetch(app: ASGI3Application, options: ASGIToFetchOptions = {}): FetchHandler {
  const service = new Service(resolveSettings({ ...options, listen: [] }));
  const runner = asgiRunner(app, service, options.lifespan ?? 'auto');
  let started: Promise<void> | null = null;
  return {
    fetch: async (request) => {
      started ??= service.start(runner);
      await started;
      const sink = new FetchSink(request.method);
      void handle(service, request, sink);
      return sink.response;
    },
    close: async () => {
      service.beginStop();
      await service.stop(service.settings.gracefulTimeoutMs);
    },
  };
}

async function handle(service: Service, request: Request, sink: FetchSink): Promise<void> {
  const { rootPath, maxBodyBytes } = service.settings;
  const path = rootPath === undefined ? {} : { scriptName: rootPath };
  const leave = (reason: string): void => {
    const error = new ClientGone(reason);
    body.fail(error);
    sink.client.leave(error);
  };
  const body = bodyOf(request, maxBodyBytes, leave);
  const gone = (): void => leave('the client gave the request up');
  if (request.signal.aborted) gone();
  else request.signal.addEventListener('abort', gone, { once: true });
  sink.onCancel = gone;
  const described = describe(request);
  const now = performance.now();
  await service.handle({
    protocol: 'fetch',
    acceptedAt: now,
    requestedAt: now,
    environ: () => environFromRequest(described, path),
    scope: (): HTTPScope => scopeFromRequest(described, path),
    contentLength: null,
    body,
    client: sink.client,
    response: sink,
    upgrade: null,
  });
  body.discard();
}

function describe(request: Request): HttpRequest {
  const url = new URL(request.url);
  const https = url.protocol === 'https:';
  const headers = [...request.headers].flat();
  if (!request.headers.has('host')) headers.unshift('host', url.host);
  return {
    method: request.method,
    target: url.pathname + url.search,
    httpVersion: '1.1',
    headers,
    scheme: https ? 'https' : 'http',
    server: { address: url.hostname, port: Number(url.port) || (https ? 443 : 80) },
    client: { address: '', port: 0 },
  };
}

/** The body as a queue that is filled when it is read; `onBroken` is told why when it cannot be read on. */
function bodyOf(request: Request, maxBytes: number, onBroken: (reason: string) => void): BodyQueue {
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader();
  let wanted = false;
  let reading = false;
  const pump = async (): Promise<void> => {
    if (reading || reader === undefined) return;
    reading = true;
    while (wanted) {
      const { done, value } = await reader.read();
      if (done) {
        body.end();
        return;
      }
      body.push(value);
    }
    reading = false;
  };
  const flow: Flow = {
    pause: () => {
      wanted = false;
    },
    resume: () => {
      wanted = true;
      pump().catch((error: unknown) => onBroken(String(error)));
    },
  };
  const body = new BodyQueue(flow, maxBytes, () => undefined);
  if (reader === undefined) body.end();
  return body;
}

/** A `Response` that is made of what is sent. */
class FetchSink implements ResponseSink {
  readonly earlyHints = null;
  readonly trailers = null;
  readonly client = new Client();
  readonly response: Promise<Response>;
  onCancel: () => void = () => undefined;
  status = 0;
  bytesOut = 0;
  headAt = 0;
  endAt = 0;
  readonly blockedMs = 0;
  private readonly method: string;
  private settle: (response: Response) => void = () => undefined;
  private headers: Headers = new Headers();
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  private taken: (() => void) | null = null;

  constructor(method: string) {
    this.method = method;
    this.response = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  head(status: number, _reason: string, headers: readonly string[]): void {
    this.headers = new Headers();
    for (let i = 0; i < headers.length; i += 2) this.headers.append(headers[i], headers[i + 1]);
    this.status = status;
    this.headAt = performance.now();
  }

  write(data: Uint8Array): Promise<void> | undefined {
    if (this.client.gone !== null) return Promise.reject(this.client.gone);
    const controller = this.begin();
    if (controller === null || data.length === 0) return undefined;
    this.bytesOut += data.length;
    controller.enqueue(data);
    if ((controller.desiredSize ?? 0) > 0) return undefined;
    return new Promise((resolve) => {
      this.taken = resolve;
    });
  }

  end(data?: Uint8Array): void {
    this.endAt = performance.now();
    const controller = this.begin();
    if (controller === null) return;
    if (data !== undefined && data.length > 0) {
      this.bytesOut += data.length;
      controller.enqueue(data);
    }
    controller.close();
  }

  cut(): void {
    if (this.client.gone !== null) return;
    if (this.controller === null) this.settle(Response.error());
    else this.controller.error(new TypeError('the application failed in the middle of the response'));
  }

  /** Gives the response away, with the first that there is of its body. */
  private begin(): ReadableStreamDefaultController<Uint8Array> | null {
    if (this.controller !== null) return this.controller;
    const { status, headers } = this;
    // `Response` refuses a body here, 205 among them.
    if (isBodyless(this.method, status) || status === 205) {
      this.settle(new Response(null, { status, headers }));
      return null;
    }
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
      },
      pull: () => this.release(),
      cancel: () => {
        this.onCancel();
        this.release();
      },
    });
    this.settle(new Response(stream, { status, headers }));
    return this.controller;
  }

  private release(): void {
    const { taken } = this;
    this.taken = null;
    taken?.();
  }
}
