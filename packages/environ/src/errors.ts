/** What was wrong with the request. Stable API; each code has a line in the package README. */
export type EnvironErrorCode =
  | 'ENVIRON_BAD_METHOD'
  | 'ENVIRON_BAD_TARGET'
  | 'ENVIRON_BAD_PROTOCOL'
  | 'ENVIRON_BAD_CONTENT_LENGTH'
  | 'ENVIRON_BAD_HEADER'
  | 'ENVIRON_BAD_TEXT'
  | 'ENVIRON_LENGTH_REQUIRED'
  | 'ENVIRON_REPEATED'
  | 'ENVIRON_OUTSIDE_MOUNT';

const STATUS: Partial<Record<EnvironErrorCode, 404 | 411>> = {
  ENVIRON_OUTSIDE_MOUNT: 404,
  ENVIRON_LENGTH_REQUIRED: 411,
};

/**
 * The variables or the request describe nothing that an application could be given. The client's fault, or the
 * configuration's: mistakes of the caller are `TypeError` and `RangeError`.
 *
 * @example
 * ```ts
 * import { buildEnviron, EnvironError } from '@gatewire/environ';
 *
 * try {
 *   buildEnviron(['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'CONTENT_LENGTH', '+5']);
 * } catch (error) {
 *   if (!(error instanceof EnvironError)) throw error;
 *   console.log(error.code, error.status); // ENVIRON_BAD_CONTENT_LENGTH 400
 * }
 * ```
 */
export class EnvironError extends Error {
  override readonly name = 'EnvironError';
  readonly code: EnvironErrorCode;
  /** The variable to blame; `HTTP_*` for a header whose name makes none. */
  readonly variable: string;
  /** The HTTP status that tells the client: 400, 404 outside the mount, 411 for a missing length. */
  readonly status: 400 | 404 | 411;

  constructor(code: EnvironErrorCode, variable: string, detail: string) {
    super(`${variable}: ${detail} (${code})`);
    this.code = code;
    this.variable = variable;
    this.status = STATUS[code] ?? 400;
  }
}

/** At most 32 characters of what the peer sent, quoted: for messages. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 32 ? `${text.slice(0, 32)}...` : text);
}
