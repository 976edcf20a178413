import type { LogEntry } from '@gatewire/server';
import { serverLog } from '../log.js';
import type { Log } from '../log.js';
import { serveApplication, whyNotStarted } from '../serve-application.js';
import type { RunningApplication } from '../serve-application.js';
import { sealed } from './messages.js';
import type { Order, Report, StartOrder } from './messages.js';
import { watchLimits } from './recycle.js';

/** Signals that a terminal sends to all processes of a command, or people to the master: the master passes them on. */
const FOR_THE_MASTER = ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGTTIN', 'SIGTTOU'] as const;

/** What a worker has ended with: the master knows it was not started. */
const EXIT_NOT_STARTED = 3;

/** A process that serves an application on sockets it has inherited, by order of its master. Ends the process itself. */
export function runWorker(): void {
  const worker = new WorkerProgram();
  process.on('message', (order: Order) => worker.obey(order));
  // The master is gone: nobody would stop this process any more.
  process.on('disconnect', () => worker.stop());
  process.on('SIGTERM', () => worker.leave());
  for (const signal of FOR_THE_MASTER) process.on(signal, () => undefined);
}

class WorkerProgram {
  private application: RunningApplication | null = null;
  private stopping = false;

  obey(order: Order): void {
    if (order.kind === 'start') void this.start(order);
    else if (order.kind === 'reopen') void this.application?.reopen();
    else if (order.kind === 'stop') this.stop();
    else this.cut();
  }

  /** Finishes the requests at work, then ends. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    if (this.application === null) process.exit();
    void this.application.close().then(() => process.exit());
  }

  /**
   * Asks to be replaced. A service manager sends TERM to every process of a service: the master decides what is stopped
   * when, and one worker alone shall not leave a gap.
   */
  leave(): void {
    if (this.application === null) process.exit();
    report({ kind: 'retire', why: 'SIGTERM' });
  }

  private cut(): void {
    this.stop();
    void this.application?.close();
  }

  private async start({ number, specifier, flags, listen }: StartOrder): Promise<void> {
    process.title = `gatewire worker ${number} ${specifier}`;
    const log = serverLog(flags, { worker: number, pid: process.pid });
    try {
      const onRequest = watchLimits(flags, (why) => report({ kind: 'retire', why }));
      this.application = await serveApplication(specifier, flags, { listen, log, worker: number, onRequest });
      report({ kind: 'ready', addresses: this.application.addresses });
    } catch (error) {
      failed(whyNotStarted(error), log);
    }
  }
}

function failed(entry: LogEntry, log: Log): void {
  const give = (): never => process.exit(EXIT_NOT_STARTED);
  if (process.send === undefined || !process.connected) {
    log(entry);
    give();
  } else {
    process.send(sealed<Report>({ kind: 'failed', entry: portable(entry) }), give);
  }
}

/** Without what cannot be copied to another process: an application may throw anything. */
function portable(entry: LogEntry): LogEntry {
  const { error } = entry;
  if (!(error instanceof Error)) return entry;
  const { name, message, stack } = error;
  return { ...entry, error: Object.assign(new Error(message), { name, stack }) };
}

function report(message: Report): void {
  if (process.connected) process.send?.(sealed(message));
}
