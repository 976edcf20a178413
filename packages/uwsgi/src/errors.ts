/**
 * What was wrong with the peer's bytes. Stable API: a new code is a minor change, a renamed one a major change.
 * Each code has a line in the package README.
 */
export type UwsgiErrorCode =
  | 'UWSGI_TRUNCATED'
  | 'UWSGI_NOT_UWSGI'
  | 'UWSGI_LIMIT_PACKET'
  | 'UWSGI_LIMIT_VARS'
  | 'UWSGI_STRAY_BYTE'
  | 'UWSGI_EMPTY_KEY'
  | 'UWSGI_KEY_OVERRUN'
  | 'UWSGI_MISSING_VALUE'
  | 'UWSGI_VALUE_OVERRUN'
  | 'UWSGI_DUPLICATE_KEY'
  | 'UWSGI_EMPTY_REQUEST'
  | 'UWSGI_UNSUPPORTED_MODIFIER'
  | 'UWSGI_BAD_CONTENT_LENGTH'
  | 'UWSGI_LENGTH_REQUIRED'
  | 'UWSGI_EMPTY_ITEM'
  | 'UWSGI_BAD_FIELD';

/**
 * The peer broke the protocol, or passed a limit. Final: the decoder that threw it throws the same object from then on.
 *
 * Mistakes of the caller are `TypeError` and `RangeError` instead; "more bytes needed" is `null`.
 *
 * @example
 * ```ts
 * import { decodeVars, UwsgiProtocolError } from '@gatewire/uwsgi';
 *
 * try {
 *   decodeVars(Uint8Array.of(0xff, 0xff, 1), 0, 3);
 * } catch (error) {
 *   if (!(error instanceof UwsgiProtocolError)) throw error;
 *   console.log(error.code, error.offset); // UWSGI_KEY_OVERRUN 0
 * }
 * ```
 */
export class UwsgiProtocolError extends Error {
  override readonly name = 'UwsgiProtocolError';
  /** Which rule was broken. */
  readonly code: UwsgiErrorCode;
  /** Where decoding stopped: bytes from the start of the connection, or of the array for the pure functions. */
  readonly offset: number;

  constructor(code: UwsgiErrorCode, detail: string, offset: number) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
