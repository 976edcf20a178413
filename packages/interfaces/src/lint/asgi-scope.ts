import { isBytes, isIterable, isObject, isPlainObject, show, TOKEN } from './values.js';
import type { Report } from './violation.js';

type Scope = Readonly<Record<string, unknown>>;

/** Checks a scope as an application gets it; false when nothing can be said of its events. */
export function checkScope(
  scope: unknown,
  report: Report,
): scope is Record<string, unknown> & { type: string } {
  if (!isObject(scope)) {
    report('C1', `the scope is ${show(scope)}`, scope);
    return false;
  }
  if (!isPlainObject(scope))
    report('C1', `the scope is ${show(scope)} that cannot be copied whole or written`, scope);
  else if (!Object.isExtensible(scope)) report('C1', 'the scope cannot be changed', scope);
  const { type } = scope;
  if (typeof type !== 'string' || type === '') {
    report('C2', `type is ${show(type)}`, type);
    return false;
  }
  checkVersions(scope['asgi'], report);
  if (type === 'http' || type === 'websocket') checkConnection(scope, type === 'websocket', report);
  const { state } = scope;
  if (state !== undefined && !isObject(state)) report('C16', `state is ${show(state)}`, state);
  return true;
}

function checkVersions(asgi: unknown, report: Report): void {
  const { version, spec_version: spec } = isObject(asgi) ? asgi : {};
  const fits = spec === undefined || (typeof spec === 'string' && /^[0-9]+\.[0-9]+$/.test(spec));
  if ((version !== '2.0' && version !== '3.0') || !fits)
    report('C3', `asgi has version ${show(version)}, spec_version ${show(spec)}`, asgi);
}

function checkConnection(scope: Scope, websocket: boolean, report: Report): void {
  const missing = (key: string): boolean =>
    scope[key] === undefined || (scope[key] === null && key !== 'path');
  const { http_version: version, method, scheme, path, raw_path: raw, query_string: query } = scope;
  if (!['1.0', '1.1', '2', '3'].includes(version as string) && !(websocket && version === undefined))
    report('C4', `http_version is ${show(version)}`, version);
  if (!websocket && (typeof method !== 'string' || !TOKEN.test(method) || method !== method.toUpperCase()))
    report('C5', `method is ${show(method)}`, method);
  if (scheme !== undefined && (typeof scheme !== 'string' || scheme === ''))
    report('C6', `scheme is ${show(scheme)}`, scheme);
  if (typeof path !== 'string') report('C7', `path is ${show(path)}`, path);
  if (!missing('raw_path') && !(isBytes(raw) && !raw.includes(0x3f)))
    report('C8', `raw_path is ${show(raw)}`, raw);
  if (!isBytes(query) && !(websocket && missing('query_string')))
    report('C9', `query_string is ${show(query)}`, query);
  checkRoot(scope, report);
  checkHeaders(scope['headers'], report);
  checkPeers(scope, report);
  if (websocket) checkSubprotocols(scope['subprotocols'], report);
  checkExtensions(scope, report);
}

function checkRoot({ root_path: root, path }: Scope, report: Report): void {
  if (root === undefined) return;
  if (typeof root !== 'string' || root.endsWith('/')) report('C10', `root_path is ${show(root)}`, root);
  else if (typeof path === 'string' && !path.startsWith(root))
    report('C19', `path is ${show(path)}, root_path ${show(root)}`, path);
}

function checkHeaders(headers: unknown, report: Report): void {
  if (!Array.isArray(headers)) {
    report('C11', `headers are ${show(headers)}`, headers);
    return;
  }
  for (const header of headers as unknown[]) {
    const [name, value] = (Array.isArray(header) && header.length === 2 ? header : []) as unknown[];
    if (!isBytes(name) || !isBytes(value)) report('C11', `a header is ${show(header)}`, header);
    else if (name.length === 0 || name[0] === 0x3a)
      report('C11', 'a header has no name, or is a pseudo-header', header);
    else if (name.some((byte) => byte >= 0x41 && byte <= 0x5a))
      report('C12', `header name ${show(String.fromCharCode(...name))} is not in lower case`, header);
  }
}

function checkPeers({ client, server }: Scope, report: Report): void {
  const port = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65536;
  const pair = (value: unknown, second: (port: unknown) => boolean): boolean =>
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && second(value[1]));
  if (!pair(client, port)) report('C13', `client is ${show(client)}`, client);
  if (!pair(server, (value) => value === null || port(value)))
    report('C14', `server is ${show(server)}`, server);
}

function checkSubprotocols(list: unknown, report: Report): void {
  if (list === undefined) return;
  // One that is read only once is the application's to read.
  const fits = Array.isArray(list) ? list.every((name) => typeof name === 'string') : isIterable(list);
  if (!fits) report('C15', `subprotocols are ${show(list)}`, list);
}

function checkExtensions({ extensions, scheme }: Scope, report: Report): void {
  if (extensions === undefined || extensions === null) return;
  if (
    !isObject(extensions) ||
    Object.values(extensions).some((data) => data !== undefined && !isObject(data))
  ) {
    report('C17', `extensions are ${show(extensions)}, or one of them is no object`, extensions);
    return;
  }
  const { tls } = extensions;
  if (!isObject(tls)) return;
  if (scheme !== 'https' && scheme !== 'wss') report('C18', `tls is there, scheme is ${show(scheme)}`, tls);
  const { server_cert: cert, tls_version: version, cipher_suite: suite } = tls;
  const whole = (value: unknown): boolean => value === null || Number.isInteger(value);
  if ((cert !== null && typeof cert !== 'string') || !whole(version) || !whole(suite))
    report(
      'C18',
      `tls has server_cert ${show(cert)}, tls_version ${show(version)}, cipher_suite ${show(suite)}`,
      tls,
    );
}
