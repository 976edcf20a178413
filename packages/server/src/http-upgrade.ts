import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { environFromRequest } from '@gatewire/environ';
import { scopeFromRequest } from '@gatewire/environ/scope';
import { BodyQueue } from './body-queue.js';
import { Client, ClientGone } from './client.js';
import { describe, lengthOf } from './http-request.js';
import type { Service } from './service.js';
import { SocketResponse } from './socket-response.js';
import { Tunnel, WEBSOCKET_EXTENSIONS } from './tunnel.js';
import { PLAIN_FRAMING } from './uwsgi-gateway.js';
import { asksForWebSocket } from './websocket-handshake.js';

/** A client asks for another protocol: for a WebSocket, or for one that nobody speaks; `otherwise` answers that one. */
export function upgrade(
  otherwise: (response: ServerResponse) => void,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  service: Service,
): void {
  const { upgrade: protocol = '', connection = '' } = request.headers;
  if (!asksForWebSocket(request.method ?? '', protocol, connection)) ignore(otherwise, request, socket);
  else offer(request, socket, head, service);
}

/** RFC 9110 §7.8: a server may ignore Upgrade. node:http reads no body any more, so the request must have none. */
function ignore(
  otherwise: (response: ServerResponse) => void,
  request: IncomingMessage,
  socket: Socket,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  if (lengthOf(request) === 0) otherwise(response);
  else response.writeHead(501).end();
}

/** Hands a handshake to the application. */
function offer(request: IncomingMessage, socket: Socket, head: Buffer, service: Service): void {
  const { rootPath, bodyTimeoutMs } = service.settings;
  const options = rootPath === undefined ? {} : { scriptName: rootPath };
  const client = new Client();
  const response = new ClosingResponse(socket, PLAIN_FRAMING, bodyTimeoutMs);
  const body = new BodyQueue(socket, Infinity, () => undefined);
  body.end();
  const tunnel = new Tunnel(socket, response, body);
  tunnel.push(head);
  watch(socket, tunnel, response, client);
  const now = performance.now();
  const handled = service.handle({
    protocol: 'http',
    acceptedAt: now,
    requestedAt: now,
    environ: () => environFromRequest(describe(request), options),
    scope: () =>
      scopeFromRequest(describe(request), {
        ...options,
        type: 'websocket',
        extensions: WEBSOCKET_EXTENSIONS,
      }),
    contentLength: 0,
    body,
    client,
    response,
    upgrade: tunnel,
  });
  if (handled === undefined) socket.end();
  else void handled.then(() => socket.end());
}

function watch(socket: Socket, tunnel: Tunnel, response: SocketResponse, client: Client): void {
  socket.on('data', (chunk: Buffer) => tunnel.push(chunk));
  socket.on('error', () => undefined);
  const gone = (): void => {
    if (tunnel.taken || response.endAt > 0) return;
    const error = new ClientGone('the client closed the connection');
    response.fail(error);
    client.leave(error);
  };
  // node:http leaves the socket half-open.
  socket.on('end', gone);
  socket.on('close', gone);
}

/** A response to a handshake that is refused: the connection is no use any more. */
class ClosingResponse extends SocketResponse {
  override head(status: number, reason: string, headers: readonly string[]): void {
    super.head(status, reason, [...headers, 'Connection', 'close']);
  }
}
