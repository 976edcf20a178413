import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startProgram } from './process.js';
import type { ProgramExit } from './process.js';
import { findProgram } from './programs.js';
import { freePort, makeTempDir } from './temp.js';

/** Options of {@link startNginx}: pieces of configuration, from the inside to the outside. */
export interface NginxOptions {
  /** Whole `location` blocks of the one server. See {@link passLocation}. */
  readonly locations?: readonly string[];
  /** Further directives of that server. */
  readonly server?: string;
  /** Further directives of the http block: `upstream`, `map`, more servers. */
  readonly http?: string;
  /** Further directives outside of it. */
  readonly main?: string;
  /** Port of that server on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Further parameters of its `listen` directive, such as `ssl` or `http2`. */
  readonly listen?: string;
  /** Its `server_name`. Default `localhost`. */
  readonly serverName?: string;
  /** Worker processes. Default 0: one process that does everything, the quickest to start and stop. */
  readonly workers?: number;
  /** Default `info`, which tells why a request failed. */
  readonly errorLogLevel?: 'debug' | 'info' | 'notice' | 'warn' | 'error';
  /** Write `access.log` in the prefix. Default false. */
  readonly accessLog?: boolean;
}

/** An nginx of one's own. */
export interface RunningNginx {
  /** Port of its server on 127.0.0.1. */
  readonly port: number;
  /** `http://127.0.0.1:port`, or `https` when it listens with `ssl`; without a slash at the end. */
  readonly url: string;
  /** Directory with its configuration, logs and temporary files; gone after `stop`. */
  readonly prefix: string;
  /** The configuration it runs with. */
  readonly config: string;
  readonly pid: number;
  errorLog(): Promise<string>;
  /** Ends it and removes the prefix. May be called twice. */
  stop(): Promise<ProgramExit>;
}

/**
 * Starts a private nginx and waits until it accepts. It needs no rights, no installed configuration and no directory
 * outside its prefix; it runs as the user that starts it.
 *
 * Rejects with its output when it is not installed, refuses the configuration or does not come up.
 *
 * @example
 * ```ts no-run
 * const nginx = await startNginx({ locations: [passLocation('uwsgi', '127.0.0.1:3031')] });
 * console.log(await (await fetch(`${nginx.url}/`)).text());
 * await nginx.stop();
 * ```
 */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const program = nginxProgram();
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      return await start(program, options, port);
    } catch (error) {
      // Between the choice of a free port and its use another program can take it.
      const lost = error instanceof Error && error.message.includes('Address already in use');
      if (!lost || options.port !== undefined || attempt === 3) throw error;
    }
  }
}

/** Version of the installed nginx, such as `1.22.1`; `null` when there is none. */
export function nginxVersion(): string | null {
  if (findProgram('nginx') === null) return null;
  return /nginx\/(\S+)/.exec(buildReport())?.[1] ?? null;
}

/**
 * The directives of a parameter file that nginx ships, such as `uwsgi_params`: one per line, comments and runs of
 * blanks removed. `null` when nginx or the file is missing.
 */
export function nginxParams(name: 'uwsgi_params' | 'fastcgi_params' | 'scgi_params'): string | null {
  if (findProgram('nginx') === null) return null;
  const configured = /--conf-path=(\S+)/.exec(buildReport())?.[1];
  const directory = configured === undefined ? '/etc/nginx' : dirname(configured);
  try {
    const text = readFileSync(join(directory, name), 'utf8');
    const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().replace(/\s+/g, ' '));
    return lines.filter((line) => line !== '').join('\n');
  } catch {
    return null;
  }
}

/**
 * A `location` that passes requests on, with the shipped parameter file. `address` is `host:port` or `unix:/path`;
 * `more` holds further directives.
 */
export function passLocation(
  protocol: 'uwsgi' | 'fastcgi' | 'scgi',
  address: string,
  more: string = '',
  path: string = '/',
): string {
  const params = nginxParams(`${protocol}_params`);
  if (params === null) throw new Error(`nginx's own ${protocol}_params is not installed`);
  return block(`location ${path}`, `${params}\n${more}\n${protocol}_pass ${address};`);
}

async function start(program: string, options: NginxOptions, port: number): Promise<RunningNginx> {
  const temp = await makeTempDir('gatewire-nginx');
  const prefix = temp.path;
  try {
    mkdirSync(join(prefix, 'temp'));
    const config = configuration(options, port, prefix);
    const path = join(prefix, 'nginx.conf');
    writeFileSync(path, config);
    const child = await startProgram(program, ['-p', prefix, '-c', path], { ready: { port } });
    const stop = async (): Promise<ProgramExit> => {
      const exit = await child.stop();
      await temp.remove();
      return exit;
    };
    const errorLog = (): Promise<string> => readFile(join(prefix, 'error.log'), 'utf8');
    const scheme = /\bssl\b/.test(options.listen ?? '') ? 'https' : 'http';
    return { port, url: `${scheme}://127.0.0.1:${port}`, prefix, config, pid: child.pid, errorLog, stop };
  } catch (error) {
    const log = await readFile(join(prefix, 'error.log'), 'utf8').catch(() => '');
    await temp.remove();
    if (error instanceof Error && log !== '') error.message += `\n${log}`;
    throw error;
  }
}

function configuration(options: NginxOptions, port: number, prefix: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const server = [
    `listen 127.0.0.1:${port}${options.listen === undefined ? '' : ` ${options.listen}`};`,
    `server_name ${options.serverName ?? 'localhost'};`,
    options.server ?? '',
    ...(options.locations ?? []),
  ];
  const http = [
    options.accessLog === true ? `access_log ${prefix}/access.log;` : 'access_log off;',
    ...temporary.map((name) => `${name}_temp_path ${prefix}/temp/${name};`),
    options.http ?? '',
    block('server', server.join('\n')),
  ];
  const main = [
    'daemon off;',
    processes(options.workers ?? 0),
    `pid ${prefix}/nginx.pid;`,
    `lock_file ${prefix}/nginx.lock;`,
    `error_log ${prefix}/error.log ${options.errorLogLevel ?? 'info'};`,
    options.main ?? '',
    block('events', 'worker_connections 1024;'),
    block('http', http.join('\n')),
  ];
  return `${main.filter((text) => text !== '').join('\n')}\n`;
}

function processes(workers: number): string {
  if (workers === 0) return 'master_process off;';
  // A master that root started hands its workers to "nobody", who may not enter the prefix.
  const user = process.getuid?.() === 0 ? '\nuser root;' : '';
  return `worker_processes ${workers};${user}`;
}

function block(head: string, body: string): string {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return `${head} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
}

function nginxProgram(): string {
  const program = findProgram('nginx');
  if (program === null) throw new Error('nginx is not installed (apt-get install nginx)');
  return program;
}

let report: string | null = null;

/** What `nginx -V` says: version and build options. */
function buildReport(): string {
  report ??= execFileSync('/bin/sh', ['-c', 'exec "$0" -V 2>&1', nginxProgram()], { encoding: 'utf8' });
  return report;
}
