import { createReadStream, fstatSync, openSync } from 'node:fs';
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
 * The body that `-d` asks for: data as it is, `@file`, or `@-` for stdin. A file is streamed, and so is stdin where it is
 * one; what comes through a pipe is kept until it has ended, because its size is sent first.
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
    if (path !== '-') return fileBody(openSync(path, 'r'), path);
    const size = stdin.fd === undefined ? null : sizeOf(stdin.fd);
    return size === null ? await Spool.from(stdin) : streamBody(stdin, size, 'stdin');
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
function fileBody(fd: number, path: string): RequestBody {
  const size = sizeOf(fd);
  if (size === null) throw new Error('not a file; for a pipe write -d @- and give it as stdin');
  return streamBody(createReadStream(path, { fd, autoClose: true }), size, path);
}

/** What is left of the open file, `null` when it is none. */
function sizeOf(fd: number): number | null {
  const stat = fstatSync(fd);
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
