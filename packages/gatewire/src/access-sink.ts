import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** Where access lines go. */
export interface AccessSink {
  write(line: string): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/**
 * Opens `target`: `-` is stdout, `none` is nowhere, else a file, which is appended to. A stream that breaks later (a
 * full disk, a pipe whose reader is gone) ends the access log, not the server; `onError` is told once.
 *
 * Rejects when the file cannot be opened.
 */
export async function openAccessSink(
  target: string,
  onError: (error: Error) => void,
): Promise<AccessSink | null> {
  if (target === 'none') return null;
  if (target === '-') return sinkTo(process.stdout, onError, false);
  const file = await open(target, 'a');
  return sinkTo(file.createWriteStream(), onError, true);
}

function sinkTo(stream: Writable, onError: (error: Error) => void, isOurs: boolean): AccessSink {
  let broken = false;
  stream.on('error', (error) => {
    if (!broken) onError(error);
    broken = true;
  });
  return {
    write: (line) => {
      if (!broken) stream.write(line);
    },
    close: () =>
      new Promise((resolve) => {
        if (broken) resolve();
        else if (isOurs) stream.end(() => resolve());
        else stream.write('', () => resolve());
      }),
  };
}
