import type { RequestListener } from 'node:http';
import { INTERFACE } from '@gatewire/interfaces';
import type { ASGI3Application, HTTPScope, WSGIApplication } from '@gatewire/interfaces';
import { fetchToAsgi } from './adapters/fetch-to-asgi.js';
import { nodeToAsgi } from './adapters/node-to-asgi.js';
import { asgiRunner } from './asgi-runner.js';
import type { Interface, ServeOptions } from './options.js';
import type { Runner, RunnerContext } from './runner.js';
import { wsgiRunner } from './wsgi-runner.js';

/** An application in the manner of the Fetch standard: what is exported as `{ fetch }` elsewhere. */
export interface FetchApplication {
  fetch(request: Request, info: FetchInfo): Response | Promise<Response>;
}

/** What a Fetch handler may want to know beside the request. */
export interface FetchInfo {
  /** The client's and the server's address, the path as it was sent, the lifespan's state, and so on. */
  readonly scope: HTTPScope;
}

/** Applications by their interface. */
export interface Applications {
  wsgi: WSGIApplication;
  asgi: ASGI3Application;
  fetch: FetchApplication | FetchApplication['fetch'];
  /** `(req, res)`: what `http.createServer` takes, an Express application for one. */
  node: RequestListener;
}

/** What `serve` takes. */
export type Application = Applications[Interface];

/** Interfaces by the number of parameters that their functions usually have, for a hint. */
const USUAL: ReadonlyMap<number, string> = new Map([
  [1, "a Fetch handler (interface: 'fetch')"],
  [3, "an ASGI application (interface: 'asgi') or an Express one (interface: 'node')"],
]);

/**
 * Which interface an application has.
 *
 * Functions do not tell: one that is not marked is taken for WSGI, unless its parameters make that unlikely.
 *
 * @throws TypeError when `wanted` is no interface, or is `auto` and the value is no application, or not clearly one.
 */
export function interfaceOf(app: unknown, wanted: 'auto' | Interface = 'auto'): Interface {
  if (wanted !== 'auto') return checkedInterface(wanted);
  if (typeof app === 'object' && app !== null && typeof (app as { fetch?: unknown }).fetch === 'function')
    return 'fetch';
  if (typeof app !== 'function')
    throw new TypeError('the application is no function, and no object with a fetch method');
  const marked = (app as { readonly [INTERFACE]?: Interface })[INTERFACE];
  if (marked !== undefined) return marked;
  const usual = USUAL.get(app.length);
  if (usual === undefined) return 'wsgi';
  const count = app.length === 1 ? 'one parameter' : 'three parameters';
  throw new TypeError(
    `the application has ${count}, which looks like ${usual}: say which interface it has; 'wsgi' is one too`,
  );
}

function checkedInterface(wanted: Interface): Interface {
  if (['wsgi', 'asgi', 'fetch', 'node'].includes(wanted)) return wanted;
  throw new TypeError(
    `interface is ${JSON.stringify(wanted)}, expected 'auto', 'wsgi', 'asgi', 'fetch' or 'node'`,
  );
}

/** The runner for an application. @throws TypeError as {@link interfaceOf}, or when it cannot have the lifespan that it must have. */
export function runnerFor(
  app: Application,
  options: Pick<ServeOptions, 'interface' | 'lifespan'>,
  context: RunnerContext,
): Runner {
  const kind = interfaceOf(app, options.interface);
  if (options.lifespan === 'on' && kind !== 'asgi')
    throw new TypeError(
      `lifespan: 'on' is for ASGI applications, and this one is taken for ${kind}; if it is one, say interface: 'asgi'`,
    );
  switch (kind) {
    case 'wsgi':
      return wsgiRunner(app as WSGIApplication, context);
    case 'asgi':
      return asgiRunner(app as ASGI3Application, context, options.lifespan ?? 'auto');
    case 'fetch':
      return asgiRunner(fetchToAsgi(app as Applications['fetch']), context, 'off');
    case 'node':
      return asgiRunner(nodeToAsgi(app as RequestListener), context, 'off');
  }
}
