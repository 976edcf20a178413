import type { Variables } from './build.js';
import { EnvironError, quoted } from './errors.js';

/** 15 digits stay exact in a double. */
const DIGITS = /^[0-9]{1,15}$/;

/**
 * Size of the request body in bytes; `null` when CONTENT_LENGTH is absent or empty, which mean the same (RFC 3875 §4.1).
 *
 * @throws EnvironError `ENVIRON_BAD_CONTENT_LENGTH` unless it is 1 to 15 digits: servers read `+5`, `3x` and `1_0` each
 *   in their own way, and two readings of one request are a smuggled request.
 *
 * @example
 * ```ts
 * import { contentLength } from '@gatewire/environ';
 *
 * console.log(contentLength({ CONTENT_LENGTH: '42' })); // 42
 * console.log(contentLength({})); // null
 * ```
 */
export function contentLength(environ: Variables): number | null {
  return lengthOf(environ['CONTENT_LENGTH']);
}

/** {@link contentLength} of the variable's value. */
export function lengthOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (DIGITS.test(text)) return Number(text);
  throw new EnvironError(
    'ENVIRON_BAD_CONTENT_LENGTH',
    'CONTENT_LENGTH',
    `${quoted(text)}, expected 1 to 15 digits`,
  );
}
