import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to know that a program can be used. */
export type Ready =
  /** A TCP port on 127.0.0.1 accepts connections. */
  | { readonly port: number }
  /** A unix socket accepts connections. */
  | { readonly socket: string }
  /** What it has written to stdout and stderr matches. */
  | { readonly output: RegExp }
  /** It exists. */
  | 'started';

/** Options of {@link startProgram}. */
export interface ProgramOptions {
  /** Default `started`. */
  readonly ready?: Ready;
  /** Milliseconds until a program that is not ready is given up. Default 15,000. */
  readonly timeout?: number;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** What asks the program to end. Default `SIGTERM`; uWSGI without `--die-on-term` needs `SIGINT`. */
  readonly stopSignal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
  /** Milliseconds between that and `SIGKILL`. Default 3,000. */
  readonly grace?: number;
}

/** How a program ended: a code, or the signal that ended it. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A child program. */
export interface RunningProgram {
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ProgramExit>;
  /** What it wrote to stdout and stderr, in order of arrival: the last 256 KiB. */
  output(): string;
  /** Resolves once `output()` matches; rejects when the program ends or `timeout` milliseconds pass before. */
  waitForOutput(pattern: RegExp, timeout?: number): Promise<void>;
  /** Ends it, politely first, and waits until it is gone. May be called twice. */
  stop(): Promise<ProgramExit>;
}

const OUTPUT_LIMIT = 256 * 1024;
const POLL = 15;

/** Children that live: a test run that is cut short must not leave servers behind. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/**
 * Starts a program and waits until it is ready. Its stdin is empty.
 *
 * Rejects when it cannot be started, ends before it is ready, or is not ready in time; the message holds its output.
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<RunningProgram> {
  const program = new Program(command, args, options);
  try {
    await program.whenReady(options.ready ?? 'started', options.timeout ?? 15_000);
    return program;
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** Resolves once something accepts connections at `where`, rejects after `timeout` milliseconds. */
export async function waitUntilAccepting(
  where: { port: number } | { socket: string },
  timeout: number = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await accepts(where))) {
    if (Date.now() > deadline)
      throw new Error(`nothing accepts at ${JSON.stringify(where)} after ${timeout} ms`);
    await sleep(POLL);
  }
}

class Program implements RunningProgram {
  readonly exited: Promise<ProgramExit>;
  private readonly child: ChildProcess;
  private readonly options: ProgramOptions;
  private readonly title: string;
  private text = '';
  private exit: ProgramExit | null = null;
  private startError: Error | null = null;

  constructor(command: string, args: readonly string[], options: ProgramOptions) {
    this.options = options;
    this.title = [command, ...args].join(' ');
    this.child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    living.add(this.child);
    this.child.stdout?.setEncoding('latin1').on('data', (text: string) => this.collect(text));
    this.child.stderr?.setEncoding('latin1').on('data', (text: string) => this.collect(text));
    this.exited = new Promise((resolve) => {
      const end = (exit: ProgramExit): void => {
        living.delete(this.child);
        this.exit ??= exit;
        resolve(this.exit);
      };
      this.child.once('error', (error) => {
        this.startError = error;
        if (this.child.pid === undefined) end({ code: null, signal: null });
      });
      // `close`, not `exit`: by then all of its output has been read.
      this.child.once('close', (code, signal) => end({ code, signal }));
      // A grandchild can hold the pipes open: the program itself is gone all the same.
      this.child.once('exit', (code, signal) => setTimeout(end, 200, { code, signal }).unref());
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  output(): string {
    return this.text;
  }

  async whenReady(ready: Ready, timeout: number): Promise<void> {
    if (ready === 'started') await this.waitFor(() => this.child.pid !== undefined, timeout, 'started');
    else if ('output' in ready) await this.waitForOutput(ready.output, timeout);
    else await this.waitFor(() => accepts(ready), timeout, `accepting at ${JSON.stringify(ready)}`);
  }

  async waitForOutput(pattern: RegExp, timeout: number = 15_000): Promise<void> {
    // Not `pattern.test`: it keeps state when the pattern has the flag g.
    await this.waitFor(() => this.text.search(pattern) >= 0, timeout, `writing ${String(pattern)}`);
  }

  async stop(): Promise<ProgramExit> {
    if (this.exit !== null) return this.exit;
    this.child.kill(this.options.stopSignal ?? 'SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), this.options.grace ?? 3_000);
    const exit = await this.exited;
    clearTimeout(kill);
    return exit;
  }

  private async waitFor(
    check: () => boolean | Promise<boolean>,
    timeout: number,
    what: string,
  ): Promise<void> {
    const deadline = Date.now() + timeout;
    while (!(await check())) {
      if (this.startError !== null) throw new Error(`${this.title}: ${this.startError.message}`);
      if (this.exit !== null)
        throw this.failed(`ended (${this.exit.signal ?? this.exit.code ?? '?'}) before ${what}`);
      if (Date.now() > deadline) throw this.failed(`not ${what} after ${timeout} ms`);
      await sleep(POLL);
    }
  }

  private failed(why: string): Error {
    return new Error(`${this.title}: ${why}\n${this.text || '(no output)'}`);
  }

  private collect(text: string): void {
    this.text = (this.text + text).slice(-OUTPUT_LIMIT);
  }
}

async function accepts(where: { readonly port: number } | { readonly socket: string }): Promise<boolean> {
  const target: NetConnectOpts =
    'port' in where ? { port: where.port, host: '127.0.0.1' } : { path: where.socket };
  const socket = connect(target);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
