import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { WSGIApplication } from '@gatewire/interfaces';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { runCGI } from '@gatewire/server';
import type { CGIOptions } from '@gatewire/server';
import { loadApplication } from '../load-application.js';
import { serverLog } from '../log.js';
import type { Log } from '../log.js';
import { applicationOptions, whyNotStarted } from '../serve-application.js';
import type { CGIFlags } from './command.js';

/** The head, or some of the body, did not come out. */
const EXIT_INCOMPLETE = 1;

/** The application could not be loaded or started. */
const EXIT_NOT_STARTED = 3;

/** Loads the application and answers the request of this process. Ends the process by itself. */
export async function runOnce(specifier: string, flags: CGIFlags): Promise<void> {
  const log = serverLog(flags);
  const stdout = takeStdout();
  process.exit(await answer(specifier, flags, log, stdout));
}

async function answer(specifier: string, flags: CGIFlags, log: Log, stdout: Writable): Promise<number> {
  try {
    const app = await loadApplication(specifier, process.cwd());
    // What it is, the server finds out or is told by a flag: no type knows.
    const options = {
      ...applicationOptions(flags),
      ...startEnvironment(),
      log,
      stdout,
      signal: untilTerminated(),
    };
    const complete = await runCGI(app as WSGIApplication, options);
    return complete ? 0 : EXIT_INCOMPLETE;
  } catch (error) {
    log(whyNotStarted(error));
    await writeFailure(stdout);
    return EXIT_NOT_STARTED;
  }
}

/**
 * The real stdout is the response. Whoever writes to `process.stdout` or calls `console.log` from here on writes to the
 * web server's error log: one such line before the head, and the web server would not understand the response.
 */
function takeStdout(): Writable {
  const { stdout } = process;
  Object.defineProperty(process, 'stdout', {
    get: () => process.stderr,
    configurable: true,
    enumerable: true,
  });
  return stdout;
}

/** Web servers end a program by TERM, then by KILL: in between the application may clean up. A second TERM ends it at once. */
function untilTerminated(): AbortSignal {
  const terminated = new AbortController();
  process.once('SIGTERM', () => {
    terminated.abort();
  });
  return terminated.signal;
}

/**
 * The environment with one character for each byte. In `process.env` bytes that are no UTF-8 are lost: a path such as
 * `/caf%E9`. Linux keeps them.
 */
function startEnvironment(): Pick<CGIOptions, 'env' | 'encoding'> {
  let text: string;
  try {
    text = readFileSync('/proc/self/environ', 'latin1');
  } catch {
    return {};
  }
  const entries = text.split('\0').map((entry) => /^([^=]+)=(.*)$/s.exec(entry));
  const pairs = entries.flatMap((match) => (match === null ? [] : [[match[1], match[2]] as const]));
  return { env: Object.fromEntries(pairs), encoding: 'latin1' };
}

/** RFC 3875 §6.3.3: a web server that gets nothing has to guess; one that gets this says 500. Nothing leaks. */
function writeFailure(stdout: Writable): Promise<void> {
  const text = process.env['REQUEST_METHOD'] === 'HEAD' ? '' : 'Internal Server Error\n';
  const headers = ['Content-Type', 'text/plain'];
  const head = encodeResponseHead(500, headers, { form: 'cgi', reason: 'Internal Server Error' });
  stdout.on('error', () => undefined);
  return new Promise((resolve) => {
    stdout.write(Buffer.concat([head, Buffer.from(text)]), () => {
      resolve();
    });
  });
}
