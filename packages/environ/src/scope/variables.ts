import type { ASGIHeader, ASGIServer, HTTPScope, WebSocketScope } from '@gatewire/interfaces';
import type { Variables } from '../build.js';
import { checkMethod, checkProtocol, schemeOf, serverName } from '../checks.js';
import { lengthOf } from '../content-length.js';
import { checkMount, repairPath } from '../path.js';
import { repeated } from '../repeats.js';
import { latin1Bytes } from './bytes.js';
import { composeHttp, composeWebSocket } from './compose.js';
import type { Parts } from './compose.js';
import { SLOT, SLOTS, variableName } from './names.js';
import type { ScopeOptions } from './options.js';

/** Values of the variables that a scope is made of, by {@link SLOT}. */
type Slots = (string | undefined)[];

/**
 * Builds the scope of an HTTP request from decoded variables: flat `[name, value, ...]`, in wire order (www.rst, "HTTP
 * Connection Scope"). What web servers send is repaired as `buildEnviron` does; headers stay in order, repeats apart.
 *
 * The names of headers are shared by all scopes: do not write into them. All else is the caller's.
 *
 * @throws EnvironError `ENVIRON_BAD_METHOD`, `ENVIRON_BAD_PROTOCOL`, `ENVIRON_BAD_CONTENT_LENGTH` for what is malformed;
 *   `ENVIRON_BAD_HEADER` for a header whose name is no token; `ENVIRON_REPEATED` for two different Hosts and for a second
 *   CONTENT_LENGTH; `ENVIRON_OUTSIDE_MOUNT` when the path is not below `scriptName`; `ENVIRON_BAD_TEXT` by
 *   `malformedPath`.
 * @throws RangeError when `scriptName` is not a mount, or a text has a character above U+00FF.
 * @throws TypeError when `pairs` has an odd length.
 *
 * @example
 * ```ts
 * import { httpScope } from '@gatewire/environ/scope';
 *
 * const scope = httpScope([
 *   'REQUEST_METHOD', 'GET', 'REQUEST_URI', '/caf%C3%A9?a=1', 'PATH_INFO', '/cafÃ©', 'QUERY_STRING', 'a=1',
 *   'SERVER_PROTOCOL', 'HTTP/2.0', 'HTTP_HOST', 'example.com', 'HTTP_X_A', '1', 'HTTP_X_A', '2',
 * ]);
 * console.log(scope.path, scope.http_version, scope.headers.length); // /café 2 3
 * ```
 */
export function httpScope(pairs: readonly string[], options: ScopeOptions = {}): HTTPScope {
  const headers: ASGIHeader[] = [];
  const slots = collect(pairs, headers, options);
  const method = slots[SLOT.REQUEST_METHOD] ?? '';
  checkMethod(method);
  return composeHttp(method, partsOf(slots, headers, options), options);
}

/**
 * Builds the scope of a WebSocket connection from the variables of its opening handshake; as {@link httpScope}.
 * `subprotocols` is what Sec-WebSocket-Protocol offers. Whether it is a handshake is for the caller to know.
 *
 * @throws EnvironError, RangeError, TypeError as {@link httpScope}.
 *
 * @example
 * ```ts
 * import { websocketScope } from '@gatewire/environ/scope';
 *
 * const scope = websocketScope([
 *   'REQUEST_METHOD', 'GET', 'REQUEST_URI', '/chat', 'PATH_INFO', '/chat', 'HTTPS', 'on', 'HTTP_UPGRADE', 'websocket',
 *   'HTTP_SEC_WEBSOCKET_PROTOCOL', 'chat, superchat',
 * ]);
 * console.log(scope.scheme, scope.subprotocols); // wss [ 'chat', 'superchat' ]
 * ```
 */
export function websocketScope(pairs: readonly string[], options: ScopeOptions = {}): WebSocketScope {
  const headers: ASGIHeader[] = [];
  const slots = collect(pairs, headers, options);
  checkMethod(slots[SLOT.REQUEST_METHOD] ?? '');
  return composeWebSocket(slots[SLOT.HTTP_SEC_WEBSOCKET_PROTOCOL], partsOf(slots, headers, options), options);
}

function collect(pairs: readonly string[], headers: ASGIHeader[], options: ScopeOptions): Slots {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  const slots: Slots = new Array<string | undefined>(SLOTS).fill(undefined);
  const noLength = options.contentLength === 'unknown-as-absent' ? '-1' : '';
  for (let i = 0; i < pairs.length; i += 2) {
    const { slot, header } = variableName(pairs[i]);
    const value = pairs[i + 1];
    if (slot >= 0) {
      const earlier = slots[slot];
      if (earlier === undefined || header === null) slots[slot] = value;
      else slots[slot] = repeated(pairs[i], earlier, value, 'join');
      // CONTENT_TYPE and CONTENT_LENGTH: empty is absent.
      if (slot <= SLOT.CONTENT_TYPE && (value === '' || (slot === SLOT.CONTENT_LENGTH && value === noLength)))
        continue;
      if (slot === SLOT.HTTP_TRANSFER_ENCODING && options.transferEncoding !== 'keep') continue;
    }
    if (header !== null) headers.push([header, latin1Bytes(value)]);
  }
  if (slots[SLOT.CONTENT_LENGTH] !== noLength) lengthOf(slots[SLOT.CONTENT_LENGTH]);
  return slots;
}

function partsOf(slots: Slots, headers: readonly ASGIHeader[], options: ScopeOptions): Parts {
  checkMount(options.scriptName);
  const path: Variables = {
    SCRIPT_NAME: slots[SLOT.SCRIPT_NAME],
    PATH_INFO: slots[SLOT.PATH_INFO],
    REQUEST_URI: slots[SLOT.REQUEST_URI],
    DOCUMENT_URI: slots[SLOT.DOCUMENT_URI],
    SCRIPT_FILENAME: slots[SLOT.SCRIPT_FILENAME],
    SERVER_SOFTWARE: slots[SLOT.SERVER_SOFTWARE],
  };
  repairPath(path, options);
  const protocol = slots[SLOT.SERVER_PROTOCOL] || 'HTTP/1.1';
  checkProtocol(protocol);
  const scheme = options.scheme ?? schemeOf(slots[SLOT.REQUEST_SCHEME], slots[SLOT.HTTPS]);
  return {
    protocol,
    scheme,
    scriptName: path['SCRIPT_NAME'] ?? '',
    pathInfo: path['PATH_INFO'] ?? '',
    target: slots[SLOT.REQUEST_URI],
    query: slots[SLOT.QUERY_STRING] ?? '',
    headers,
    client: clientOf(slots[SLOT.REMOTE_ADDR], slots[SLOT.REMOTE_PORT]),
    server: serverOf(slots, scheme),
  };
}

/** nginx: the client of a unix socket is `unix:`. */
function clientOf(address: string | undefined, port: string | undefined): [string, number] | null {
  if (address === undefined || address === '' || address.startsWith('unix:')) return null;
  return [address, portOf(port) ?? 0];
}

function serverOf(slots: Slots, scheme: 'http' | 'https'): ASGIServer {
  const address = slots[SLOT.SERVER_ADDR];
  const port = portOf(slots[SLOT.SERVER_PORT]);
  // nginx that listens at a unix socket has no port, and `unix:/path` for its address.
  if (port === null && address?.startsWith('unix:') === true) return [address.slice(5), null];
  const name = serverName(slots[SLOT.SERVER_NAME], slots[SLOT.HTTP_HOST], address);
  return [name, port ?? (scheme === 'https' ? 443 : 80)];
}

function portOf(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,5}$/.test(text) ? Number(text) : null;
}
