import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server as NetServer, Socket } from 'node:net';
import type { Gateway } from './gateway.js';
import { GatewayConnection } from './gateway-connection.js';
import { createHttpServer } from './http-connection.js';
import { listen } from './listen.js';
import type { BoundAddress, ListenAddress } from './options.js';
import type { Service } from './service.js';
import { fastcgiGateway } from './fastcgi-gateway.js';
import { uwsgiGateway } from './uwsgi-gateway.js';

/** How long a connection that was accepted before the stop may take to send its first byte, in milliseconds. */
const FIRST_BYTE_MS = 500;

const GATEWAYS: Readonly<Record<'uwsgi' | 'fastcgi', () => Gateway>> = {
  uwsgi: uwsgiGateway,
  fastcgi: fastcgiGateway,
};

/** Something that accepts connections, until it is told to stop. */
export interface Listener {
  readonly address: BoundAddress;
  /** Accepts no more; resolves when the connections it has are done. */
  stop(): Promise<void>;
  /** Ends those that are left, at once. */
  cut(): void;
}

/** Opens one listener. @throws Error with the `code` of the system call. */
export function open(address: ListenAddress, service: Service): Promise<Listener> {
  if (address.protocol === 'http') return openHttp(address, service);
  return openGateway(address, service, GATEWAYS[address.protocol]);
}

async function openGateway(
  wanted: ListenAddress,
  service: Service,
  gateway: () => Gateway,
): Promise<Listener> {
  const connections = new Map<Socket, GatewayConnection>();
  // Half-open: this side closes when the response is sent, without a round through the stream's own end handling.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.set(socket, new GatewayConnection(socket, service, gateway()));
    socket.once('close', () => connections.delete(socket));
  });
  const address = await listen(server, wanted);
  const cut = (silentOnly: boolean): void => {
    for (const [socket, connection] of connections) if (!silentOnly || connection.silent) socket.destroy();
  };
  return {
    address,
    stop: async () => {
      const silent = setTimeout(() => cut(true), FIRST_BYTE_MS);
      const done = closed(server);
      for (const connection of connections.values()) connection.stop();
      await done;
      // The last sockets tell that they are closed later than the server does.
      await Promise.all([...connections.keys()].map((socket) => once(socket, 'close')));
      clearTimeout(silent);
    },
    cut: () => cut(false),
  };
}

async function openHttp(wanted: ListenAddress, service: Service): Promise<Listener> {
  const server = createHttpServer(service);
  const address = await listen(server, wanted);
  return {
    address,
    stop: () => {
      const done = closed(server);
      server.closeIdleConnections();
      return done;
    },
    cut: () => server.closeAllConnections(),
  };
}

function closed(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
