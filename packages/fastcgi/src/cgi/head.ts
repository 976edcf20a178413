import { encodeLatin1Into } from '@gatewire/bytes';
import { DIGITS, FIELD_CONTENT, show, TOKEN } from './grammar.js';

/** Options of {@link encodeResponseHead}. */
export interface ResponseHeadOptions {
  /**
   * `http`: a status line, `HTTP/1.1 200 OK`, which every server takes from a uwsgi application. `cgi`: a `Status`
   * field (RFC 3875 §6.3.3), which FastCGI servers take and Apache refuses over uwsgi.
   */
  readonly form: 'http' | 'cgi';
  /** Reason phrase. Default none. */
  readonly reason?: string;
}

/**
 * Encodes a response head, blank line included. `headers` is flat, `[name, value, ...]`, kept in order with its
 * repeats; text is Latin-1. Half of the servers answer 200 to a `Location` alone: send 302 with it. Apache and nginx
 * accept 4,000 bytes of head and little more unless told to.
 *
 * @throws TypeError when `headers` has an odd length.
 * @throws RangeError when the status is not 101 or 200 to 999 (nginx and Apache take an interim head for the final one,
 *   and the real one becomes body text), a name is no token, a value or the reason is no field content, `Status` is among
 *   the headers, Content-Type, Location or Content-Length comes twice, Content-Length is not digits, or there is a
 *   Transfer-Encoding: nginx and Apache would pass the chunk framing on as body text.
 *
 * @example
 * ```ts
 * import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
 *
 * const head = encodeResponseHead(404, ['Content-Length', '0'], { form: 'http', reason: 'Not Found' });
 * console.log(new TextDecoder().decode(head).split('\r\n')[0]); // HTTP/1.1 404 Not Found
 * ```
 */
export function encodeResponseHead(
  status: number,
  headers: readonly string[],
  options: ResponseHeadOptions,
): Uint8Array {
  if (headers.length % 2 !== 0)
    throw new TypeError(`headers has ${headers.length} entries, expected name, value`);
  let text = statusLine(status, options);
  const seen: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i];
    const value = headers[i + 1];
    if (!TOKEN.test(name)) throw new RangeError(`header name ${show(name)} is not a token`);
    if (!FIELD_CONTENT.test(value))
      throw new RangeError(`header ${name} has a value with a control character: ${show(value)}`);
    checkSpecial(name, value, seen);
    text += `${name}: ${value}\r\n`;
  }
  const head = new Uint8Array(text.length + 2);
  encodeLatin1Into(`${text}\r\n`, head, 0);
  return head;
}

function statusLine(status: number, { form, reason = '' }: ResponseHeadOptions): string {
  if (!Number.isInteger(status) || (status < 200 && status !== 101) || status > 999) {
    throw new RangeError(`status is ${status}, expected 101 or 200 to 999`);
  }
  if (!FIELD_CONTENT.test(reason))
    throw new RangeError(`the reason phrase has a control character: ${show(reason)}`);
  return form === 'http' ? `HTTP/1.1 ${status} ${reason}\r\n` : `Status: ${status} ${reason}\r\n`;
}

/** Checks a header that says where the body ends, what it is or what the status is; adds it to `seen`. */
function checkSpecial(name: string, value: string, seen: string[]): void {
  const lower = name.toLowerCase();
  switch (lower) {
    case 'transfer-encoding':
      throw new RangeError('Transfer-Encoding: the web server does the framing, send the body as it is');
    case 'status':
      throw new RangeError('Status: the status has an argument of its own');
    case 'content-length':
    case 'content-type':
    case 'location':
      if (lower === 'content-length' && !DIGITS.test(value))
        throw new RangeError(`Content-Length is ${show(value)}, expected 1 to 15 digits`);
      if (seen.includes(lower)) throw new RangeError(`${name} is given twice`);
      seen.push(lower);
  }
}
