import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestBody } from './body.js';

/** Bytes that are kept in memory; what is larger goes into a temporary file. */
export const SPOOL_MEMORY = 1_048_576;

/** A body of unknown size, read to its end: in memory while it is small, then in a temporary file of one's own. */
export class Spool implements RequestBody {
  private size = 0;
  private held: Uint8Array[] = [];
  private directory: string | null = null;
  private file: FileHandle | null = null;

  /** Reads all of `source`. */
  static async from(source: AsyncIterable<Uint8Array>): Promise<Spool> {
    const spool = new Spool();
    try {
      for await (const chunk of source) await spool.add(chunk);
      await spool.file?.close();
    } catch (error) {
      await spool.close();
      throw error;
    }
    return spool;
  }

  get bytes(): number {
    return this.size;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    if (this.directory === null) yield* this.held;
    else yield* createReadStream(this.path(this.directory)) as AsyncIterable<Uint8Array>;
  }

  async close(): Promise<void> {
    this.held = [];
    if (this.directory === null) return;
    await this.file?.close().catch(() => undefined);
    await rm(this.directory, { recursive: true, force: true });
  }

  private async add(chunk: Uint8Array): Promise<void> {
    this.size += chunk.length;
    this.held.push(chunk);
    if (this.file === null && this.size <= SPOOL_MEMORY) return;
    this.file ??= await this.create();
    for (const held of this.held.splice(0)) await this.file.appendFile(held);
  }

  private async create(): Promise<FileHandle> {
    this.directory = await mkdtemp(join(tmpdir(), 'gatewire-request-'));
    return open(this.path(this.directory), 'wx', 0o600);
  }

  private path(directory: string): string {
    return join(directory, 'body');
  }
}
