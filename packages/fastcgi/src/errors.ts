/**
 * What was wrong with the peer's bytes. Stable API: a new code is a minor change, a renamed one a major change.
 * Each code has a line in the package README.
 */
export type FcgiErrorCode =
  | 'FCGI_TRUNCATED'
  | 'FCGI_BAD_VERSION'
  | 'FCGI_BAD_REQUEST_ID'
  | 'FCGI_BAD_BODY_LENGTH'
  | 'FCGI_WRONG_DIRECTION'
  | 'FCGI_UNEXPECTED_RECORD'
  | 'FCGI_ACTIVE_ID'
  | 'FCGI_INACTIVE_ID'
  | 'FCGI_PAIR_CUT'
  | 'FCGI_PAIR_OVERRUN'
  | 'FCGI_EMPTY_NAME'
  | 'FCGI_NUL'
  | 'FCGI_BAD_CONTENT_LENGTH'
  | 'FCGI_BODY_OVERRUN'
  | 'FCGI_MISSING_END'
  | 'FCGI_LIMIT_PARAMS'
  | 'FCGI_LIMIT_PAIRS'
  | 'FCGI_LIMIT_REQUESTS'
  | 'FCGI_LIMIT_VALUES'
  | 'FCGI_LIMIT_REPLIES'
  | 'FCGI_LIMIT_IGNORED';

/**
 * The peer broke the protocol, or passed a limit. Final: the decoder that threw it throws the same object from then on.
 *
 * Mistakes of the caller are `TypeError` and `RangeError` instead; "more bytes needed" is `null`.
 *
 * @example
 * ```ts
 * import { FcgiApplication, FcgiProtocolError } from '@gatewire/fastcgi';
 *
 * const application = new FcgiApplication();
 * application.receive(new TextEncoder().encode('GET / HTTP/1.0\r\n'));
 * try {
 *   application.next();
 * } catch (error) {
 *   if (!(error instanceof FcgiProtocolError)) throw error;
 *   console.log(error.code, error.offset); // FCGI_BAD_VERSION 0
 * }
 * ```
 */
export class FcgiProtocolError extends Error {
  override readonly name = 'FcgiProtocolError';
  /** Which rule was broken. */
  readonly code: FcgiErrorCode;
  /** Where decoding stopped: bytes from the start of the connection, or of the array for the pure functions. */
  readonly offset: number;
  /** The request to blame, 0 for none. */
  readonly requestId: number;

  constructor(code: FcgiErrorCode, detail: string, offset: number, requestId: number = 0) {
    super(`${detail} (${code} at byte ${offset}${requestId === 0 ? '' : `, request ${requestId}`})`);
    this.code = code;
    this.offset = offset;
    this.requestId = requestId;
  }
}
