import type { DefinedApplication, WSGIApplication } from '@gatewire/interfaces';
import { runnerFor } from './application.js';
import type { Application, Applications, FetchApplication } from './application.js';
import { open } from './listener.js';
import type { Listener } from './listener.js';
import { resolveSettings } from './options.js';
import type { BoundAddress, Interface, ServeOptions } from './options.js';
import { Service } from './service.js';

/** A running server. */
export interface Server {
  /** Where it listens, in the order of `options.listen`, with the ports that were picked. */
  readonly addresses: readonly BoundAddress[];
  /**
   * Accepts no more connections, lets the requests at work finish for `gracefulTimeout` seconds, then cuts what is
   * left. Resolves when all is closed. A second call cuts at once.
   */
  close(): Promise<void>;
}

export function serve<T extends Interface>(
  app: Applications[T],
  options: ServeOptions & { readonly interface: T },
): Promise<Server>;
export function serve(app: DefinedApplication, options: ServeOptions): Promise<Server>;
// Apart from the one before, so that the parameters of a function that is written here have types.
// eslint-disable-next-line @typescript-eslint/unified-signatures
export function serve(app: WSGIApplication | FetchApplication, options: ServeOptions): Promise<Server>;
/**
 * Runs an application on every address of `options.listen`; resolves when all of them accept connections, and the
 * application has started.
 *
 * @throws RangeError when an option is out of range, or the path of a unix socket is longer than the system takes.
 * @throws TypeError when `app` is no application, `options.interface` is needed, `options.lifespan` is `on` for what is no ASGI
 *   application, or `options.listen` is no list of addresses.
 * @throws Error in the application's words when it refuses to start.
 * @throws Error with the `code` of the system call when an address cannot be bound; nothing listens then.
 *
 * @example
 * ```ts
 * import { serve } from '@gatewire/server';
 *
 * const server = await serve(
 *   (environ, startResponse) => {
 *     startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *     return [new TextEncoder().encode(`hello ${environ.PATH_INFO}\n`)];
 *   },
 *   { listen: [{ protocol: 'http', host: '127.0.0.1', port: 0 }] },
 * );
 * const answer = await fetch(`http://${server.addresses[0].address}/world`);
 * console.log(await answer.text()); // hello /world
 * await server.close();
 * ```
 */
export async function serve(app: Application, options: ServeOptions): Promise<Server> {
  const service = new Service(resolveSettings(options));
  await service.start(runnerFor(app, options, service));
  const listeners: Listener[] = [];
  try {
    for (const address of options.listen) listeners.push(await open(address, service));
  } catch (error) {
    await stopListeners(listeners, 0);
    await service.stop(0);
    throw error;
  }
  let stopping: Promise<void> | null = null;
  return {
    addresses: listeners.map((listener) => listener.address),
    close: () => {
      if (stopping === null) stopping = stop(listeners, service);
      else cutAll(listeners);
      return stopping;
    },
  };
}

/** How long applications may go on after the last connection is closed, in milliseconds. */
const CLEAN_UP_MS = 1000;

async function stop(listeners: readonly Listener[], service: Service): Promise<void> {
  service.beginStop();
  await stopListeners(listeners, service.settings.gracefulTimeoutMs);
  await service.stop(CLEAN_UP_MS);
}

async function stopListeners(listeners: readonly Listener[], patienceMs: number): Promise<void> {
  const timer = patienceMs === Infinity ? undefined : setTimeout(() => cutAll(listeners), patienceMs);
  await Promise.all(listeners.map((listener) => listener.stop()));
  clearTimeout(timer);
}

function cutAll(listeners: readonly Listener[]): void {
  for (const listener of listeners) listener.cut();
}
