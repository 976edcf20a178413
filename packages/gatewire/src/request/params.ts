import { posix } from 'node:path';

/** Variables to set, in order; `null` leaves one out. */
export type Overrides = readonly (readonly [name: string, value: string | null])[];

/**
 * `NAME=VALUE` sets a variable, `NAME` alone leaves it out. As the bytes of its UTF-8, one character each.
 *
 * @throws RangeError when there is no name.
 */
export function parseParam(text: string): readonly [string, string | null] {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const at = bytes.indexOf('=');
  const name = at < 0 ? bytes : bytes.slice(0, at);
  if (name === '') throw new RangeError('expected NAME=VALUE, or NAME to leave it out');
  return [name, at < 0 ? null : bytes.slice(at + 1)];
}

/** `pairs` with the overrides applied: a variable that is there keeps its place. */
export function applyOverrides(pairs: readonly string[], overrides: Overrides): string[] {
  let result = [...pairs];
  for (const [name, value] of overrides) {
    const at = result.findIndex((text, i) => i % 2 === 0 && text === name);
    if (value === null || at >= 0) {
      result = result.filter((_, i) => {
        const first = i - (i % 2);
        return result[first] !== name || (value !== null && first === at);
      });
      if (value !== null) result[at + 1] = value;
    } else result.push(name, value);
  }
  return result;
}

/**
 * What tells php-fpm and fcgiwrap which file to run. With a document root it is the file that the path names there; with
 * a script it is that one, whatever the path.
 *
 * @throws RangeError when a path is not absolute.
 */
export function scriptOverrides(
  pairs: readonly string[],
  script: string | undefined,
  documentRoot: string | undefined,
): Overrides {
  if (script === undefined && documentRoot === undefined) return [];
  for (const path of [script ?? '/', documentRoot ?? '/']) {
    if (!path.startsWith('/'))
      throw new RangeError(`${path}: expected the whole path, as the application sees it`);
  }
  if (script === undefined) return inRoot((documentRoot ?? '').replace(/\/+$/, ''), pairs);
  const root = documentRoot ?? posix.dirname(script);
  const below = posix.relative(root, script);
  const name = below.startsWith('..') ? `/${posix.basename(script)}` : `/${below}`;
  return [
    ['SCRIPT_FILENAME', latin1(script)],
    ['SCRIPT_NAME', latin1(name)],
    ['DOCUMENT_URI', latin1(name)],
    ['DOCUMENT_ROOT', latin1(root)],
  ];
}

function inRoot(root: string, pairs: readonly string[]): Overrides {
  const isUri = (name: string): boolean => name === 'SCRIPT_NAME' || name === 'PATH_INFO';
  const at = pairs.findIndex((text, i) => i % 2 === 0 && isUri(text));
  const path = at < 0 ? '/' : pairs[at + 1];
  return [
    ['SCRIPT_FILENAME', latin1(root) + path],
    ['DOCUMENT_ROOT', latin1(root)],
  ];
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
