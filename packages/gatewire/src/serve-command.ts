import { fstatSync } from 'node:fs';
import type { BoundAddress, ListenAddress, LogEntry } from '@gatewire/server';
import { formatLogEntry, serverLog } from './log.js';
import type { Log, LogFormat } from './log.js';
import { serveApplication, whyNotStarted } from './serve-application.js';
import { listenersOf } from './serve-options.js';
import type { ServeFlags } from './serve-options.js';
import { onSignals } from './signals.js';
import type { SignalActions } from './signals.js';
import { Announcer } from './subscribe/announcer.js';
import { signer } from './subscribe/signature.js';
import { startWorkers } from './workers/master.js';
import { StartFailure } from './workers/worker-process.js';

/** The application could not be loaded or started. */
const EXIT_NOT_STARTED = 3;

/** What a shell reports for a program that SIGINT ended. */
const EXIT_CUT = 130;

/** What serves, in this process or in workers. */
interface Running {
  readonly addresses: readonly BoundAddress[];
  /** How many there are. */
  readonly processes: () => number;
  /** Lets the requests at work finish. */
  stop(): Promise<void>;
  cut(): void;
  /** What the other signals do. */
  readonly actions: Pick<SignalActions, 'reopen' | 'reload' | 'more' | 'fewer'>;
}

/** Loads the application, listens, and serves until TERM or INT. Ends the process by itself. */
export async function runServe(specifier: string, flags: ServeFlags): Promise<void> {
  const log = serverLog(flags);
  let running: Running | null = null;
  try {
    const sign = flags.subscribeSign === undefined ? {} : { sign: signer(flags.subscribeSign) };
    checkInherited(listenersOf(flags));
    const start = wantsWorkers(flags) ? inWorkers : inThisProcess;
    running = await start(specifier, flags, log);
    const { addresses: listeners, processes: cores } = running;
    const announcer = new Announcer({ targets: flags.subscribe ?? [], listeners, cores, log, ...sign });
    onSignals(process, { ...stopping(running, announcer, log), ...running.actions });
    announcer.start();
    writeReadyLines(listeners, flags.logFormat);
  } catch (error) {
    log(error instanceof StartFailure ? error.entry : whyNotStarted(error));
    await running?.stop();
    process.exit(EXIT_NOT_STARTED);
  }
}

/** The system's words for a descriptor that is no socket name neither the one nor the other. */
function checkInherited(addresses: readonly ListenAddress[]): void {
  for (const address of addresses) {
    if ('fd' in address && !isSocket(address.fd))
      throw new Error(`cannot listen: fd:${address.fd} is no socket that is open in this process`);
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

/** Workers are what can be counted, replaced and reloaded. */
function wantsWorkers(flags: ServeFlags): boolean {
  return flags.workers !== undefined || flags.maxRequests !== undefined || flags.maxRss !== undefined;
}

async function inThisProcess(specifier: string, flags: ServeFlags, log: Log): Promise<Running> {
  const application = await serveApplication(specifier, flags, { listen: listenersOf(flags), log });
  return {
    addresses: application.addresses,
    processes: () => 1,
    stop: () => application.close(),
    cut: () => void application.close(),
    actions: { reopen: () => void application.reopen() },
  };
}

async function inWorkers(specifier: string, flags: ServeFlags, log: Log): Promise<Running> {
  const workers = await startWorkers(specifier, flags, flags.workers ?? 1, log);
  const { pool } = workers;
  return {
    addresses: workers.addresses,
    processes: () => pool.size,
    stop: () => workers.stop(),
    cut: () => pool.cut(),
    actions: {
      reopen: () => pool.reopen(),
      reload: () => void pool.reload(),
      more: () => void pool.resize(1),
      fewer: () => void pool.resize(-1),
    },
  };
}

/**
 * The ready lines: written at every log level, because whoever starts the server waits for them, and all at once, so that
 * whoever has seen one has seen all.
 */
function writeReadyLines(addresses: readonly BoundAddress[], format: LogFormat): void {
  const time = new Date();
  const lines = addresses.map(({ protocol, address }) => {
    const message = `listening on ${protocol} ${address}`;
    const entry: LogEntry = { level: 'info', event: 'listening', message, protocol, address };
    return formatLogEntry(entry, format, { color: false, time });
  });
  process.stderr.write(lines.join(''));
}

/** The first signal lets requests finish; the second INT cuts them, which the exit code tells. */
function stopping(running: Running, announcer: Announcer, log: Log): Pick<SignalActions, 'stop' | 'cut'> {
  let exitCode = 0;
  const stop = async (signal: string): Promise<void> => {
    const hint = signal === 'SIGINT' ? '; Ctrl-C again stops at once' : '';
    log({
      level: 'info',
      event: 'stopping',
      message: `stopping after the requests in flight${hint}`,
      signal,
    });
    // Before the listeners are closed: a router shall find nobody gone.
    await announcer.withdraw();
    await running.stop();
    log({ level: 'info', event: 'stopped', message: 'stopped' });
    process.exit(exitCode);
  };
  return {
    stop: (signal) => void stop(signal),
    cut: () => {
      exitCode = EXIT_CUT;
      running.cut();
    },
  };
}
