import type { ASGIHeader, ASGIServer, HTTPScope, WebSocketScope } from '@gatewire/interfaces';
import { checkMethod, checkProtocol } from '../checks.js';
import { lengthOf } from '../content-length.js';
import { EnvironError, quoted } from '../errors.js';
import { checkMount, insideMount } from '../path.js';
import { repeated } from '../repeats.js';
import type { Endpoint, HttpRequest } from '../request.js';
import { percentDecode, splitTarget } from '../target.js';
import { latin1Bytes } from './bytes.js';
import { composeHttp, composeWebSocket } from './compose.js';
import type { Parts } from './compose.js';
import { headerName, SLOT } from './names.js';
import type { RequestScopeOptions } from './options.js';

/** What headers say of the request, beside being passed on. */
interface Said {
  length: string | undefined;
  coded: boolean;
  /** Of Host, `:authority` or an absolute target, which beats it. */
  host: string | undefined;
  subprotocols: string | undefined;
}

const ENDS_A_LINE = /[\0\r\n]/;
const HOST = latin1Bytes('host');

/**
 * Builds the scope of an HTTP request, or with `type: 'websocket'` that of the connection that it opens. Headers stay in
 * order, repeats apart, and with names as they are: `x_real_ip` is not `x-real-ip` here. `Proxy` is dropped. The host of an
 * absolute target or of `:authority` is a `host` header in front, in the place of Host.
 *
 * `server` of a unix socket is `[address, null]`. The names of headers are shared by all scopes: do not write into them.
 *
 * @throws EnvironError `ENVIRON_BAD_METHOD`, `ENVIRON_BAD_TARGET`, `ENVIRON_BAD_PROTOCOL` for what is malformed;
 *   `ENVIRON_BAD_HEADER` for a name that is no token and for a value with a NUL, CR or LF; `ENVIRON_BAD_CONTENT_LENGTH`
 *   when it is malformed or stands beside Transfer-Encoding; `ENVIRON_REPEATED` for two different Hosts and for a second
 *   Content-Length; `ENVIRON_OUTSIDE_MOUNT`; `ENVIRON_BAD_TEXT` by `malformedPath`.
 * @throws RangeError when `scriptName` is not a mount, or a text has a character above U+00FF.
 * @throws TypeError when `headers` has an odd length.
 *
 * @example
 * ```ts
 * import { scopeFromRequest } from '@gatewire/environ/scope';
 *
 * const scope = scopeFromRequest({
 *   method: 'GET', target: '/caf%C3%A9?a=%31', httpVersion: '1.1', headers: ['Host', 'example.com'], scheme: 'http',
 *   server: { address: '127.0.0.1', port: 80 }, client: { address: '127.0.0.1', port: 40000 },
 * });
 * console.log(scope.path, scope.server); // /café [ '127.0.0.1', 80 ]
 * ```
 */
export function scopeFromRequest(
  request: HttpRequest,
  options: RequestScopeOptions & { readonly type: 'websocket' },
): WebSocketScope;
export function scopeFromRequest(
  request: HttpRequest,
  options?: RequestScopeOptions & { readonly type?: 'http' },
): HTTPScope;
export function scopeFromRequest(
  request: HttpRequest,
  options: RequestScopeOptions = {},
): HTTPScope | WebSocketScope {
  const { scriptName = '' } = options;
  checkMount(scriptName);
  checkMethod(request.method);
  const protocol = `HTTP/${request.httpVersion}`;
  checkProtocol(protocol);
  const { path, query, host } = splitTarget(request.target);
  const { headers, said } = headersOf(request.headers, host);
  const parts: Parts = {
    protocol,
    scheme: options.scheme ?? request.scheme,
    scriptName,
    pathInfo: insideMount(percentDecode(path), scriptName),
    target: request.target,
    query,
    headers,
    client: request.client.address === '' ? null : [request.client.address, request.client.port],
    server: serverOf(request.server),
  };
  if (options.type === 'websocket') return composeWebSocket(said.subprotocols, parts, options);
  return composeHttp(request.method, parts, options);
}

function headersOf(
  fields: readonly string[],
  authority: string | null,
): { headers: ASGIHeader[]; said: Said } {
  if (fields.length % 2 !== 0)
    throw new TypeError(`headers has ${fields.length} entries, expected name, value, name, value`);
  const said: Said = { length: undefined, coded: false, host: undefined, subprotocols: undefined };
  const headers: ASGIHeader[] = [];
  let front = authority;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === ':authority') front ??= fields[i + 1];
  }
  if (front !== null) headers.push([HOST, latin1Bytes(front)]);
  if (authority === null && front !== null) said.host = front;
  for (let i = 0; i < fields.length; i += 2) {
    const { slot, header } = headerName(fields[i]);
    const value = fields[i + 1];
    if (ENDS_A_LINE.test(value)) {
      const detail = `${quoted(fields[i])}: ${quoted(value)} has a NUL, CR or LF`;
      throw new EnvironError('ENVIRON_BAD_HEADER', 'HTTP_*', detail);
    }
    if (slot >= 0) note(said, slot, value, authority !== null);
    if (header !== null && !(slot === SLOT.HTTP_HOST && front !== null))
      headers.push([header, latin1Bytes(value)]);
  }
  if (said.coded && said.length !== undefined) {
    throw new EnvironError('ENVIRON_BAD_CONTENT_LENGTH', 'CONTENT_LENGTH', 'beside Transfer-Encoding');
  }
  lengthOf(said.length);
  return { headers, said };
}

function note(said: Said, slot: number, value: string, hostBeaten: boolean): void {
  switch (slot) {
    case SLOT.CONTENT_LENGTH:
      said.length = again('CONTENT_LENGTH', said.length, value);
      break;
    case SLOT.HTTP_TRANSFER_ENCODING:
      said.coded = true;
      break;
    case SLOT.HTTP_HOST:
      if (!hostBeaten) said.host = again('HTTP_HOST', said.host, value);
      break;
    case SLOT.HTTP_SEC_WEBSOCKET_PROTOCOL:
      said.subprotocols = again('HTTP_SEC_WEBSOCKET_PROTOCOL', said.subprotocols, value);
      break;
  }
}

function again(name: string, earlier: string | undefined, value: string): string {
  return earlier === undefined ? value : repeated(name, earlier, value, 'join');
}

function serverOf({ address, port }: Endpoint): ASGIServer | null {
  if (port > 0) return [address, port];
  return address === '' ? null : [address, null];
}
