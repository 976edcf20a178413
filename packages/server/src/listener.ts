import type { Server as NetServer, Socket } from 'node:net';
import { logAcceptErrors } from './accept-errors.js';
import { acceptQueueEmptied } from './accept-queue.js';
import type { Gateway } from './gateway.js';
import { FIRST_BYTE_MS, GatewayListener } from './gateway-listener.js';
import { createHttpServer } from './http-connection.js';
import { listen } from './listen.js';
import type { BoundAddress, ListenAddress } from './options.js';
import type { Service } from './service.js';
import { fastcgiGateway } from './fastcgi-gateway.js';
import { uwsgiGateway } from './uwsgi-gateway.js';

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
  const listener = new GatewayListener(service, gateway);
  const address = await listen(listener.server, wanted);
  logAcceptErrors(listener.server, address, service.settings.log);
  return { address, stop: () => listener.stop(), cut: () => listener.cut() };
}

async function openHttp(wanted: ListenAddress, service: Service): Promise<Listener> {
  const server = createHttpServer(service);
  const sockets = new Set<Socket>();
  let gone = false;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (gone) socket.destroy();
  });
  const address = await listen(server, wanted);
  logAcceptErrors(server, address, service.settings.log);
  return {
    address,
    stop: async () => {
      await acceptQueueEmptied(server);
      const done = closed(server);
      server.closeIdleConnections();
      // node:http takes a connection for busy until its first request is answered, also when none ever comes.
      const sweep = setInterval(() => {
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
        server.closeIdleConnections();
      }, FIRST_BYTE_MS);
      await done;
      clearInterval(sweep);
    },
    // Not closeAllConnections(): node:http does not know WebSockets any more.
    cut: () => {
      gone = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

function closed(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
