import { lstatSync } from 'node:fs';
import { connect } from 'node:net';

/** Bytes of a path that fit into `sockaddr_un`, without the NUL behind it. What is not here, the system itself refuses. */
const MAX_PATH_BYTES: Readonly<Record<string, number | undefined>> = {
  linux: 107,
  android: 107,
  darwin: 103,
  freebsd: 103,
  openbsd: 103,
};

/**
 * Refuses what cannot be the path of a unix socket: Node cuts one that is too long without a word, and listens at, or
 * connects to, what is left of it. `serve` checks its addresses so; this is for programs that bind or connect themselves.
 *
 * @throws RangeError when the path is longer than the platform takes, 107 bytes of UTF-8 on Linux and 103 on macOS and the
 *   BSDs, or there is a NUL in it.
 *
 * @example
 * ```ts
 * import { checkSocketPath } from '@gatewire/server/unix-socket';
 *
 * checkSocketPath('/run/app.sock');
 * try {
 *   checkSocketPath(`/run/${'a'.repeat(200)}.sock`);
 * } catch (error) {
 *   console.log(error instanceof RangeError); // true
 * }
 * ```
 */
export function checkSocketPath(path: string): void {
  if (path.includes('\0')) throw new RangeError('a NUL in the path of the unix socket');
  const max = MAX_PATH_BYTES[process.platform];
  const bytes = Buffer.byteLength(path);
  if (max !== undefined && bytes > max)
    throw new RangeError(`a path of ${bytes} bytes, a unix socket's has at most ${max}`);
}

/**
 * Whether a path is that of a unix socket on which nobody listens any more, so that it may be removed and bound again.
 *
 * @throws Error with the `code` of the system call when the path cannot be looked at: ENOENT, EACCES ...
 *
 * @example
 * ```ts
 * import { isLeftBehind } from '@gatewire/server/unix-socket';
 *
 * console.log(await isLeftBehind(process.execPath)); // false
 * ```
 */
export async function isLeftBehind(path: string): Promise<boolean> {
  // To connect to any other file is refused as well, and it must not be removed.
  if (!lstatSync(path).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    // Other errors are of a living socket: of another user, or of a server that has more to accept than it can.
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
