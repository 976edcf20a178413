import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

const servers: Server[] = [];

/** Closes what the functions here have opened. */
export function closeServers(): void {
  for (const server of servers.splice(0)) server.close();
}

/** A server that does one thing with a connection once bytes have come; `host:port/`. */
export async function misbehaving(act: (socket: Socket) => void): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => act(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** One that answers these bytes and closes, whatever it is asked. */
export function answers(bytes: Uint8Array | string): Promise<string> {
  return misbehaving((socket) => socket.end(bytes));
}
