import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { RequestBody } from './body.js';
import { RequestFailure } from './failure.js';

/** Writes chunks and waits until the socket wants more; `false` when it wants no more at all. */
export async function send(socket: Socket, chunks: readonly Uint8Array[]): Promise<boolean> {
  if (!socket.writable) return false;
  for (const chunk of chunks) socket.write(chunk);
  if (socket.writableNeedDrain) {
    const waiting = new AbortController();
    const { signal } = waiting;
    // An application may answer and close before it has read all.
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(
      () => undefined,
    );
    waiting.abort();
  }
  return socket.writable;
}

/**
 * Sends a body as `encode` puts it, until it has ended or the other side wants no more. What goes wrong with reading it
 * ends the connection with that failure.
 */
export async function sendBody(
  socket: Socket,
  body: RequestBody | null,
  encode: (chunk: Uint8Array) => readonly Uint8Array[],
): Promise<boolean> {
  try {
    for await (const chunk of body?.chunks() ?? []) {
      if (!(await send(socket, encode(chunk)))) return false;
    }
    return true;
  } catch (error) {
    socket.destroy(error as Error);
    return false;
  }
}

/**
 * Everything that the socket receives, until it ends.
 *
 * @throws RequestFailure what the socket was destroyed with, 18 or 56 when the connection broke.
 */
export async function* received(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    if (error instanceof RequestFailure) throw error;
    throw broken(socket, error as NodeJS.ErrnoException);
  }
}

/** A connection that broke: 56 before the first byte of an answer, 18 after it. */
export function broken(socket: Socket, { code, message }: NodeJS.ErrnoException): RequestFailure {
  const why = code === 'ECONNRESET' || code === 'EPIPE' ? 'reset by the other side' : message;
  if (socket.bytesRead === 0) return new RequestFailure(56, `the connection was ${why} before an answer`);
  return new RequestFailure(
    18,
    `the connection was ${why} inside the answer, after ${socket.bytesRead} bytes`,
  );
}
