import { chmodSync, closeSync, unlinkSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { BoundAddress, ListenAddress } from '@gatewire/server';
import { isLeftBehind } from '@gatewire/server/unix-socket';

/** A socket that the workers accept from. The master holds it and never accepts. */
export interface HeldSocket {
  readonly fd: number;
  /** Where it is, or null when only a process that listens on it can tell: for `fd:N`. */
  readonly bound: BoundAddress | null;
  /** Lets it go, and removes a unix socket. */
  close(): void;
}

/** What `net._createServerHandle` returns when it does not return the number of an error. */
interface BoundHandle {
  readonly fd: number;
  getsockname?(into: { address?: string; family?: string; port?: number }): number;
  close(): void;
}

type CreateServerHandle = (
  address: string,
  port: number,
  addressType: number,
  fd: undefined,
  flags: number,
) => BoundHandle | number;

type UnixAddress = Extract<ListenAddress, { readonly path: string }>;

/** What `bind` wants in place of a port and of an address family for a unix socket. */
const UNIX = -1;

/**
 * Binds one address without accepting on it.
 *
 * `net.Server` binds and accepts in one step, and the master must not accept. node:cluster is made of the function used
 * here, has it hold the sockets as long as there is a worker, and loses them with the last: an application that crashes
 * would then refuse connections where they could wait for the next worker, `fd:N` could not be opened again, and port 0
 * would become another port.
 *
 * @throws Error with the `code` of the system call: EADDRINUSE, EACCES ...
 */
export async function hold(address: ListenAddress): Promise<HeldSocket> {
  if ('fd' in address) return { fd: address.fd, bound: null, close: () => closeSync(address.fd) };
  if ('path' in address) return holdUnix(address);
  const { address: ip, family } = await lookup(address.host);
  const handle = bind(ip, address.port, family, `${ip}:${address.port}`);
  const name: { address?: string; port?: number } = {};
  check(handle.getsockname?.(name) ?? 0, `${ip}:${address.port}`);
  const { port = address.port } = name;
  const text = family === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
  const bound = { protocol: address.protocol, address: text, host: ip, port };
  return { fd: handle.fd, bound, close: () => handle.close() };
}

async function holdUnix({ protocol, path, mode = 0o666 }: UnixAddress): Promise<HeldSocket> {
  let handle: BoundHandle;
  try {
    handle = bind(path, UNIX, UNIX, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isLeftBehind(path))) throw error;
    unlinkSync(path);
    handle = bind(path, UNIX, UNIX, path);
  }
  // Unless something else is asked for, it is for the web server, which runs as another user.
  chmodSync(path, mode);
  return {
    fd: handle.fd,
    bound: { protocol, address: `unix:${path}`, path },
    close: () => handle.close(),
  };
}

function bind(address: string, port: number, addressType: number, name: string): BoundHandle {
  const { _createServerHandle: create } = net as { _createServerHandle?: CreateServerHandle };
  if (create === undefined) {
    throw new Error(
      `Node ${process.version} cannot bind ${name} for several workers; give fd:N, a socket that is open`,
    );
  }
  const handle = create(address, port, addressType, undefined, 0);
  if (typeof handle !== 'number') return handle;
  throw bindError(handle, name);
}

function check(result: number, name: string): void {
  if (result !== 0) throw bindError(result, name);
}

const WORDS: Readonly<Record<string, string | undefined>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'address not available',
};

/** As `server.listen` words it. */
function bindError(errno: number, name: string): Error {
  const code = getSystemErrorName(errno);
  const why = WORDS[code] ?? code;
  return Object.assign(new Error(`listen ${code}: ${why} ${name}`), { code, errno });
}
