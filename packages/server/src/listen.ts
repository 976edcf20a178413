import { chmodSync, unlinkSync } from 'node:fs';
import type { ListenOptions, Server } from 'node:net';
import type { BoundAddress, ListenAddress } from './options.js';
import { isLeftBehind } from './unix-socket.js';

/** Connections that the kernel holds until they are accepted. */
export const BACKLOG = 2048;

/**
 * Binds a server and tells where. A unix socket left behind by a process that is no more is removed; one that may still
 * be somebody's, and a file that is no socket, is an error.
 *
 * @throws Error with the `code` of the system call: EADDRINUSE, EACCES ...
 */
export async function listen(server: Server, address: ListenAddress): Promise<BoundAddress> {
  try {
    await bind(server, address);
  } catch (error) {
    if (!('path' in address) || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (!(await isLeftBehind(address.path))) throw error;
    unlinkSync(address.path);
    await bind(server, address);
  }
  // Unless something else is asked for, a unix socket is for the web server, which runs as another user.
  if ('path' in address) chmodSync(address.path, address.mode ?? 0o666);
  return boundAddress(server, address);
}

function bind(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = (): void => {
      server.removeListener('error', reject);
      resolve();
    };
    // For a descriptor the backlog counts only as an argument.
    if ('fd' in address) server.listen({ fd: address.fd }, BACKLOG, done);
    else server.listen(listenOptions(address), done);
  });
}

function listenOptions(address: Exclude<ListenAddress, { readonly fd: number }>): ListenOptions {
  if ('path' in address) return { path: address.path, backlog: BACKLOG };
  return { host: address.host, port: address.port, backlog: BACKLOG };
}

function boundAddress(server: Server, { protocol, ...wanted }: ListenAddress): BoundAddress {
  const bound = server.address();
  if (typeof bound === 'string') return { protocol, address: `unix:${bound}`, path: bound };
  if (bound === null) return { protocol, address: 'fd' in wanted ? `fd:${wanted.fd}` : '' };
  const { address: host, port, family } = bound;
  return { protocol, address: family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`, host, port };
}
