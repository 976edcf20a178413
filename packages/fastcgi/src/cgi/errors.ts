/**
 * What was wrong with the head of a response. Stable API: a new code is a minor change, a renamed one a major change.
 * Each code has a line in CGI.md beside the package README.
 */
export type ResponseHeadErrorCode =
  | 'CGI_TRUNCATED'
  | 'CGI_EMPTY_HEAD'
  | 'CGI_WRONG_FORM'
  | 'CGI_BAD_STATUS_LINE'
  | 'CGI_BAD_STATUS'
  | 'CGI_INTERIM'
  | 'CGI_BAD_NAME'
  | 'CGI_EMPTY_NAME'
  | 'CGI_MISSING_COLON'
  | 'CGI_FOLDED_LINE'
  | 'CGI_BARE_CR'
  | 'CGI_CONTROL_BYTE'
  | 'CGI_DUPLICATE_FIELD'
  | 'CGI_BAD_CONTENT_LENGTH'
  | 'CGI_TRANSFER_ENCODING'
  | 'CGI_LIMIT_HEAD'
  | 'CGI_LIMIT_LINE'
  | 'CGI_LIMIT_FIELDS';

/**
 * The application wrote no response head, or one that passes a limit. Final: the decoder that threw it throws the same
 * object from then on. A gateway answers 502.
 *
 * @example
 * ```ts
 * import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
 *
 * const decoder = new ResponseHeadDecoder();
 * decoder.receive(new TextEncoder().encode('Status: 200\nFatal error in line 7\n'));
 * try {
 *   decoder.next();
 * } catch (error) {
 *   if (!(error instanceof ResponseHeadError)) throw error;
 *   console.log(error.code, error.offset); // CGI_BAD_NAME 17
 * }
 * ```
 */
export class ResponseHeadError extends Error {
  override readonly name = 'ResponseHeadError';
  /** Which rule was broken. */
  readonly code: ResponseHeadErrorCode;
  /** Where decoding stopped: bytes from the start of the response. */
  readonly offset: number;

  constructor(code: ResponseHeadErrorCode, detail: string, offset: number) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
