import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ASGI3Application } from '@gatewire/interfaces';
import { asgiRunner } from '../asgi-runner.js';
import { answer } from '../http-connection.js';
import { upgrade } from '../http-upgrade.js';
import { resolveSettings } from '../options.js';
import type { ServeOptions } from '../options.js';
import { Service } from '../service.js';

/** Options of {@link asgiToNode}: those of `serve` that are not about sockets. */
export type ASGIToNodeOptions = Pick<
  ServeOptions,
  'lifespan' | 'rootPath' | 'maxBodyBytes' | 'bodyTimeout' | 'limitConcurrency' | 'log' | 'access'
>;

/** A `(req, res)` listener. */
export interface NodeListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** For the `upgrade` event of the server, which the application's WebSockets need. */
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  /** Starts the application, as the first request would: rejects when it refuses. */
  start(): Promise<void>;
  /** Closes WebSockets with 1012, waits for requests at work and stops the application. After the server is closed. */
  close(): Promise<void>;
}

/**
 * A `(req, res)` listener for `http.createServer` from an ASGI application, by the rules of `serve`: streaming both ways,
 * early hints, trailers, WebSockets, lifespan. When the application refuses to start, requests are answered with 500.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { defineApp } from '@gatewire/interfaces';
 * import { asgiToNode } from '@gatewire/server/adapters';
 *
 * const listener = asgiToNode(
 *   defineApp({
 *     async http(scope, _receive, send) {
 *       await send({ type: 'http.response.start', status: 200 });
 *       await send({ type: 'http.response.body', body: new TextEncoder().encode(`you asked for ${scope.path}\n`) });
 *     },
 *   }),
 * );
 * const server = createServer(listener).on('upgrade', listener.upgrade).listen(0, '127.0.0.1');
 * server.close();
 * await listener.close();
 * ```
 */
export function asgiToNode(app: ASGI3Application, options: ASGIToNodeOptions = {}): NodeListener {
  const service = new Service(resolveSettings({ ...options, listen: [] }));
  const runner = asgiRunner(app, service, options.lifespan ?? 'auto');
  let started: Promise<void> | null = null;
  const start = (): Promise<void> => (started ??= service.start(runner));
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    start().then(
      () => answer(request, response, service),
      () => response.writeHead(500).end(),
    );
  };
  return Object.assign(listener, {
    upgrade: (request: IncomingMessage, socket: Socket, head: Buffer): void => {
      const ignored = (response: ServerResponse): void => listener(request, response);
      start().then(
        () => upgrade(ignored, request, socket, head, service),
        () => socket.destroy(),
      );
    },
    start,
    close: async (): Promise<void> => {
      service.beginStop();
      await service.stop(service.settings.gracefulTimeoutMs);
    },
  });
}
