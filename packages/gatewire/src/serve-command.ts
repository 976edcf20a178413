import { serve } from '@gatewire/server';
import type { AccessEntry, LogEntry, ServeOptions, Server } from '@gatewire/server';
import { formatAccessLine } from './access-log.js';
import { openAccessSink } from './access-sink.js';
import type { AccessSink } from './access-sink.js';
import { wantsColor } from './colors.js';
import { LoadError, loadApplication } from './load-application.js';
import { createLog, formatLogEntry } from './log.js';
import type { LogFormat } from './log.js';
import { listenersOf } from './serve-options.js';
import type { ServeFlags } from './serve-options.js';
import { stopOnSignals } from './signals.js';

/** The application could not be loaded or started. */
const EXIT_NOT_STARTED = 3;

/** What a shell reports for a program that SIGINT ended. */
const EXIT_CUT = 130;

type Log = (entry: LogEntry) => void;

/** Loads the application, listens, and serves until TERM or INT. Ends the process by itself. */
export async function runServe(specifier: string, flags: ServeFlags): Promise<void> {
  const color = wantsColor(process.stderr, process.env);
  const write = (line: string): boolean => process.stderr.write(line);
  const log = createLog({ level: flags.logLevel, format: flags.logFormat, color, write });
  try {
    const app = await loadApplication(specifier, process.cwd());
    const sink = await openLog(flags.accessLog, log);
    const server = await serve(app, optionsOf(flags, log, sink));
    stopAtSignal(server, sink, log);
    announce(server, flags.logFormat, write);
  } catch (error) {
    log(whyNotStarted(error));
    process.exit(EXIT_NOT_STARTED);
  }
}

async function openLog(target: string, log: Log): Promise<AccessSink | null> {
  const failed = (error: Error): LogEntry => ({
    level: 'error',
    event: 'access_log_failed',
    message: `access log: ${error.message}`,
  });
  try {
    return await openAccessSink(target, (error) => log(failed(error)));
  } catch (error) {
    throw new Error(`access log: ${(error as Error).message}`, { cause: error });
  }
}

function optionsOf(flags: ServeFlags, log: Log, sink: AccessSink | null): ServeOptions {
  const { logFormat: format } = flags;
  const access = (entry: AccessEntry): void =>
    sink?.write(formatAccessLine(entry, { format, time: new Date() }));
  return {
    listen: listenersOf(flags),
    log,
    ...(sink === null ? {} : { access }),
    ...(flags.rootPath === undefined ? {} : { rootPath: flags.rootPath }),
    ...(flags.maxBody === undefined ? {} : { maxBodyBytes: flags.maxBody }),
    ...(flags.headerTimeout === undefined ? {} : { headerTimeout: flags.headerTimeout }),
    ...(flags.bodyTimeout === undefined ? {} : { bodyTimeout: flags.bodyTimeout }),
    ...(flags.keepAliveTimeout === undefined ? {} : { keepAliveTimeout: flags.keepAliveTimeout }),
    ...(flags.limitConcurrency === undefined ? {} : { limitConcurrency: flags.limitConcurrency }),
    ...(flags.gracefulTimeout === undefined ? {} : { gracefulTimeout: flags.gracefulTimeout }),
  };
}

/**
 * The ready lines: written at every log level, because whoever starts the server waits for them, and all at once, so that
 * whoever has seen one has seen all.
 */
function announce(server: Server, format: LogFormat, write: (line: string) => unknown): void {
  const time = new Date();
  const lines = server.addresses.map(({ protocol, address }) => {
    const message = `listening on ${protocol} ${address}`;
    const entry: LogEntry = { level: 'info', event: 'listening', message, protocol, address };
    return formatLogEntry(entry, format, { color: false, time });
  });
  write(lines.join(''));
}

/** The first signal lets requests finish; the second INT cuts them, which the exit code tells. */
function stopAtSignal(server: Server, sink: AccessSink | null, log: Log): void {
  let exitCode = 0;
  const stop = async (signal: string): Promise<void> => {
    const hint = signal === 'SIGINT' ? '; Ctrl-C again stops at once' : '';
    log({
      level: 'info',
      event: 'stopping',
      message: `stopping after the requests in flight${hint}`,
      signal,
    });
    await server.close();
    await sink?.close();
    log({ level: 'info', event: 'stopped', message: 'stopped' });
    process.exit(exitCode);
  };
  const cut = (): void => {
    exitCode = EXIT_CUT;
    void server.close();
  };
  stopOnSignals(process, { stop: (signal) => void stop(signal), cut });
}

function whyNotStarted(error: unknown): LogEntry {
  if (error instanceof LoadError) {
    const details = hasOwnFrame(error.cause) ? { error: error.cause } : {};
    return { level: 'error', event: 'load_failed', message: error.message, ...details };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const listening = /^listen [A-Z]+: (.+)$/s.exec(message)?.[1];
  const text = listening === undefined ? message : `cannot listen: ${listening}`;
  return { level: 'error', event: 'start_failed', message: text, code };
}

/** Whether the stack leads to a line of somebody's module: Node's own frames alone help nobody. */
function hasOwnFrame(error: unknown): boolean {
  return error instanceof Error && /^ +at (?!.*node:)/m.test(error.stack ?? '');
}
