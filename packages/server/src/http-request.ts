import type { IncomingMessage } from 'node:http';
import type { HttpRequest } from '@gatewire/environ';

/** Size of the body in bytes; null when it comes in chunks. */
export function lengthOf(request: IncomingMessage): number | null {
  if (request.headers['transfer-encoding'] !== undefined) return null;
  return Number(request.headers['content-length'] ?? 0);
}

/** A request as the environ builder takes it. */
export function describe(request: IncomingMessage): HttpRequest {
  const { socket } = request;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    headers: request.rawHeaders,
    scheme: 'http',
    server: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    client: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  };
}
