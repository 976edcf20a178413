import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one's own. `remove` deletes it with everything in it, and may be called twice. */
export interface TempDir {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a directory that only this user can read. Its path is short, so that a unix socket fits in it. */
export async function makeTempDir(name: string = 'gatewire'): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/**
 * A TCP port on 127.0.0.1 that nobody listens on now. For programs that cannot take port 0; another program may be
 * faster, so be ready to try again.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
