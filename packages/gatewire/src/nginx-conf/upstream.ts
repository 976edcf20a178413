import { isAbsolute, resolve } from 'node:path';
import type { ListenAddress, Protocol } from '@gatewire/server';
import { nginxText } from './text.js';

/** Idle connections that each worker process of nginx keeps to the application. */
const KEPT_CONNECTIONS = 16;

/** Seconds after which the server closes an idle HTTP connection, unless told otherwise. */
const SERVER_KEEP_ALIVE = 5;

/** An `upstream` block with every address of a protocol. */
export interface Upstream {
  readonly protocol: Protocol;
  readonly name: string;
  readonly lines: readonly string[];
  /** Whether connections stay open from one request to the next. */
  readonly keeps: boolean;
}

/** How connections of a protocol are kept. */
export interface UpstreamOptions {
  /** Seconds after which the server closes an idle HTTP connection. */
  readonly keepAliveTimeout: number | undefined;
  /** What a relative path of a unix socket is relative to. */
  readonly directory: string;
  /** What its name begins with. */
  readonly name: string;
}

/**
 * The upstream of `protocol` with the addresses that are listened on.
 *
 * @throws RangeError when nginx cannot know an address: an inherited socket, or port 0.
 */
export function upstreamOf(
  protocol: Protocol,
  addresses: readonly ListenAddress[],
  options: UpstreamOptions,
): Upstream {
  const servers = addresses.map((address) => `server ${serverOf(address, options.directory)};`);
  const keep = keepLines(protocol, options.keepAliveTimeout ?? SERVER_KEEP_ALIVE);
  return {
    protocol,
    name: `${options.name}_${protocol}`,
    lines: [...servers, ...keep],
    keeps: keep.length > 0,
  };
}

/** uwsgi has one request per connection. An HTTP connection has to be given up before the server closes it. */
function keepLines(protocol: Protocol, serverSeconds: number): string[] {
  if (protocol === 'uwsgi') return [];
  const keepalive = `keepalive ${KEPT_CONNECTIONS};`;
  if (protocol === 'fastcgi') return [keepalive];
  const seconds = Math.min(60, Math.floor(serverSeconds) - 1);
  return seconds < 1 ? [] : [keepalive, `keepalive_timeout ${seconds}s;`];
}

function serverOf(address: ListenAddress, directory: string): string {
  if ('fd' in address) {
    throw new RangeError(
      `fd:${address.fd} does not tell where that socket listens: give its address instead, such as --${address.protocol} unix:/run/app.sock`,
    );
  }
  if ('path' in address) {
    const path = isAbsolute(address.path) ? address.path : resolve(directory, address.path);
    return nginxText(`unix:${path}`);
  }
  if (address.port === 0) {
    throw new RangeError('port 0 is another one at each start: choose a port, for nginx has to know it');
  }
  return `${reachable(address.host)}:${address.port}`;
}

/** Where a server that listens on every interface is reached from the same machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
