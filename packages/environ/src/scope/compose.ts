import type { ASGIHeader, ASGIServer, HTTPScope, WebSocketScope } from '@gatewire/interfaces';
import { pathOf } from '../target.js';
import { utf8Text } from '../text.js';
import { latin1Bytes } from './bytes.js';
import type { CommonScopeOptions } from './options.js';

/** What scopes of both kinds are made of. Text is Latin-1. */
export interface Parts {
  /** `HTTP/1.1`, checked. */
  readonly protocol: string;
  readonly scheme: 'http' | 'https';
  /** Where the application is mounted, decoded. */
  readonly scriptName: string;
  /** The rest, decoded. */
  readonly pathInfo: string;
  /** The request target; `undefined` when it is not known. */
  readonly target: string | undefined;
  readonly query: string;
  readonly headers: readonly ASGIHeader[];
  readonly client: readonly [string, number] | null;
  readonly server: ASGIServer | null;
}

const VERSION = { version: '3.0', spec_version: '2.5' } as const;

export function composeHttp(method: string, parts: Parts, options: CommonScopeOptions): HTTPScope {
  const scope: HTTPScope = {
    type: 'http',
    asgi: { ...VERSION },
    http_version: httpVersion(parts.protocol),
    method: method.toUpperCase(),
    scheme: parts.scheme,
    path: decodedPath(parts, options),
    raw_path: parts.target === undefined ? null : latin1Bytes(pathOf(parts.target)),
    query_string: latin1Bytes(parts.query),
    root_path: utf8Text(parts.scriptName, options.malformedPath ?? 'replace'),
    headers: parts.headers,
    client: parts.client,
    server: parts.server,
  };
  return extended(scope, options);
}

export function composeWebSocket(
  subprotocols: string | undefined,
  parts: Parts,
  options: CommonScopeOptions,
): WebSocketScope {
  const scope: WebSocketScope = {
    type: 'websocket',
    asgi: { ...VERSION },
    http_version: httpVersion(parts.protocol),
    scheme: parts.scheme === 'https' ? 'wss' : 'ws',
    path: decodedPath(parts, options),
    raw_path: parts.target === undefined ? null : latin1Bytes(pathOf(parts.target)),
    query_string: latin1Bytes(parts.query),
    root_path: utf8Text(parts.scriptName, options.malformedPath ?? 'replace'),
    headers: parts.headers,
    client: parts.client,
    server: parts.server,
    subprotocols: listed(subprotocols),
  };
  return extended(scope, options);
}

function extended<S extends HTTPScope | WebSocketScope>(scope: S, options: CommonScopeOptions): S {
  if (options.state !== undefined) scope.state = { ...options.state };
  if (options.extensions !== undefined) scope.extensions = { ...options.extensions };
  return scope;
}

/** `HTTP/2.0` is `2`, as ALPN and ASGI have it; `INCLUDED`, of server-side includes, has no version of its own. */
function httpVersion(protocol: string): string {
  if (protocol === 'HTTP/1.1' || protocol === 'INCLUDED') return '1.1';
  const version = protocol.slice(5);
  return version === '1.0' ? version : version.replace(/\.0$/, '');
}

/** `*` of `OPTIONS *` is its own path, as in uvicorn. */
function decodedPath({ scriptName, pathInfo, target }: Parts, options: CommonScopeOptions): string {
  if (target === '*' && scriptName + pathInfo === '') return '*';
  return utf8Text(scriptName + pathInfo, options.malformedPath ?? 'replace');
}

/** Members of a list such as `a, b` (RFC 9110 §5.6.1): empty ones do not count. */
function listed(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
