import { UwsgiProtocolError } from './errors.js';

/** A size in bytes as CGI writes it: digits only. 15 of them stay exact in a double and are more than any disk. */
const DIGITS = /^[0-9]{1,15}$/;

/**
 * Size of the body that follows a request, in bytes, from its vars. Absent and empty mean none (RFC 3875 §4.1.2).
 *
 * Servers read `3x`, `+5`, `5,5` and a second CONTENT_LENGTH each in their own way, and two readings of one request
 * are a smuggled request: all of these are errors.
 *
 * @throws UwsgiProtocolError `UWSGI_BAD_CONTENT_LENGTH`, or `UWSGI_LENGTH_REQUIRED` when a transfer coding is
 *   announced without a CONTENT_LENGTH, as uWSGI's http router does for chunked uploads: where that body ends is not
 *   known. With a CONTENT_LENGTH the coding has been removed (nginx) and the var is only a memory of it.
 */
export function contentLengthOf(pairs: readonly string[], offset: number): number {
  let length: string | undefined;
  let coded = false;
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] === 'CONTENT_LENGTH') {
      // Twice is never digits: the two readings are joined by what no number has.
      length = length === undefined ? pairs[i + 1] : `${length}, ${pairs[i + 1]}`;
    } else if (pairs[i] === 'HTTP_TRANSFER_ENCODING') coded = true;
  }
  if (length) {
    if (DIGITS.test(length)) return Number(length);
    const detail = `CONTENT_LENGTH ${JSON.stringify(length.slice(0, 32))}, not 1 to 15 digits`;
    throw new UwsgiProtocolError('UWSGI_BAD_CONTENT_LENGTH', detail, offset);
  }
  if (!coded) return 0;
  throw new UwsgiProtocolError('UWSGI_LENGTH_REQUIRED', 'no CONTENT_LENGTH', offset);
}
