import { createReadStream, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { whyUnreadable } from '../file-errors.js';
import { RequestFailure } from './failure.js';
import { Spool } from './spool.js';

/** A request body whose size is known before it is sent. */
export interface RequestBody {
  readonly bytes: number;
  /** Once. Gives exactly `bytes` bytes or throws a {@link RequestFailure}. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Frees what it holds. */
  close(): Promise<void>;
}

/**
 * The body that `-d` asks for: data as it is, `@file`, or `@-` for stdin. A file is streamed, and so is what is left of stdin
 * where it is one; what comes through a pipe is kept until it has ended, because its size is sent first.
 *
 * @throws RequestFailure 26 when it cannot be read.
 */
export async function openBody(
  data: string,
  stdin: Readable & { readonly fd?: number },
): Promise<RequestBody> {
  if (!data.startsWith('@')) return bytesBody(Buffer.from(data, 'utf8'));
  const path = data.slice(1);
  try {
    return path === '-' ? await stdinBody(stdin) : await fileBody(openSync(path, 'r'), path);
  } catch (error) {
    throw unreadable(path === '-' ? 'stdin' : path, error);
  }
}

/** A body that is here. */
export function bytesBody(bytes: Uint8Array): RequestBody {
  return {
    bytes: bytes.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- the others wait
    chunks: async function* () {
      if (bytes.length > 0) yield bytes;
    },
    close: () => Promise.resolve(),
  };
}

/** @throws Error when it is no file: a pipe or a device has no size. */
async function fileBody(fd: number, path: string): Promise<RequestBody> {
  const size = sizeOf(fd);
  if (size === null) throw new Error('not a file; for a pipe write -d @- and give it as stdin');
  const stream = createReadStream(path, { fd, autoClose: true });
  return size === 0 ? Spool.from(stream) : streamBody(stream, size, path);
}

async function stdinBody(stdin: Readable & { readonly fd?: number }): Promise<RequestBody> {
  const left = stdin.fd === undefined ? null : leftOf(stdin.fd);
  return left === null ? Spool.from(stdin) : streamBody(stdin, left, 'stdin');
}

/**
 * What is still to be read of an open file; `null` when only reading tells. Whoever had the descriptor before may have read a
 * part: a shell's `read`, for one.
 */
function leftOf(fd: number): number | null {
  const size = sizeOf(fd) ?? 0;
  const position = size === 0 ? null : positionOf(fd);
  return position === null ? null : Math.max(0, size - position);
}

/** How far an open file was read, where the system tells: Linux does. */
function positionOf(fd: number): number | null {
  try {
    const position = /^pos:\s*([0-9]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return position === undefined ? null : Number(position);
  } catch {
    return null;
  }
}

/**
 * The size of an open file, `null` when it is none. 0 says nothing: so has /proc its files.
 *
 * @throws Error when it is a folder.
 */
function sizeOf(fd: number): number | null {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  return stat.isFile() ? stat.size : null;
}

function streamBody(stream: Readable, bytes: number, name: string): RequestBody {
  return {
    bytes,
    chunks: () => counted(stream, bytes, name),
    close: () => {
      stream.destroy();
      return Promise.resolve();
    },
  };
}

async function* counted(stream: Readable, bytes: number, name: string): AsyncGenerator<Uint8Array> {
  let left = bytes;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) yield piece;
      if (left === 0) return;
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  if (left > 0) throw new RequestFailure(26, `${name} is ${left} bytes shorter than it was`);
}

function unreadable(name: string, error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  return new RequestFailure(26, `cannot read ${name}: ${whyUnreadable(error)}`);
}
