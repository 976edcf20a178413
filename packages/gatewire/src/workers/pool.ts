import type { BoundAddress, LogEntry } from '@gatewire/server';
import { Slot } from './slot.js';
import { StartFailure } from './worker-process.js';
import type { Worker } from './worker-process.js';

/** What a pool needs. */
export interface PoolOptions {
  /** Starts a worker. */
  readonly fork: (
    number: number,
    generation: number,
    onRetire: (worker: Worker, why: string) => void,
  ) => Worker;
  readonly log: (entry: LogEntry) => void;
}

/** A number of workers that is kept up: who dies is replaced, who is replaced stays until the new one is ready. */
export class Pool {
  private readonly options: PoolOptions;
  private readonly slots: Slot[] = [];
  /** Every worker that lives: those that stop and those that start too. */
  private readonly living = new Set<Worker>();
  private generation = 1;
  /** The workers of a reload that are not in their places yet. */
  private candidates: readonly Worker[] | null = null;
  private reloadAgain = false;
  private stopping = false;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  /** Number of workers that are wanted. */
  get size(): number {
    return this.slots.length;
  }

  /** Starts the workers; resolves with where they listen. Rejects with {@link StartFailure}, and then all have ended. */
  async start(count: number): Promise<readonly BoundAddress[]> {
    for (let i = 0; i < count; i++) this.addSlot();
    try {
      const workers = this.slots.map((slot) => slot.begin());
      const addresses = await Promise.all(workers.map((worker) => worker.ready));
      for (const [i, worker] of workers.entries()) this.slots[i].adopt(worker);
      return addresses[0];
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Loads the application afresh: as many new workers, and when all of them are ready, the old ones stop. When one fails
   * nothing changes. Called again in the meantime, it gives the new ones up and begins anew.
   */
  async reload(): Promise<void> {
    if (this.candidates !== null) {
      this.reloadAgain = true;
      for (const worker of this.candidates) worker.stop();
      return;
    }
    do {
      this.reloadAgain = false;
      await this.reloadOnce();
    } while (this.wantsReload());
  }

  /** One worker more, or one fewer; there is always one. */
  async resize(by: 1 | -1): Promise<void> {
    if (by === -1) {
      if (this.slots.length > 1) this.slots.pop()?.close();
    } else {
      const slot = this.addSlot();
      try {
        const worker = slot.begin();
        await worker.ready;
        slot.adopt(worker);
      } catch (error) {
        // One that was taken away in the meantime is not there any more.
        if (this.slots.includes(slot)) this.slots.splice(this.slots.indexOf(slot), 1);
        this.report(error, 'no further worker');
      }
    }
    const message = `${this.slots.length} ${this.slots.length === 1 ? 'worker' : 'workers'}`;
    this.options.log({ level: 'info', event: 'resized', message, workers: this.slots.length });
  }

  /** Lets all finish; resolves when they have ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const slot of this.slots) slot.close();
    for (const worker of this.living) worker.stop();
    await Promise.all([...this.living].map((worker) => worker.exited));
  }

  /** Ends those that are still there. */
  cut(): void {
    for (const worker of this.living) worker.cut();
  }

  /** Every worker opens its log files again. */
  reopen(): void {
    for (const worker of this.living) worker.reopen();
  }

  private addSlot(): Slot {
    const { log } = this.options;
    const slot = new Slot({ number: this.slots.length + 1, log, fork: (of) => this.fork(of) });
    this.slots.push(slot);
    return slot;
  }

  private fork(slot: Slot): Worker {
    const retired = (worker: Worker, why: string): void => slot.retire(worker, why);
    const worker = this.options.fork(slot.number, this.generation, retired);
    this.living.add(worker);
    void worker.exited.then(() => this.living.delete(worker));
    return worker;
  }

  private wantsReload(): boolean {
    return this.reloadAgain && !this.stopping;
  }

  private async reloadOnce(): Promise<void> {
    this.generation++;
    const slots = [...this.slots];
    const candidates = slots.map((slot) => slot.begin());
    this.candidates = candidates;
    const results = await Promise.allSettled(candidates.map((worker) => worker.ready));
    this.candidates = null;
    if (this.stopping || this.reloadAgain) return;
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) {
      for (const [i, slot] of slots.entries()) slot.adopt(candidates[i]);
      this.options.log({ level: 'info', event: 'reloaded', message: 'reloaded', workers: slots.length });
    } else {
      for (const worker of candidates) worker.stop();
      this.report(failure.reason, 'not reloaded, the workers stay as they were');
    }
  }

  private report(error: unknown, consequence: string): void {
    if (!(error instanceof StartFailure)) throw error;
    const { entry } = error;
    this.options.log({ ...entry, message: `${entry.message}; ${consequence}` });
  }
}
