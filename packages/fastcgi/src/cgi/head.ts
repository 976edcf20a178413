import { encodeLatin1Into } from '@gatewire/bytes';

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

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5: visible characters, space, tab and bytes 80 to FF; no other control character, so no CR, LF or NUL. */
const FIELD_CONTENT = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Encodes a response head, blank line included. `headers` is flat, `[name, value, ...]`, kept in order with its
 * repeats; text is Latin-1.
 *
 * @throws TypeError when `headers` has an odd length.
 * @throws RangeError when the status is not 100 to 999, a name is no token, a value or the reason is no field content,
 *   `Status` is among the headers, Content-Length is not digits or comes twice, or there is a Transfer-Encoding: nginx
 *   and Apache would pass the chunk framing on as body text.
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
  let lengths = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i];
    const value = headers[i + 1];
    if (!TOKEN.test(name)) throw new RangeError(`header name ${show(name)} is not a token`);
    if (!FIELD_CONTENT.test(value))
      throw new RangeError(`header ${name} has a value with a control character: ${show(value)}`);
    lengths += framing(name, value);
    text += `${name}: ${value}\r\n`;
  }
  if (lengths > 1) throw new RangeError('Content-Length is given twice');
  const head = new Uint8Array(text.length + 2);
  encodeLatin1Into(`${text}\r\n`, head, 0);
  return head;
}

function statusLine(status: number, { form, reason = '' }: ResponseHeadOptions): string {
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new RangeError(`status is ${status}, expected 100 to 999`);
  }
  if (!FIELD_CONTENT.test(reason))
    throw new RangeError(`the reason phrase has a control character: ${show(reason)}`);
  return form === 'http' ? `HTTP/1.1 ${status} ${reason}\r\n` : `Status: ${status} ${reason}\r\n`;
}

/** Checks a header that says where the body ends or what the status is; 1 for a Content-Length, else 0. */
function framing(name: string, value: string): 0 | 1 {
  switch (name.toLowerCase()) {
    case 'transfer-encoding':
      throw new RangeError('Transfer-Encoding: the web server does the framing, send the body as it is');
    case 'status':
      throw new RangeError('Status: the status has an argument of its own');
    case 'content-length':
      if (/^[0-9]{1,15}$/.test(value)) return 1;
      throw new RangeError(`Content-Length is ${show(value)}, expected 1 to 15 digits`);
    default:
      return 0;
  }
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 32));
}
