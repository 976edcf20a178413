import type { InputStream } from '@gatewire/interfaces';
import type { BodyQueue } from './body-queue.js';

const EMPTY = new Uint8Array(0);
const LF = 10;

const DONE = Promise.resolve();

/** `wsgi.input` over a request body. Concurrent calls are served in order. */
export class WSGIInput implements InputStream {
  private readonly body: BodyQueue;
  /** Bytes read from the body and not yet handed out. */
  private rest: Uint8Array = EMPTY;
  private last: Promise<unknown> = DONE;

  constructor(body: BodyQueue) {
    this.body = body;
  }

  read(size?: number): Promise<Uint8Array> {
    return this.inOrder(() => this.take(size ?? -1, null));
  }

  readline(size?: number): Promise<Uint8Array> {
    return this.inOrder(() => this.take(size ?? -1, LF));
  }

  readlines(hint?: number): Promise<Uint8Array[]> {
    return this.inOrder(async () => {
      const lines: Uint8Array[] = [];
      let bytes = 0;
      while (hint === undefined || hint <= 0 || bytes < hint) {
        const line = await this.take(-1, LF);
        if (line.length === 0) break;
        lines.push(line);
        bytes += line.length;
      }
      return lines;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = await this.inOrder(() => this.chunk());
      if (chunk === null) return;
      yield chunk;
    }
  }

  private inOrder<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(task);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async chunk(): Promise<Uint8Array | null> {
    if (this.rest.length === 0) return this.body.read();
    const chunk = this.rest;
    this.rest = EMPTY;
    return chunk;
  }

  /** Up to `size` bytes (all when negative), stopping behind the byte `until`. A chunk that fits whole is not copied. */
  private async take(size: number, until: number | null): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let left = size < 0 ? Infinity : size;
    while (left > 0) {
      const chunk = await this.chunk();
      if (chunk === null) break;
      const mark = until === null ? -1 : chunk.indexOf(until);
      const count = Math.min(left, mark < 0 ? chunk.length : mark + 1);
      this.rest = chunk.subarray(count);
      parts.push(chunk.subarray(0, count));
      left -= count;
      if (mark >= 0 && count === mark + 1) break;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }
}
