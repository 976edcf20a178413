import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WSGIApplication } from '@gatewire/interfaces';
import { serve } from '@gatewire/server';
import type { AccessEntry, BoundAddress, ListenAddress, LogEntry, ServeOptions } from '@gatewire/server';
import { formatAccessLine } from './access-log.js';
import { openAccessSink } from './access-sink.js';
import type { AccessSink } from './access-sink.js';
import { whyUnwritable } from './file-errors.js';
import { LoadError, loadApplication } from './load-application.js';
import type { Log } from './log.js';
import type { ServeFlags } from './serve-options.js';

/** An application that answers requests. */
export interface RunningApplication {
  readonly addresses: readonly BoundAddress[];
  /** Lets the requests at work finish, then closes all; called again, it cuts them. */
  close(): Promise<void>;
  /** Opens the access log again. */
  reopen(): Promise<void>;
}

/** In which process an application is served. */
export interface Place {
  readonly listen: readonly ListenAddress[];
  readonly log: Log;
  /** Number of the worker, when there are several processes. */
  readonly worker?: number;
  /** Called when a request has ended. */
  readonly onRequest?: () => void;
}

/** What {@link applicationOptions} reads, and what it makes of it. */
type ApplicationFlags = Pick<
  ServeFlags,
  'interface' | 'lifespan' | 'env' | 'rootPath' | 'maxBody' | 'bodyTimeout'
>;
type ApplicationOptions = Pick<
  ServeOptions,
  'interface' | 'lifespan' | 'environ' | 'rootPath' | 'maxBodyBytes' | 'bodyTimeout'
>;

/** Loads the application and serves it in this process. {@link whyNotStarted} words what it rejects with. */
export async function serveApplication(
  specifier: string,
  flags: ServeFlags,
  place: Place,
): Promise<RunningApplication> {
  const app = await loadApplication(specifier, process.cwd());
  const sink = await openLog(flags.accessLog, place.log);
  // What it is, the server finds out or is told by a flag: no type knows.
  const server = await serve(app as WSGIApplication, serverOptions(flags, place, sink));
  return {
    addresses: server.addresses,
    close: async () => {
      await server.close();
      await sink?.close();
    },
    reopen: async () => sink?.reopen(),
  };
}

/** What a person needs to read of an application or a server that did not start. */
export function whyNotStarted(error: unknown): LogEntry {
  if (error instanceof LoadError) {
    const details = hasOwnFrame(error.cause) ? { error: error.cause } : {};
    return { level: 'error', event: 'load_failed', message: error.message, ...details };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const text = whyNotListening(error as LookupError) ?? asFlags(message);
  return { level: 'error', event: 'start_failed', message: text, code };
}

/** What Node adds to the error of a look-up. */
interface LookupError extends NodeJS.ErrnoException {
  readonly hostname?: string;
}

function whyNotListening({ code, message, hostname }: LookupError): string | null {
  if (hostname !== undefined) return `cannot listen: ${hostname} has no address (${code})`;
  const why = /^listen [A-Z]+: (.+)$/s.exec(message)?.[1];
  if (why === undefined) return null;
  // That is how Node words a folder that is not there.
  const folder = dirname(/^permission denied (.+)$/s.exec(why)?.[1] ?? '.');
  if (code === 'EACCES' && !existsSync(folder)) return `cannot listen: there is no folder ${folder}`;
  const path = /^address already in use (.+)$/s.exec(why)?.[1];
  if (path !== undefined && isNoSocket(path))
    return `cannot listen: ${path} is a file that is no socket: move it away or choose another path`;
  return `cannot listen: ${why}`;
}

function isNoSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === false;
}

/** The server's message is for its library; here the answer is a flag. */
function asFlags(message: string): string {
  return message.replace(/\b(interface|lifespan): '(\w+)'/g, '--$1 $2').replace("'wsgi' is", 'wsgi is');
}

async function openLog(target: string, log: Log): Promise<AccessSink | null> {
  const failed = (error: Error): LogEntry => ({
    level: 'error',
    event: 'access_log_failed',
    message: `access log ${target}: ${whyUnwritable(error)}`,
  });
  try {
    return await openAccessSink(target, (error) => log(failed(error)));
  } catch (error) {
    throw new Error(`access log ${target}: ${whyUnwritable(error)}`, { cause: error });
  }
}

function serverOptions(flags: ServeFlags, place: Place, sink: AccessSink | null): ServeOptions {
  const { worker, onRequest } = place;
  const line = { format: flags.logFormat, ...(worker === undefined ? {} : { worker }) };
  const access = (entry: AccessEntry): void => {
    sink?.write(formatAccessLine(entry, { ...line, time: new Date() }));
    onRequest?.();
  };
  return {
    ...applicationOptions(flags),
    listen: place.listen,
    log: place.log,
    multiprocess: worker !== undefined,
    ...(sink === null && onRequest === undefined ? {} : { access }),
    ...(flags.headerTimeout === undefined ? {} : { headerTimeout: flags.headerTimeout }),
    ...(flags.keepAliveTimeout === undefined ? {} : { keepAliveTimeout: flags.keepAliveTimeout }),
    ...(flags.limitConcurrency === undefined ? {} : { limitConcurrency: flags.limitConcurrency }),
    ...(flags.gracefulTimeout === undefined ? {} : { gracefulTimeout: flags.gracefulTimeout }),
  };
}

/** The flags that are about the application and one request, as options of the server. */
export function applicationOptions(flags: ApplicationFlags): ApplicationOptions {
  return {
    interface: flags.interface,
    lifespan: flags.lifespan,
    ...(flags.env === undefined ? {} : { environ: flags.env }),
    ...(flags.rootPath === undefined ? {} : { rootPath: flags.rootPath }),
    ...(flags.maxBody === undefined ? {} : { maxBodyBytes: flags.maxBody }),
    ...(flags.bodyTimeout === undefined ? {} : { bodyTimeout: flags.bodyTimeout }),
  };
}

/** Whether the stack leads to a line of somebody's module: Node's own frames alone help nobody. */
function hasOwnFrame(error: unknown): boolean {
  return error instanceof Error && /^ +at (?!.*node:)/m.test(error.stack ?? '');
}
