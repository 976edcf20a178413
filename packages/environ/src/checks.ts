import { EnvironError, quoted } from './errors.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PROTOCOL = /^(?:HTTP\/[0-9](?:\.[0-9])?|INCLUDED)$/;
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~%!$&'()*+,;=-]+)(?::[0-9]*)?$/;

/** @throws EnvironError `ENVIRON_BAD_METHOD` unless `method` is a token (RFC 9110 §9.1). */
export function checkMethod(method: string): void {
  // The usual ones first: 3 ns each, and 21 for the expression.
  if (method === 'GET' || method === 'POST' || TOKEN.test(method)) return;
  throw new EnvironError('ENVIRON_BAD_METHOD', 'REQUEST_METHOD', `${quoted(method)} is not a token`);
}

/**
 * An application that writes SERVER_PROTOCOL into its response would write a peer's line ends with it.
 *
 * @throws EnvironError `ENVIRON_BAD_PROTOCOL`
 */
export function checkProtocol(protocol: string): void {
  if (protocol === 'HTTP/1.1' || protocol === 'HTTP/2.0' || PROTOCOL.test(protocol)) return;
  const detail = `${quoted(protocol)}, expected HTTP/1.1 or the like`;
  throw new EnvironError('ENVIRON_BAD_PROTOCOL', 'SERVER_PROTOCOL', detail);
}

/** The host of `host[:port]`, brackets of an IPv6 address included (RFC 3986 §3.2.2); `''` when it is neither. */
export function hostName(host: string): string {
  return HOST.exec(host)?.[1] ?? '';
}

/** SERVER_NAME, which is never empty: as it was sent, else the host of Host, else the address. */
export function serverName(
  name: string | undefined,
  host: string | undefined,
  address: string | undefined,
): string {
  // nginx sends its first server_name: none is empty, and `_` is the customary "none".
  const isNone = name === undefined || name === '' || name === '_';
  const given = isNone ? hostName(host ?? '') || address || 'localhost' : name;
  if (!given.includes(':')) return given;
  return hostName(given) || given; // HAProxy sends the Host, with its port
}

/** REQUEST_SCHEME, else HTTPS, else `http`. */
export function schemeOf(scheme: string | undefined, https: string | undefined): 'http' | 'https' {
  if (scheme === 'http' || scheme === 'https') return scheme;
  return https !== undefined && /^(?:on|1|yes)$/i.test(https) ? 'https' : 'http';
}
