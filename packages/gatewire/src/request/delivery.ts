import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { whyUnwritable } from '../file-errors.js';
import { RequestFailure } from './failure.js';

/** The head of a response, whatever it came over. Text is Latin-1. */
export interface Head {
  /** `HTTP/1.1 200 OK`, or `Status: 200 OK` where there is no status line. */
  readonly line: string;
  readonly status: number;
  /** Flat, as they came. */
  readonly headers: readonly string[];
}

/** What of a response is wanted, and where. */
export interface DeliveryOptions {
  /** The head too: `-i`, `-I`. */
  readonly include: boolean;
  /** No body of a response with a status of 400 or more: `--fail`. */
  readonly fail: boolean;
  /** A file, or `-` for stdout even where that is a terminal and the body is binary; `undefined` is stdout. */
  readonly output: string | undefined;
}

/** Where a response goes: stdout or a file, byte for byte, no faster than that takes it. */
export class Delivery {
  private readonly options: DeliveryOptions;
  private readonly stdout: Writable & { readonly isTTY?: boolean };
  private file: Writable | null = null;
  private statusSeen = 0;
  private failure: RequestFailure | null = null;
  private isFirst = true;

  constructor(options: DeliveryOptions, stdout: Writable & { readonly isTTY?: boolean }) {
    this.options = options;
    this.stdout = stdout;
    stdout.on('error', (error) => (this.failure = unwritable('stdout', error)));
  }

  /** Of the final head; 0 before it. */
  get status(): number {
    return this.statusSeen;
  }

  async head(head: Head): Promise<void> {
    this.statusSeen = head.status;
    if (this.options.include)
      await this.write(Buffer.from(headLines(head).join('\r\n') + '\r\n\r\n', 'latin1'));
  }

  async body(data: Uint8Array): Promise<void> {
    if (this.options.fail && this.statusSeen >= 400) return;
    if (this.isFirst) this.checkTerminal(data);
    this.isFirst = false;
    await this.write(data);
  }

  /** Resolves when all of it is written. */
  async close(): Promise<void> {
    const { file } = this;
    if (file !== null) await new Promise<void>((resolve) => file.end(resolve));
    if (this.failure !== null) throw this.failure;
  }

  private checkTerminal(data: Uint8Array): void {
    const { output } = this.options;
    if (output !== undefined || this.stdout.isTTY !== true || !data.includes(0)) return;
    throw new RequestFailure(
      23,
      'the body is binary, which upsets a terminal: add -o FILE, or -o - to see it anyway',
    );
  }

  private write(data: Uint8Array): Promise<void> {
    const target = this.target();
    return new Promise((resolve, reject) => {
      target.write(data, () => {
        if (this.failure === null) resolve();
        else reject(this.failure);
      });
    });
  }

  private target(): Writable {
    const { output } = this.options;
    if (output === undefined || output === '-') return this.stdout;
    this.file ??= createWriteStream(output).on(
      'error',
      (error) => (this.failure = unwritable(output, error)),
    );
    return this.file;
  }
}

/** A head as lines, without the blank one. */
export function headLines({ line, headers }: Head): string[] {
  const lines = [line];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return lines;
}

function unwritable(name: string, error: Error): RequestFailure {
  return new RequestFailure(23, `cannot write ${name}: ${whyUnwritable(error)}`);
}
