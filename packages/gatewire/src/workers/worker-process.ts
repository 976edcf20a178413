import type { ChildProcess } from 'node:child_process';
import type { BoundAddress, LogEntry } from '@gatewire/server';
import { isReport, sealed } from './messages.js';
import type { Order } from './messages.js';

/** How long a worker may go on beyond the time it was given to stop, in milliseconds: it may be stuck in a loop. */
const STUCK_MS = 5000;

/** A worker did not come up; `entry` is its own word on it, or the master's. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly entry: LogEntry;

  constructor(entry: LogEntry) {
    super(entry.message);
    this.entry = entry;
  }
}

/** The parts of a worker that the pool sees, so that a test can stand in for it. */
export interface Worker {
  readonly pid: number;
  readonly number: number;
  /** How often the application had been loaded afresh when it was started. */
  readonly generation: number;
  /** Resolves when it serves; rejects with {@link StartFailure}. */
  readonly ready: Promise<readonly BoundAddress[]>;
  /** Resolves with what ended it, such as `exit code 1` or `SIGKILL`, and with how long it lived in milliseconds. */
  readonly exited: Promise<{ readonly how: string; readonly livedMs: number }>;
  /** Asks it to finish its requests and to end. */
  stop(): void;
  /** Asks it to end now. */
  cut(): void;
  /** Asks it to open its log files again. */
  reopen(): void;
}

/** What a {@link WorkerProcess} needs to be told. */
export interface WorkerOptions {
  readonly number: number;
  readonly generation: number;
  /** How long it may take to finish its requests, in milliseconds. */
  readonly gracefulMs: number;
  readonly onRetire: (worker: Worker, why: string) => void;
}

/** A worker as its master sees it. */
export class WorkerProcess implements Worker {
  readonly number: number;
  readonly generation: number;
  readonly ready: Promise<readonly BoundAddress[]>;
  readonly exited: Promise<{ readonly how: string; readonly livedMs: number }>;
  private readonly child: ChildProcess;
  private readonly gracefulMs: number;
  private guard: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(child: ChildProcess, start: Order, options: WorkerOptions) {
    const bornAt = performance.now();
    this.child = child;
    this.number = options.number;
    this.generation = options.generation;
    this.gracefulMs = options.gracefulMs;
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        clearTimeout(this.guard);
        resolve({ how, livedMs: performance.now() - bornAt });
      };
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      // No process at all; or its channel, when it has just died.
      child.on('error', (error) => {
        if (child.pid === undefined) end(error.message);
      });
    });
    this.ready = this.whenReady(options);
    this.ready.catch(() => undefined);
    this.send(start);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.killAfter(this.gracefulMs + STUCK_MS);
    this.send({ kind: 'stop' });
  }

  cut(): void {
    this.stopping = true;
    this.killAfter(STUCK_MS);
    this.send({ kind: 'cut' });
  }

  reopen(): void {
    this.send({ kind: 'reopen' });
  }

  private killAfter(ms: number): void {
    clearTimeout(this.guard);
    this.guard = setTimeout(() => this.child.kill('SIGKILL'), ms);
  }

  private send(order: Order): void {
    if (this.child.connected) this.child.send(sealed(order), () => undefined);
  }

  private whenReady({ onRetire }: WorkerOptions): Promise<readonly BoundAddress[]> {
    return new Promise((resolve, reject) => {
      this.child.on('message', (report: unknown) => {
        if (!isReport(report)) return;
        if (report.kind === 'ready') resolve(report.addresses);
        else if (report.kind === 'failed') reject(new StartFailure(report.entry));
        else onRetire(this, report.why);
      });
      void this.exited.then(({ how }) => reject(new StartFailure(diedAtStart(this, how))));
    });
  }
}

function diedAtStart({ number, pid }: Worker, how: string): LogEntry {
  const message = `worker ${number} (pid ${pid}) died before it was ready: ${how}`;
  return { level: 'error', event: 'start_failed', message, worker: number, pid };
}
