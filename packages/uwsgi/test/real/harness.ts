import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describeWith, findProgram, freePort, startProgram } from '@gatewire/testkit';
import type { RunningProgram } from '@gatewire/testkit';
import { UwsgiApplication } from '@gatewire/uwsgi';

/** Directory of the Python applications, with a slash at its end. */
export const APPS: string = fileURLToPath(new URL('./apps/', import.meta.url));

/** `describeWith`, for Debian's packages of Python modules too: `python3-flask` and the like. */
export function describeWithPython(modules: readonly string[], title: string, body: () => void): void {
  // A package that is not there is asked for under its own name, which no program has.
  const packages = modules.filter((name) => !hasModule(name)).map((name) => `python3-${name}`);
  describeWith(['uwsgi', ...packages], title, body);
}

function hasModule(name: string): boolean {
  return spawnSync('/usr/bin/python3', ['-c', `import ${name}`]).status === 0;
}

/** A uWSGI that runs. */
export interface RunningUwsgi extends RunningProgram {
  /** Where it takes uwsgi packets, on 127.0.0.1. */
  readonly port: number;
}

/** Starts uWSGI with the arguments given and a socket for uwsgi packets. */
export async function startUwsgi(
  plugins: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningUwsgi> {
  const port = await freePort();
  const common = [
    '--plugin',
    plugins,
    '--socket',
    `127.0.0.1:${port}`,
    '--master',
    '--die-on-term',
    '--no-orphans',
  ];
  const program = await startProgram(findProgram('uwsgi') ?? 'uwsgi', [...common, ...args], {
    ready: { output: /spawned uWSGI worker 1 / },
    env: { PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  return Object.assign(program, { port });
}

/** Sends the chunks to 127.0.0.1 and returns all that comes back until the other side closes. */
export function exchange(port: number, chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const received: Uint8Array[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(8_000, () =>
      socket.destroy(new Error(`no end of the answer: ${String(Buffer.concat(received))}`)),
    );
    socket.on('error', reject);
    socket.on('data', (data) => received.push(data));
    socket.on('close', () => resolve(new Uint8Array(Buffer.concat(received))));
    for (const chunk of chunks) socket.write(chunk);
  });
}

/** An HTTP response that was read to the end. Names of headers are lower-case. */
export interface Response {
  readonly status: string;
  readonly headers: ReadonlyMap<string, string>;
  /** UTF-8. */
  readonly body: string;
}

/** Takes a response apart; the first line may be of HTTP or of CGI. */
export function parseResponse(bytes: Uint8Array): Response {
  const text = Buffer.from(bytes);
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.toString('latin1', 0, Math.max(0, end)).split('\r\n');
  const headers = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { status: first.replace(/^HTTP\/\d\.\d /, ''), headers, body: text.toString('utf8', end + 4) };
}

/** A request as our decoder saw it. */
export interface SeenRequest {
  readonly modifier1: number;
  readonly modifier2: number;
  readonly pairs: readonly string[];
  readonly contentLength: number;
  readonly body: Buffer;
}

/** A server made of {@link UwsgiApplication} and node:net, for what real front ends send. */
export interface Backend {
  readonly port: number;
  /** The next request or the error it ended with, oldest first; waits for it. */
  seen(): Promise<SeenRequest | Error>;
  close(): Promise<void>;
}

/** Starts a {@link Backend} that answers each request with `HTTP/1.1 200 OK` and `answer`. */
export async function startBackend(answer: string, modifiers: readonly number[] = [0]): Promise<Backend> {
  const queue: (SeenRequest | Error)[] = [];
  const waiting: ((seen: SeenRequest | Error) => void)[] = [];
  const server = createServer((socket) => {
    const application = new UwsgiApplication({ modifiers });
    let request: Omit<SeenRequest, 'body'> | null = null;
    const body: Uint8Array[] = [];
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        application.receive(chunk);
        for (let event = application.next(); event !== null; event = application.next()) {
          if (event.kind === 'request') request = event;
          else if (event.kind === 'body') body.push(event.data.slice());
          else if (event.kind === 'bodyEnd' && request !== null) {
            report({ ...request, body: Buffer.concat(body) });
            socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`);
          }
        }
      } catch (error) {
        report(error as Error);
        socket.destroy();
      }
    });
  });
  function report(seen: SeenRequest | Error): void {
    const next = waiting.shift();
    if (next === undefined) queue.push(seen);
    else next(seen);
  }
  await listen(server);
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => {
      const first = queue.shift();
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
