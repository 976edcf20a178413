import { checkRange, encodeLatin1Into, latin1 } from '@gatewire/bytes';
import { UWSGI_LENGTH_BYTES as LENGTH, UWSGI_MAX_DATASIZE } from './constants.js';
import { UwsgiProtocolError } from './errors.js';
import type { UwsgiErrorCode } from './errors.js';
import { resolveOptions } from './options.js';
import type { ResolvedOptions, UwsgiDecodeOptions } from './options.js';

// A vars block: u16le length, name, u16le length, value, repeated until the block is used up. No count, no terminator.

/**
 * Decodes the vars block in `bytes[start, end)` to a flat array: name, value, name, value. Order and duplicates are
 * kept; each byte becomes the character of the same number (Latin-1). The strings may share the memory of one string
 * for the whole block, so a long-lived value can keep up to 64 KiB alive.
 *
 * A block is decoded whole or not at all. uWSGI itself steps over a name that does not fit and reads on from the
 * middle of it; here that is an error, and a block must still be encoded anew before it is forwarded.
 *
 * @throws UwsgiProtocolError `UWSGI_STRAY_BYTE`, `UWSGI_EMPTY_KEY`, `UWSGI_KEY_OVERRUN`, `UWSGI_MISSING_VALUE`,
 *   `UWSGI_VALUE_OVERRUN`, `UWSGI_LIMIT_VARS`, or with `duplicates: 'reject'` `UWSGI_DUPLICATE_KEY`; offsets count from
 *   the start of `bytes`.
 * @throws RangeError when `start` and `end` are not a range of `bytes`.
 *
 * @example
 * ```ts
 * import { decodeVars } from '@gatewire/uwsgi';
 *
 * console.log(decodeVars(Uint8Array.of(1, 0, 65, 1, 0, 98), 0, 6)); // [ 'A', 'b' ]
 * ```
 */
export function decodeVars(
  bytes: Uint8Array,
  start: number,
  end: number,
  options?: UwsgiDecodeOptions,
): string[] {
  checkRange(bytes, start, end);
  return readVars(bytes, start, end, resolveOptions(options), 0);
}

/** {@link decodeVars} with errors counted from `origin` bytes before `bytes`. */
export function readVars(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: ResolvedOptions,
  origin: number,
): string[] {
  // One string for the block, then slices of it: a quarter of the time of decoding each name and value.
  const block = latin1(bytes, start, end);
  // Names and values of real requests take 16 bytes or more each; growing the list on the way costs a tenth of the time.
  const pairs = new Array<string>((end - start) >> 4);
  const most = 2 * options.maxVars;
  let filled = 0;
  let at = start;
  while (at < end && filled < most) {
    const key = at + LENGTH;
    const keyEnd = key + lengthAt(bytes, at);
    if (keyEnd === key && !options.emptyKeys) break;
    const value = keyEnd + LENGTH;
    at = value + lengthAt(bytes, keyEnd);
    pairs[filled++] = block.slice(key - start, keyEnd - start);
    pairs[filled++] = block.slice(value - start, at - start);
  }
  // Offsets only grow, so a block whose vars stop exactly at its end had no length that pointed past it.
  if (at !== end || !options.duplicates) refuse(bytes, start, end, options, origin);
  // Setting the length costs 35 ns, popping the few entries that are mostly left over costs next to nothing.
  if (pairs.length - filled > 16) pairs.length = filled;
  while (pairs.length > filled) pairs.pop();
  return pairs;
}

/** The u16le at `at`. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}

/** Throws for the first rule that a block breaks, if it breaks one: the careful way through it. */
export function refuse(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: ResolvedOptions,
  origin: number,
): void {
  const { maxVars, emptyKeys, duplicates } = options;
  const seen = new Set<string>();
  let at = start;
  for (let field = 0; at < end || field % 2 === 1; field++) {
    const isName = field % 2 === 0;
    const left = end - at - LENGTH;
    const size = lengthAt(bytes, at);
    if (field === 2 * maxVars) throw broken('UWSGI_LIMIT_VARS', `more than ${maxVars} vars`);
    if (left < 0) throw broken(isName ? 'UWSGI_STRAY_BYTE' : 'UWSGI_MISSING_VALUE', 'no length');
    if (size > left)
      throw broken(isName ? 'UWSGI_KEY_OVERRUN' : 'UWSGI_VALUE_OVERRUN', `${size} bytes, ${left} left`);
    if (isName) {
      const name = latin1(bytes, at + LENGTH, at + LENGTH + size);
      if (size === 0 && !emptyKeys) throw broken('UWSGI_EMPTY_KEY', 'empty name');
      if (!duplicates && seen.has(name)) throw broken('UWSGI_DUPLICATE_KEY', 'name again');
      seen.add(name);
    }
    at += LENGTH + size;
  }

  function broken(code: UwsgiErrorCode, detail: string): UwsgiProtocolError {
    return new UwsgiProtocolError(code, detail, origin + at);
  }
}

/**
 * Size in bytes of the vars block that `pairs` encode to. uWSGI refuses blocks above its `buffer-size`, 4,096 unless
 * configured: compare, to warn before the peer closes the connection without a word.
 *
 * @throws TypeError when `pairs` has an odd length.
 * @throws RangeError when a name is empty, or a name, a value or the block passes 65,535 bytes.
 */
export function varsBytes(pairs: readonly string[]): number {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  let size = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i].length === 0) throw new RangeError(`name ${i / 2} is empty, which no uWSGI accepts`);
    size += LENGTH + fieldBytes(pairs, i) + LENGTH + fieldBytes(pairs, i + 1);
  }
  if (size <= UWSGI_MAX_DATASIZE) return size;
  throw new RangeError(`the vars take ${size} bytes, a packet holds ${UWSGI_MAX_DATASIZE}`);
}

function fieldBytes(pairs: readonly string[], index: number): number {
  const { length } = pairs[index];
  if (length <= UWSGI_MAX_DATASIZE) return length;
  throw new RangeError(`entry ${index} has ${length} bytes, a length field holds ${UWSGI_MAX_DATASIZE}`);
}

/**
 * Writes the vars block of `pairs` at `out[at]` and returns the offset after it. The caller has made room for
 * {@link varsBytes}, which also is the check of the sizes.
 *
 * @throws RangeError when a character is above U+00FF.
 */
export function encodeVarsInto(pairs: readonly string[], out: Uint8Array, at: number): number {
  let next = at;
  for (const text of pairs) {
    out[next] = text.length & 0xff;
    out[next + 1] = text.length >> 8;
    next = encodeLatin1Into(text, out, next + LENGTH);
  }
  return next;
}
