import type { LogEntry } from '@gatewire/server';
import { restartDelay } from './backoff.js';
import { StartFailure } from './worker-process.js';
import type { Worker } from './worker-process.js';

/** What a slot needs from its pool. */
export interface SlotOptions {
  readonly number: number;
  /** Starts a worker with the application as it is now. */
  readonly fork: (slot: Slot) => Worker;
  readonly log: (entry: LogEntry) => void;
}

/**
 * The place of one worker. Whoever takes it is ready before the one who has it is asked to stop, so that there is always
 * one who accepts connections.
 */
export class Slot {
  readonly number: number;
  private readonly options: SlotOptions;
  private closed = false;
  /** Ends the wait before a start. */
  private endWait: () => void = () => undefined;
  private current: Worker | null = null;
  /** Waited before the current worker was started, in milliseconds. */
  private delayMs = 0;
  private renewing = false;

  constructor(options: SlotOptions) {
    this.number = options.number;
    this.options = options;
  }

  /** Starts a worker for this place, which it gets by `adopt` when it is ready. */
  begin(): Worker {
    return this.options.fork(this);
  }

  /** Gives the place to a worker, unless one with newer code has it; whoever is left over is asked to stop. */
  adopt(worker: Worker): void {
    const { current } = this;
    if (this.closed || (current !== null && current.generation > worker.generation)) {
      worker.stop();
      return;
    }
    this.current = worker;
    current?.stop();
    void worker.exited.then(({ how, livedMs }) => this.lost(worker, how, livedMs));
  }

  /** Replaces a worker that wants to retire. */
  retire(worker: Worker, why: string): void {
    if (this.current !== worker) return;
    const { number, pid } = worker;
    const message = `worker ${number} (pid ${pid}) is replaced: ${why}`;
    this.options.log({ level: 'info', event: 'worker_retired', message, worker: number, pid });
    void this.renew(worker, 0);
  }

  /** Nobody takes this place any more; who has it is asked to stop. */
  close(): void {
    this.closed = true;
    this.endWait();
    this.current?.stop();
    this.current = null;
  }

  private lost(worker: Worker, how: string, livedMs: number): void {
    if (this.current !== worker) return;
    this.current = null;
    this.delayMs = restartDelay(this.delayMs, livedMs);
    const { number, pid } = worker;
    const message = `worker ${number} (pid ${pid}) died: ${how}; ${restarts(this.delayMs)}`;
    this.options.log({ level: 'error', event: 'worker_died', message, worker: number, pid });
    void this.renew(null, this.delayMs);
  }

  /** Starts workers until one is ready, as long as `replaced` has the place. */
  private async renew(replaced: Worker | null, firstDelayMs: number): Promise<void> {
    if (this.renewing) return;
    this.renewing = true;
    let delay = firstDelayMs;
    while (await this.waited(delay)) {
      if (this.current !== replaced && this.current !== null) break;
      try {
        const worker = this.begin();
        await worker.ready;
        this.adopt(worker);
        break;
      } catch (error) {
        delay = restartDelay(delay, 0);
        this.notStarted(error, delay);
      }
    }
    this.renewing = false;
    this.delayMs = delay;
  }

  /** False when the place is given up. */
  private waited(ms: number): Promise<boolean> {
    if (ms === 0 || this.closed) return Promise.resolve(!this.closed);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), ms);
      this.endWait = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });
  }

  private notStarted(error: unknown, delayMs: number): void {
    if (!(error instanceof StartFailure)) throw error;
    if (this.closed) return;
    const { number } = this;
    const message = `${error.entry.message}; ${restarts(delayMs)}`;
    this.options.log({ ...error.entry, message, worker: number });
  }
}

function restarts(delayMs: number): string {
  return delayMs === 0 ? 'starting it again' : `starting it again in ${delayMs / 1000} s`;
}
