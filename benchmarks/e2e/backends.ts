import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, PHP_FPM, startGo, startPhpFpm, startProgram } from '@gatewire/testkit/servers';

/** A program that answers behind nginx. */
export interface Backend {
  readonly name: string;
  /** What nginx speaks with it, and whether it keeps connections. */
  readonly pass: 'uwsgi' | 'fastcgi' | 'http';
  readonly keep: boolean;
  /** Programs that have to be installed. */
  readonly needs: readonly string[];
  /** `flags` are for node, where it runs on node. */
  readonly start: (flags?: readonly string[]) => Promise<RunningBackend>;
}

export interface RunningBackend {
  readonly pid: number;
  /** Path of its unix socket. */
  readonly socket: string;
  /** Further directives that nginx needs for it. */
  readonly directives?: string;
  stop(): Promise<unknown>;
}

/** What the project is judged by is measured against these two. */
export const NODE_KEEP = 'node:http, kept';
export const NODE_CLOSE = 'node:http, closed';
export const GATEWIRE_FASTCGI = 'gatewire FastCGI, kept';
export const GATEWIRE_UWSGI = 'gatewire uwsgi';
export const BARE_UWSGI = 'bare node:net, uwsgi';
export const BARE_FASTCGI = 'bare node:net, FastCGI kept';

const APPS = fileURLToPath(new URL('./apps/', import.meta.url));

/** All of them, ours first. Every one listens at a unix socket and runs in one process, php-fpm in two. */
export const BACKENDS: readonly Backend[] = [
  gatewire(GATEWIRE_UWSGI, 'uwsgi', false),
  gatewire(GATEWIRE_FASTCGI, 'fastcgi', true),
  gatewire('gatewire FastCGI, closed', 'fastcgi', false),
  gatewire('gatewire HTTP, kept', 'http', true),
  node(NODE_KEEP, 'http', true, ['node-http.mjs']),
  node(NODE_CLOSE, 'http', false, ['node-http.mjs']),
  node(BARE_UWSGI, 'uwsgi', false, ['bare-net.mjs', 'uwsgi']),
  node(BARE_FASTCGI, 'fastcgi', true, ['bare-net.mjs', 'fastcgi']),
  { name: 'uWSGI + Python', pass: 'uwsgi', keep: false, needs: ['uwsgi'], start: () => startUwsgi() },
  // Its processes serve a connection at a time: with kept ones nginx would wait for both of them.
  { name: 'php-fpm', pass: 'fastcgi', keep: false, needs: [PHP_FPM], start: () => startPhp() },
  {
    name: 'Go net/http/fcgi, kept',
    pass: 'fastcgi',
    keep: true,
    needs: ['go'],
    start: () => startGo(readFileSync(join(APPS, 'main.go.txt'), 'utf8')),
  },
];

function gatewire(name: string, pass: Backend['pass'], keep: boolean): Backend {
  const manifest = createRequire(import.meta.url).resolve('gatewire/package.json');
  const command = join(dirname(manifest), 'dist', 'cli.js');
  const flags = ['--access-log', 'none', '--log-level', 'error', '--keep-alive-timeout', '600'];
  const application = join(APPS, 'application.mjs');
  const start = (nodeFlags: readonly string[] = []): Promise<RunningBackend> =>
    inFolder((socket) => [
      process.execPath,
      ...nodeFlags,
      command,
      'serve',
      application,
      `--${pass}`,
      `unix:${socket}`,
      ...flags,
    ]);
  return { name, pass, keep, needs: [], start };
}

/** A program in the folder of applications, called with its arguments and then the socket. */
function node(
  name: string,
  pass: Backend['pass'],
  keep: boolean,
  [file, ...args]: readonly string[],
): Backend {
  const start = (nodeFlags: readonly string[] = []): Promise<RunningBackend> =>
    inFolder((socket) => [process.execPath, ...nodeFlags, join(APPS, file), ...args, socket]);
  return { name, pass, keep, needs: [], start };
}

function startUwsgi(): Promise<RunningBackend> {
  const application = join(APPS, 'application.py');
  return inFolder((socket) => [
    findProgram('uwsgi') ?? 'uwsgi',
    ...['--plugin', 'python3', '--socket', socket, '--chmod-socket=666', '--listen', '128'],
    ...['--wsgi-file', application, '--disable-logging', '--die-on-term', '--need-app'],
  ]);
}

async function startPhp(): Promise<RunningBackend> {
  const server = await startPhpFpm({ 'index.php': readFileSync(join(APPS, 'index.php'), 'utf8') });
  const directives = `fastcgi_param SCRIPT_FILENAME ${join(server.prefix, 'index.php')};`;
  return { pid: server.pid, socket: server.socket, directives, stop: () => server.stop() };
}

/** Starts a command whose socket is in a folder of its own, and waits until it accepts. */
async function inFolder(command: (socket: string) => readonly string[]): Promise<RunningBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'gatewire-e2e-'));
  const socket = join(folder, 'socket');
  const [program, ...args] = command(socket);
  try {
    const running = await startProgram(program, args, {
      ready: { socket },
      env: { NODE_ENV: 'production', PYTHONDONTWRITEBYTECODE: '1' },
    });
    const stop = async (): Promise<void> => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    return { pid: running.pid, socket, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
