import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** Where access lines go. */
export interface AccessSink {
  write(line: string): void;
  /** Opens the file again, after somebody has moved it away (logrotate). Resolves when lines go to the new one. */
  reopen(): Promise<void>;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/**
 * Opens `target`: `-` is stdout, `none` is nowhere, else a file, which is appended to. Several processes may append to
 * one file: what is written at once are whole lines. A stream that breaks later (a full disk, a pipe whose reader is
 * gone) ends the access log until it is opened again, not the server; `onError` is told once.
 *
 * Rejects when the file cannot be opened.
 */
export async function openAccessSink(
  target: string,
  onError: (error: Error) => void,
): Promise<AccessSink | null> {
  if (target === 'none') return null;
  if (target === '-') return new StreamSink(process.stdout, null, onError);
  return new StreamSink(await appendTo(target), target, onError);
}

async function appendTo(path: string): Promise<Writable> {
  const file = await open(path, 'a');
  return file.createWriteStream();
}

class StreamSink implements AccessSink {
  /** Of the file; null for stdout, which is not ours to close. */
  private readonly path: string | null;
  private readonly onError: (error: Error) => void;
  private stream: Writable;

  constructor(stream: Writable, path: string | null, onError: (error: Error) => void) {
    this.path = path;
    this.onError = onError;
    this.stream = stream;
    stream.once('error', onError);
    stream.on('error', () => undefined);
  }

  write(line: string): void {
    if (this.stream.errored === null) this.stream.write(line);
  }

  async reopen(): Promise<void> {
    if (this.path === null) return;
    try {
      const stream = await appendTo(this.path);
      stream.once('error', this.onError);
      stream.on('error', () => undefined);
      const old = this.stream;
      this.stream = stream;
      await flushed(old, true);
    } catch (error) {
      this.onError(error as Error);
    }
  }

  close(): Promise<void> {
    return flushed(this.stream, this.path !== null);
  }
}

/** Resolves when everything is written, or never will be. */
function flushed(stream: Writable, end: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (stream.errored !== null) resolve();
    else if (end) stream.end(() => resolve());
    else stream.write('', () => resolve());
  });
}
