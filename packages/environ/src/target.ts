import { EnvironError, quoted } from './errors.js';

/** A request target, taken apart (RFC 9112 §3.2). */
export interface Target {
  /** Percent-encoded; empty for `*`. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** The authority of an absolute target, else `null`. */
  readonly host: string | null;
}

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)((?:\?[^#]*)?)/;
const NO_BYTE = /%(?![0-9A-Fa-f]{2})|%00|\0/;

/**
 * Takes a target apart: origin-form, absolute-form or asterisk-form.
 *
 * @throws EnvironError `ENVIRON_BAD_TARGET` when it is of another form: CONNECT names no resource.
 */
export function splitTarget(target: string): Target {
  if (target === '*') return { path: '', query: '', host: null };
  if (target.startsWith('/')) {
    const mark = target.indexOf('?');
    if (mark < 0) return { path: target, query: '', host: null };
    return { path: target.slice(0, mark), query: target.slice(mark + 1), host: null };
  }
  const match = ABSOLUTE.exec(target);
  if (match === null) throw badTarget(target, 'names no resource');
  return { path: match[2] || '/', query: match[3].slice(1), host: match[1] };
}

/**
 * Percent-decodes a path to bytes, one character each. `+` is a plus sign in a path.
 *
 * @throws EnvironError `ENVIRON_BAD_TARGET` for a percent sign without two digits, and for a NUL.
 */
export function percentDecode(path: string): string {
  if (!path.includes('%') && !path.includes('\0')) return path;
  if (NO_BYTE.test(path)) throw badTarget(path, 'has a percent sequence that is no byte or NUL');
  return decoded(path);
}

/** Writes the bytes of a path as a target has them: what RFC 3986 §3.3 does not allow there is percent-encoded. */
export function percentEncode(path: string): string {
  return path.replace(
    /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The path of a target, up to the query: as it is written, without the authority that an absolute target has. */
export function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : (ABSOLUTE.exec(target)?.[2] ?? target) || '/';
  const mark = path.indexOf('?');
  return mark < 0 ? path : path.slice(0, mark);
}

/** {@link pathOf}, decoded as a web server may have done it: what is malformed stays. */
export function lenientlyDecoded(target: string): string {
  return decoded(pathOf(target));
}

function decoded(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/%[0-9A-Fa-f]{2}/g, (sequence) => String.fromCharCode(parseInt(sequence.slice(1), 16)));
}

/**
 * A decoded path as nginx has it in `$document_uri`: without dot segments, and with one slash where there were several.
 * `null` when it leads above the root.
 */
export function resolved(path: string): string | null {
  if (!path.includes('/.') && !path.includes('//')) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.pop() === undefined) return null;
  }
  const last = segments[segments.length - 1];
  const folder = kept.length > 0 && (last === '' || last === '.' || last === '..');
  return `/${kept.join('/')}${folder ? '/' : ''}`;
}

export function badTarget(target: string, detail: string): EnvironError {
  return new EnvironError('ENVIRON_BAD_TARGET', 'REQUEST_URI', `${quoted(target)} ${detail}`);
}
