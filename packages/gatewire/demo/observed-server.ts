import { serve } from '@gatewire/server';
import type { AccessEntry, Server } from '@gatewire/server';
import type { WSGIEnvironment } from '@gatewire/interfaces';
import type { Gateway } from './exchange.js';
import { app } from '../src/demo-app.js';

/** What the server's side saw of one request. */
export interface Observation {
  readonly environ: WSGIEnvironment;
  readonly access: AccessEntry;
}

/** Where a listener of this machine is. */
export interface Target {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

/** The demo application with a listener for each protocol, and a look at each request. */
export interface ObservedServer {
  readonly targets: Readonly<Record<Gateway, Target>>;
  /** Resolves when the next request has ended. */
  next(): Promise<Observation>;
  close(): Promise<void>;
}

/** Starts it; `onAccess` is told of every request. */
export async function startObservedServer(onAccess?: (entry: AccessEntry) => void): Promise<ObservedServer> {
  const waiting: ((observation: Observation) => void)[] = [];
  let environ: WSGIEnvironment | null = null;
  const server: Server = await serve(
    (seen, startResponse) => {
      environ = { ...seen };
      return app(seen, startResponse);
    },
    {
      listen: [
        { protocol: 'uwsgi', host: '127.0.0.1', port: 0 },
        { protocol: 'fastcgi', host: '127.0.0.1', port: 0 },
      ],
      gracefulTimeout: 2,
      access: (access) => {
        onAccess?.(access);
        if (environ !== null) waiting.shift()?.({ environ, access });
      },
    },
  );
  const [uwsgi, fastcgi] = server.addresses.map(({ address, port = 0 }) => ({
    address,
    host: '127.0.0.1',
    port,
  }));
  return {
    targets: { uwsgi, fastcgi },
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => server.close(),
  };
}
