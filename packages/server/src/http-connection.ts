import { createServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { environFromRequest } from '@gatewire/environ';
import { scopeFromRequest } from '@gatewire/environ/scope';
import type { ASGIExtensions } from '@gatewire/interfaces';
import { BodyQueue } from './body-queue.js';
import { Client, ClientGone } from './client.js';
import { describe, lengthOf } from './http-request.js';
import { HttpResponse } from './http-response.js';
import { upgrade } from './http-upgrade.js';
import type { Service } from './service.js';

/** An HTTP/1.1 server (node:http) that answers with the application: for development, and for health checks. */
export function createHttpServer(service: Service): HttpServer {
  const { headerTimeoutMs, keepAliveTimeoutMs, log } = service.settings;
  const limits = {
    headersTimeout: headerTimeoutMs,
    requestTimeout: 0, // the body has a limit of its own: a byte within bodyTimeout
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.max(100, Math.min(1000, headerTimeoutMs / 2)),
  };
  const server = createServer(limits, (request, response) => answer(request, response, service));
  // Without a listener node:http would ask for every body at once, wanted or not.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, service, true);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Once this side has ended nothing matters any more: the client may leave in the middle of what nobody reads.
    if (error.code !== 'ECONNRESET' && !socket.writableEnded) {
      const message = `closed an HTTP connection: ${error.message}`;
      log({ level: 'warning', event: 'peer_error', message, protocol: 'http', code: error.code });
    }
    if (socket.writable)
      socket.end(`HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });
  // Whoever listens takes every upgrade: without a use for them they are better not seen, and the request goes on.
  if (service.webSockets) {
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      upgrade((response) => answer(request, response, service), request, socket, head, service);
    });
  }
  return server;
}

/**
 * Answers one request. `awaitsContinue`: the client holds the body back until it is asked for it (RFC 9110 §10.1.1), which is
 * done when the application first waits for a part of it. A response without that is the last one of its connection.
 */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  service: Service,
  awaitsContinue: boolean = false,
): void {
  const { rootPath, bodyTimeoutMs, maxBodyBytes } = service.settings;
  const path = rootPath === undefined ? {} : { scriptName: rootPath };
  const client = new Client();
  let timer: NodeJS.Timeout | undefined;
  const body = new BodyQueue(request, maxBodyBytes, (waiting) => {
    clearTimeout(timer);
    if (awaitsContinue && sink.headAt === 0) response.writeContinue();
    awaitsContinue = false;
    if (waiting && bodyTimeoutMs !== Infinity) timer = setTimeout(() => request.destroy(), bodyTimeoutMs);
  });
  const sink = new HttpResponse(response, bodyTimeoutMs, service.stopping);
  receiveBody(request, body);
  onGone(response, (error) => {
    clearTimeout(timer);
    body.fail(error);
    sink.fail(error);
    client.leave(error);
  });
  const now = performance.now();
  const handled = service.handle({
    protocol: 'http',
    acceptedAt: now,
    requestedAt: now,
    environ: () => environFromRequest(describe(request), path),
    scope: () => scopeFromRequest(describe(request), { ...path, type: 'http', extensions: offered(request) }),
    contentLength: lengthOf(request),
    body,
    client,
    response: sink,
    upgrade: null,
  });
  if (handled === undefined) body.discard();
  else void handled.then(() => body.discard());
}

/** What ASGI applications may use beyond the base: HTTP/1.0 has neither interim responses nor trailers. */
function offered({ httpVersionMinor }: IncomingMessage): ASGIExtensions {
  if (httpVersionMinor === 0) return { 'http.response.pathsend': {} };
  return { 'http.response.pathsend': {}, 'http.response.early_hint': {}, 'http.response.trailers': {} };
}

/** Tells when the client leaves before it has all of the response. */
function onGone(response: ServerResponse, tell: (error: ClientGone) => void): void {
  response.on('close', () => {
    if (!response.writableFinished) tell(new ClientGone('the client closed the connection'));
  });
}

function receiveBody(request: IncomingMessage, body: BodyQueue): void {
  request.on('data', (chunk: Uint8Array) => body.push(chunk));
  request.on('end', () => body.end());
  request.on('error', () => body.fail(new ClientGone('the request body ended early')));
}
