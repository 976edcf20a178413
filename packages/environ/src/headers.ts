import { EnvironError, quoted } from './errors.js';

/** What becomes of header fields. */
export interface HeaderOptions {
  /**
   * Header names with other characters than letters, digits and `-`: `X_Real_IP` would pass for `X-Real-IP`, and on some
   * servers `X.Real.IP` too. Default `drop`, as nginx, Apache and gunicorn do; `refuse` is `ENVIRON_BAD_HEADER`.
   */
  readonly headerNames?: 'drop' | 'refuse';
}

/** Names that no other name is mapped to the same variable as. */
const UNMISTAKABLE = /^[0-9A-Za-z-]+$/;
const ENDS_A_LINE = /[\0\r\n]/;

/**
 * Headers that are never passed on. There is no `Proxy` header in HTTP, but HTTP clients take HTTP_PROXY for their proxy
 * (CVE-2016-5385 and its family); HTTP_REDIRECT_STATUS opened php-cgi to the world (CVE-2024-8927); programs take
 * HTTP_HTTPS for HTTPS.
 */
const NEVER: ReadonlySet<string> = new Set(['HTTP_PROXY', 'HTTP_REDIRECT_STATUS', 'HTTP_HTTPS']);

/** Names of variables by the header name as it is written: the same few dozen come with every request. */
const known = new Map<string, string>();
const MOST_KNOWN = 512;
const LONGEST_KNOWN = 64;

/**
 * The variable that a header becomes (RFC 3875 §4.1.18): `X-Name` HTTP_X_NAME, `Content-Type` CONTENT_TYPE. `''` when it
 * becomes none.
 */
export function variableOf(header: string): string {
  const found = known.get(header);
  if (found !== undefined) return found;
  const variable = mapped(header);
  // A client that invents names must not fill the memory: when there are too many, they are learnt again.
  if (known.size >= MOST_KNOWN) known.clear();
  if (header.length <= LONGEST_KNOWN) known.set(header, variable);
  return variable;
}

function mapped(header: string): string {
  // HTTP/2 (RFC 9113 §8.3.1): the other pseudo-headers are method, target and scheme.
  if (header === ':authority') return 'HTTP_HOST';
  if (!UNMISTAKABLE.test(header)) return '';
  const name = header.toUpperCase().replaceAll('-', '_');
  if (name === 'CONTENT_LENGTH' || name === 'CONTENT_TYPE') return name;
  const variable = `HTTP_${name}`;
  return NEVER.has(variable) ? '' : variable;
}

/**
 * Appends the variables of header fields, in order, repeats included. `host` is the authority of an absolute request
 * target, which beats Host (RFC 9112 §3.2.2).
 *
 * @throws EnvironError `ENVIRON_BAD_HEADER` for a value with NUL, CR or LF, and by `headerNames`;
 *   `ENVIRON_BAD_CONTENT_LENGTH` when Transfer-Encoding and Content-Length are both there (RFC 9112 §6.3).
 */
export function appendHeaders(
  pairs: string[],
  headers: readonly string[],
  host: string | null,
  { headerNames }: HeaderOptions,
): void {
  if (headers.length % 2 !== 0)
    throw new TypeError(`headers has ${headers.length} entries, expected name, value, name, value`);
  if (host !== null) pairs.push('HTTP_HOST', host);
  let framings = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = variableOf(headers[i]);
    const value = headers[i + 1];
    if (name === '') {
      if (headerNames === 'refuse') refuseName(headers[i]);
      continue;
    }
    if (ENDS_A_LINE.test(value)) {
      throw new EnvironError('ENVIRON_BAD_HEADER', name, `${quoted(value)} has a NUL, CR or LF`);
    }
    if (name === 'HTTP_HOST' && host !== null) continue;
    if (name === 'CONTENT_LENGTH') framings |= 1;
    else if (name === 'HTTP_TRANSFER_ENCODING') framings |= 2;
    pairs.push(name, value);
  }
  if (framings === 3) {
    throw new EnvironError('ENVIRON_BAD_CONTENT_LENGTH', 'CONTENT_LENGTH', 'beside Transfer-Encoding');
  }
}

function refuseName(header: string): void {
  if (UNMISTAKABLE.test(header) || /^:[a-z]+$/.test(header)) return;
  throw new EnvironError('ENVIRON_BAD_HEADER', 'HTTP_*', `header name ${quoted(header)}`);
}
