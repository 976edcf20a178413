import { EnvironError, quoted } from './errors.js';

/** What becomes of a name that comes several times. */
export type Duplicates = 'join' | 'last' | 'reject';

/** Headers of which a request has one: two different ones are two readings of the request (RFC 9110 §5.3, §7.2). */
const SINGLE: ReadonlySet<string> = new Set([
  'HTTP_AUTHORIZATION',
  'HTTP_HOST',
  'HTTP_IF_MODIFIED_SINCE',
  'HTTP_IF_UNMODIFIED_SINCE',
  'HTTP_PROXY_AUTHORIZATION',
  'HTTP_RANGE',
  'HTTP_REFERER',
  'HTTP_USER_AGENT',
]);

/**
 * The one value of a variable that came as `earlier` and comes again as `value`.
 *
 * @throws EnvironError `ENVIRON_REPEATED` when there is none.
 */
export function repeated(name: string, earlier: string, value: string, duplicates: Duplicates): string {
  const refused =
    duplicates === 'reject' ||
    name === 'CONTENT_LENGTH' ||
    (duplicates === 'join' && SINGLE.has(name) && earlier !== value);
  if (refused)
    throw new EnvironError('ENVIRON_REPEATED', name, `given twice, ${quoted(earlier)} and ${quoted(value)}`);
  if (duplicates === 'last' || !name.startsWith('HTTP_') || SINGLE.has(name)) return value;
  return earlier + (name === 'HTTP_COOKIE' ? '; ' : ', ') + value;
}
