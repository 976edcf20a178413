import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { encodeRecord, encodeBeginRequest, encodePairs, FCGI_TYPE } from '@gatewire/fastcgi';
import type { BoundAddress } from '@gatewire/server';
import { makeTempDir, startProgram } from '@gatewire/testkit/servers';
import { encodeRequest } from '@gatewire/uwsgi';

/** What `victim.ts` says of itself. */
export interface State {
  /** Bytes of heap and outside of it, after collection. */
  readonly used: number;
  readonly rss: number;
  readonly sockets: number;
  readonly timers: number;
  readonly cwd: string;
  readonly env: string;
}

/** A server in a process of its own. */
export interface Target {
  readonly addresses: readonly BoundAddress[];
  readonly pid: number;
  stop(): Promise<void>;
}

const VICTIM = fileURLToPath(new URL('victim.ts', import.meta.url));
const NODE = [process.execPath, '--expose-gc', '--conditions=@gatewire/source', '--import', 'tsx', VICTIM];

/** Starts a server that waits `seconds` for each step of a client. `files` is the most that it may have open. */
export async function startTarget(seconds: number = 0.5, files: number = 0): Promise<Target> {
  const directory = await makeTempDir('gatewire-tough');
  const limit = files === 0 ? '' : `ulimit -n ${files}; `;
  const program = await startProgram(
    '/bin/sh',
    ['-c', `${limit}exec "$@"`, 'sh', ...NODE, directory.path, String(seconds)],
    {
      ready: { output: /\n/ },
      timeout: 30_000,
    },
  );
  return {
    addresses: JSON.parse(program.output()) as BoundAddress[],
    pid: program.pid,
    stop: async () => {
      await program.stop();
      await directory.remove();
    },
  };
}

/** A connection whose fate is the attack's business: errors are no news. */
export async function dial({ path, host, port = 0 }: BoundAddress): Promise<Socket> {
  const socket =
    path === undefined
      ? connect({ host: host ?? '', port, allowHalfOpen: true })
      : connect({ path, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

/** Resolves when a connection is over, however it ends. */
export function closed(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));
}

/** The bytes of a request; `length` of a body that is not sent. */
export function requestBytes(
  { protocol }: BoundAddress,
  path: string,
  query: string = '',
  length: number = 0,
): Buffer {
  const method = length > 0 ? 'POST' : 'GET';
  const pairs = ['REQUEST_METHOD', method, 'PATH_INFO', path, 'REQUEST_URI', path, 'QUERY_STRING', query];
  switch (protocol) {
    case 'uwsgi':
      return Buffer.concat(encodeRequest(pairs, { contentLength: length }));
    case 'fastcgi':
      return Buffer.concat([
        encodeBeginRequest(1, 1, 0),
        encodeRecord(FCGI_TYPE.PARAMS, 1, encodePairs([...pairs, 'CONTENT_LENGTH', String(length)])),
        encodeRecord(FCGI_TYPE.PARAMS, 1),
        ...(length > 0 ? [] : [encodeRecord(FCGI_TYPE.STDIN, 1)]),
      ]);
    case 'http':
      return Buffer.from(
        `${method} ${path}?${query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
      );
  }
}

/** The whole answer to a request, as it stands on the wire, Latin-1. */
export async function ask(address: BoundAddress, path: string, query: string = ''): Promise<string> {
  const socket = await dial(address);
  socket.write(requestBytes(address, path, query));
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.once('end', () => socket.end());
  await closed(socket);
  return Buffer.concat(parts).toString('latin1');
}

/** What the server says of itself. */
export async function stateOf({ addresses }: Target): Promise<State> {
  const answer = await ask(addresses[0], '/state');
  return JSON.parse(answer.slice(answer.indexOf('{'))) as State;
}

/** Processor time that a process has used, in ticks of 10 ms. */
export function ticksOf({ pid }: Target): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** How many files and sockets a process has open. */
export function descriptorsOf({ pid }: Target): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Memory that a process holds, in bytes. */
export function residentOf({ pid }: Target): number {
  return 1024 * Number(/^VmRSS:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}
