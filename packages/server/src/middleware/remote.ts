import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { EnvironError } from '@gatewire/environ';
import type { VariablesOptions } from '@gatewire/environ/variables';
import type { ASGI3Application, HTTPScope } from '@gatewire/interfaces';
import { Answer, RequestPump } from '../adapters/forward.js';
import { onlyHttp, refuse } from '../adapters/only-http.js';
import type { HTTPReceive } from '../adapters/only-http.js';
import type { Protocol } from '../options.js';
import { checkSocketPath } from '../unix-socket.js';
import { exchangeFastcgi } from './remote-fastcgi.js';
import { exchangeHttp } from './remote-http.js';
import { exchangeUwsgi } from './remote-uwsgi.js';
import { RemoteError } from './remote-exchange.js';
import type { RemoteExchange } from './remote-exchange.js';

/** A server to forward to. */
export type RemoteAddress =
  | { readonly protocol: Protocol; readonly host: string; readonly port: number }
  | { readonly protocol: Protocol; readonly path: string };

/** Options of {@link remote}. Times are seconds. */
export interface RemoteOptions {
  /** Servers in turn; one that cannot be reached is passed over. */
  readonly to: readonly RemoteAddress[];
  /** For a connection to be accepted. Default 5. */
  readonly connectTimeout?: number;
  /** Without a byte from the server. Default 60. */
  readonly timeout?: number;
  /** How long a server that could not be reached is tried last. Default 10. */
  readonly failTimeout?: number;
  /** For uwsgi and FastCGI: what else the server is told, the document root of php-fpm for one. */
  readonly variables?: Omit<VariablesOptions, 'form' | 'contentLength'>;
}

const EXCHANGES: Readonly<Record<Protocol, RemoteExchange>> = {
  uwsgi: exchangeUwsgi,
  fastcgi: exchangeFastcgi,
  http: exchangeHttp,
};

/**
 * An ASGI application that forwards each request to another uwsgi, FastCGI or HTTP server and streams the answer back, at
 * the pace of the reader. Servers take turns. Where one cannot be reached the next is tried; once a request was sent it is
 * sent nowhere else.
 *
 * Answers itself: 502 when no server can be reached, or what comes back is no response; 504 when nothing comes in time; 411
 * for a body of unknown size to uwsgi or FastCGI. A response that breaks off rejects, so that the client sees the cut.
 *
 * @throws RangeError when `to` is empty, or the path of a unix socket is longer than the system takes.
 *
 * @example
 * ```ts
 * import { remote } from '@gatewire/server/middleware';
 *
 * export default remote({
 *   to: [
 *     { protocol: 'fastcgi', host: '10.0.0.1', port: 9000 },
 *     { protocol: 'fastcgi', host: '10.0.0.2', port: 9000 },
 *   ],
 *   variables: { documentRoot: '/srv/www' },
 * });
 * ```
 */
export function remote(options: RemoteOptions): ASGI3Application {
  const { to } = options;
  if (to.length === 0) throw new RangeError('remote() has no server to forward to');
  for (const address of to) if ('path' in address) checkSocketPath(address.path);
  const turns = new Turns(to, 1000 * (options.failTimeout ?? 10));
  return onlyHttp(async (scope, receive, send) => {
    const answer = new Answer(send);
    try {
      const { socket, address } = await reach(turns, 1000 * (options.connectTimeout ?? 5));
      await forward(socket, address, { scope, receive, answer }, options);
    } catch (error) {
      if (answer.started) throw error;
      const [status, line] = statusOf(error);
      if (status === 0) throw error;
      await refuse(send, status, line);
    }
  });
}

interface Call {
  readonly scope: HTTPScope;
  readonly receive: HTTPReceive;
  readonly answer: Answer;
}

async function forward(
  socket: Socket,
  address: RemoteAddress,
  { scope, receive, answer }: Call,
  { timeout = 60, variables = {} }: RemoteOptions,
): Promise<void> {
  const body = new RequestPump(receive, socket);
  socket.setTimeout(1000 * timeout, () => socket.destroy(new RemoteError(504, 'Gateway Timeout')));
  try {
    await EXCHANGES[address.protocol]({ scope, socket, body, answer, variables });
  } catch (error) {
    // Nobody waits for an answer any more.
    if (!body.gone) throw error;
  } finally {
    socket.destroy();
  }
}

/** Connects to the first server that can be reached. @throws RemoteError 502. */
async function reach(
  turns: Turns,
  timeoutMs: number,
): Promise<{ readonly socket: Socket; readonly address: RemoteAddress }> {
  for (const address of turns.next()) {
    const socket = connect(address);
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), timeoutMs);
    try {
      await once(socket, 'connect');
      socket.setNoDelay(true);
      // Whoever reads learns of errors; without a listener an early one would end the process.
      socket.on('error', () => undefined);
      return { socket, address };
    } catch {
      turns.failed(address);
    } finally {
      clearTimeout(timer);
    }
  }
  throw new RemoteError(502, 'Bad Gateway');
}

function statusOf(error: unknown): [status: number, line: string] {
  if (error instanceof RemoteError) return [error.status, error.message];
  if (!(error instanceof EnvironError)) return [0, ''];
  return error.code === 'ENVIRON_LENGTH_REQUIRED' ? [411, 'Length Required'] : [error.status, 'Bad Request'];
}

/** Whose turn it is. */
class Turns {
  private readonly addresses: readonly RemoteAddress[];
  private readonly failMs: number;
  /** `performance.now()` up to which an address is tried last. */
  private readonly avoidUntil = new Map<RemoteAddress, number>();
  private turn = 0;

  constructor(addresses: readonly RemoteAddress[], failMs: number) {
    this.addresses = addresses;
    this.failMs = failMs;
  }

  /** The addresses in the order in which to try them: round robin, those that failed lately last. */
  next(): RemoteAddress[] {
    const start = this.turn++ % this.addresses.length;
    const order = [...this.addresses.slice(start), ...this.addresses.slice(0, start)];
    const now = performance.now();
    const isAvoided = (address: RemoteAddress): boolean => (this.avoidUntil.get(address) ?? 0) > now;
    return [...order.filter((address) => !isAvoided(address)), ...order.filter(isAvoided)];
  }

  failed(address: RemoteAddress): void {
    this.avoidUntil.set(address, performance.now() + this.failMs);
  }
}
