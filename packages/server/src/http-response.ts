import type { ServerResponse } from 'node:http';
import type { ClientGone } from './body-queue.js';
import type { SentResponse } from './service.js';

/** A response through node:http, which frames it. */
export class HttpResponse implements SentResponse {
  bytesOut = 0;
  headAt = 0;
  endAt = 0;
  private readonly response: ServerResponse;
  private readonly stallMs: number;
  private waiting: { resolve: () => void; reject: (error: Error) => void } | null = null;
  private stall: NodeJS.Timeout | undefined;
  private gone: ClientGone | null = null;

  constructor(response: ServerResponse, stallMs: number) {
    this.response = response;
    this.stallMs = stallMs;
    response.on('drain', () => this.settle()?.resolve());
  }

  get status(): number {
    return this.headAt === 0 ? 0 : this.response.statusCode;
  }

  head(status: number, reason: string, headers: readonly string[]): void {
    this.response.writeHead(status, reason, [...headers]);
    this.headAt = performance.now();
  }

  write(data: Uint8Array): Promise<void> | undefined {
    if (this.gone !== null) return Promise.reject(this.gone);
    this.bytesOut += data.length;
    if (this.response.write(data)) return undefined;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.stall = setTimeout(() => this.response.destroy(), this.stallMs);
    });
  }

  end(data?: Uint8Array): void {
    if (this.gone !== null) throw this.gone;
    this.endAt = performance.now();
    this.bytesOut += data?.length ?? 0;
    this.response.end(data);
  }

  cut(): void {
    this.response.destroy();
  }

  /** Nobody reads any more. */
  fail(error: ClientGone): void {
    this.gone ??= error;
    this.settle()?.reject(error);
  }

  private settle(): { resolve: () => void; reject: (error: Error) => void } | null {
    const { waiting } = this;
    clearTimeout(this.stall);
    this.waiting = null;
    return waiting;
  }
}
