import type { ASGI3Application, HTTPScope, WebSocketScope, WSGIApplication } from '@gatewire/interfaces';
import { refuse } from '../adapters/only-http.js';
import { Lifespan } from '../asgi-lifespan.js';
import { logToStderr } from '../options.js';
import type { LogEntry } from '../options.js';

/** Applications by prefix: `''` for what no other one takes, or `/name`, without a slash at its end. */
export type Routes<App> = Readonly<Record<string, App>>;

/** Options of {@link mountASGI}. */
export interface MountOptions {
  /** Where applications without lifespan, and failed shutdowns, are told. Default: errors as text on stderr. */
  readonly log?: (entry: LogEntry) => void;
}

/**
 * Several ASGI applications in one, by the prefix of the path: the longest that ends at a slash or at the end of the path
 * wins. `root_path` grows by the prefix, `path` stays (www.rst, "root_path"). Without a match: 404, or 403 for a WebSocket.
 *
 * Each application has a lifespan of its own, with its own state: startup in the order of the routes, shutdown in reverse;
 * one that refuses to start stops all.
 *
 * @throws RangeError when a prefix is neither `''` nor a path such as `/shop`.
 *
 * @example
 * ```ts
 * import { defineApp } from '@gatewire/interfaces';
 * import { fetchToAsgi } from '@gatewire/server/adapters';
 * import { mountASGI } from '@gatewire/server/middleware';
 *
 * export default mountASGI({
 *   '': fetchToAsgi(() => new Response('front page')),
 *   '/shop': fetchToAsgi((_request, { scope }) => new Response(`mounted at ${scope.root_path}`)),
 * });
 * ```
 */
export function mountASGI(routes: Routes<ASGI3Application>, options: MountOptions = {}): ASGI3Application {
  const prefixes = sorted(routes);
  const context = { log: options.log ?? logToStderr };
  const lifespans = new Map<ASGI3Application, Lifespan>();
  for (const app of new Set(Object.values(routes))) lifespans.set(app, new Lifespan(app, 'auto', context));
  return async (scope, receive, send) => {
    if (scope.type === 'lifespan') {
      await fanOut([...lifespans.values()], receive, send);
      return;
    }
    const { root_path: root = '' } = scope;
    const prefix = match(scope.path.slice(root.length), prefixes);
    if (prefix === null) {
      await notFound(scope, receive, send);
      return;
    }
    const app = routes[prefix];
    const state = lifespans.get(app)?.state ?? null;
    // A copy: whoever is around this must not see the change (asgi.rst, "Middleware").
    await app(
      { ...scope, root_path: root + prefix, ...(state === null ? {} : { state: { ...state } }) },
      receive,
      send,
    );
  };
}

/**
 * Several WSGI applications in one, by the prefix of PATH_INFO: the longest that ends at a slash or at the end of the path
 * wins, and moves from PATH_INFO to SCRIPT_NAME. Without a match: 404.
 *
 * @throws RangeError when a prefix is neither `''` nor a path such as `/shop`.
 *
 * @example
 * ```ts
 * import { fromTriple } from '@gatewire/interfaces';
 * import { mountWSGI } from '@gatewire/server/middleware';
 *
 * const text = (line: string) => ({ status: '200 OK', headers: [], body: [new TextEncoder().encode(line)] });
 * export default mountWSGI({
 *   '': fromTriple(() => text('front page')),
 *   '/shop': fromTriple((environ) => text(`mounted at ${environ.SCRIPT_NAME}`)),
 * });
 * ```
 */
export function mountWSGI(routes: Routes<WSGIApplication>): WSGIApplication {
  const prefixes = sorted(routes);
  return (environ, startResponse) => {
    const { SCRIPT_NAME: mount, PATH_INFO: path } = environ;
    const prefix = match(path, prefixes);
    if (prefix === null) {
      startResponse('404 Not Found', [['Content-Type', 'text/plain']]);
      return [Buffer.from('Not Found\n')];
    }
    const moved = { ...environ, SCRIPT_NAME: mount + prefix, PATH_INFO: path.slice(prefix.length) };
    return routes[prefix](moved, startResponse);
  };
}

/** The prefixes, the longest first. */
function sorted(routes: Routes<unknown>): string[] {
  const prefixes = Object.keys(routes);
  for (const prefix of prefixes) {
    if (prefix !== '' && !/^(?:\/[^/?#]+)+$/.test(prefix))
      throw new RangeError(`prefix ${JSON.stringify(prefix)}, expected '' or a path such as /shop`);
  }
  return prefixes.sort((a, b) => b.length - a.length);
}

/** The first prefix of a path that ends at a segment's end. */
function match(path: string, prefixes: readonly string[]): string | null {
  const found = prefixes.find((prefix) => path.startsWith(prefix) && (path[prefix.length] ?? '/') === '/');
  return found ?? prefixes.find((prefix) => prefix === '') ?? null;
}

async function notFound(
  scope: HTTPScope | WebSocketScope,
  receive: Parameters<ASGI3Application>[1],
  send: Parameters<ASGI3Application>[2],
): Promise<void> {
  if (scope.type === 'http') {
    await refuse(send, 404, 'Not Found');
    return;
  }
  await receive();
  await send({ type: 'websocket.close' });
}

/** Passes startup and shutdown on to each application. */
async function fanOut(
  lifespans: readonly Lifespan[],
  receive: Parameters<ASGI3Application>[1],
  send: Parameters<ASGI3Application>[2],
): Promise<void> {
  await receive();
  const started: Lifespan[] = [];
  try {
    for (const lifespan of lifespans) {
      await lifespan.start();
      started.unshift(lifespan);
    }
  } catch (error) {
    for (const lifespan of started) await lifespan.stop();
    await send({ type: 'lifespan.startup.failed', message: (error as Error).message });
    return;
  }
  await send({ type: 'lifespan.startup.complete' });
  await receive();
  for (const lifespan of started) await lifespan.stop();
  await send({ type: 'lifespan.shutdown.complete' });
}
