import { checkRange, encodeLatin1Into, latin1 } from '@gatewire/bytes';
import { FcgiProtocolError } from './errors.js';
import type { FcgiErrorCode } from './errors.js';
import { MAX_SIZE, resolveOptions } from './options.js';
import type { FcgiDecodeOptions, ResolvedOptions } from './options.js';

// Name-value pairs, FastCGI 1.0 §3.4: length of the name, length of the value, name, value; no count, no terminator.
// A length below 128 is one byte; else four, big-endian, with the top bit of the first set.

/**
 * Decodes the name-value pairs in `bytes[start, end)` to a flat array: name, value, name, value. Order and duplicates
 * are kept; each byte becomes the character of the same number (Latin-1). The strings may share the memory of one
 * string for the whole block, so a long-lived value can keep all of it alive.
 *
 * A block is decoded whole or not at all: php-fpm, libfcgi and Go drop what is malformed and run the rest.
 *
 * @throws FcgiProtocolError `FCGI_PAIR_CUT`, `FCGI_PAIR_OVERRUN`, `FCGI_EMPTY_NAME`, `FCGI_NUL` or `FCGI_LIMIT_PAIRS`, at
 *   the pair that breaks the rule; offsets count from the start of `bytes`.
 * @throws RangeError when `start` and `end` are not a range of `bytes`.
 *
 * @example
 * ```ts
 * import { decodePairs } from '@gatewire/fastcgi';
 *
 * console.log(decodePairs(Uint8Array.of(1, 1, 65, 98), 0, 4)); // [ 'A', 'b' ]
 * ```
 */
export function decodePairs(
  bytes: Uint8Array,
  start: number,
  end: number,
  options?: FcgiDecodeOptions,
): string[] {
  checkRange(bytes, start, end);
  return readPairs(bytes, start, end, resolveOptions(options), 0);
}

/** {@link decodePairs} with errors counted from `origin` bytes before `bytes`. */
export function readPairs(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: ResolvedOptions,
  origin: number,
): string[] {
  // One string for the block, then slices of it: a quarter of the time of decoding each name and value.
  const block = latin1(bytes, start, end);
  const pairs = new Array<string>((end - start) >> 4);
  const most = 2 * options.maxPairs;
  let filled = 0;
  let zero = options.nul === 'accept' ? MAX_SIZE : 0;
  let at = start;
  while (at < end && filled < most) {
    let name = at + 1;
    let nameBytes = bytes[at];
    if (nameBytes > 127) {
      nameBytes = longLength(bytes, at);
      name += 3;
    }
    let valueBytes = bytes[name++];
    if (valueBytes > 127) {
      valueBytes = longLength(bytes, name - 1);
      name += 3;
    }
    const value = name + nameBytes;
    const next = value + valueBytes;
    if (zero < name - start) zero = zeroFrom(block, name - start);
    if ((nameBytes === 0 && options.emptyNames !== 'accept') || zero < next - start) break;
    pairs[filled++] = block.slice(name - start, value - start);
    pairs[filled++] = block.slice(value - start, next - start);
    at = next;
  }
  // Offsets only grow, so a block whose pairs stop exactly at its end had no length that pointed past it.
  if (at !== end) indexPairs(bytes, start, end, block, options, origin);
  // Setting the length costs 35 ns, popping the few entries that are mostly left over costs next to nothing.
  if (pairs.length - filled > 16) pairs.length = filled;
  while (pairs.length > filled) pairs.pop();
  return pairs;
}

/** A four-byte length. Without its top bit it is never negative. */
function longLength(bytes: Uint8Array, at: number): number {
  return ((bytes[at] & 127) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

/** Where the next NUL is: asked once per zero that is a length, of which there are few. Not Infinity, a double: 0.1 us. */
function zeroFrom(block: string, at: number): number {
  return block.indexOf('\0', at) & MAX_SIZE; // of -1, for none, that is MAX_SIZE
}

/** Entries per pair in what {@link indexPairs} returns. */
export const MARKS = 3;

/**
 * Where the pairs of a block lie, counted from `start`: per pair the start of the name, its end where the value begins,
 * the end of the value. Throws for the first rule that the block breaks: this is the careful way through it.
 */
export function indexPairs(
  bytes: Uint8Array,
  start: number,
  end: number,
  block: string,
  options: ResolvedOptions,
  origin: number,
): number[] {
  const marks: number[] = [];
  let zero = options.nul === 'accept' ? MAX_SIZE : 0;
  let at = start;
  while (at < end) {
    const valueLength = at + lengthBytes(bytes[at]);
    const name = valueLength + lengthBytes(bytes[valueLength]);
    if (marks.length === MARKS * options.maxPairs) throw broken('FCGI_LIMIT_PAIRS');
    if (name > end) throw broken('FCGI_PAIR_CUT');
    const nameBytes = lengthAt(bytes, at);
    // Two lengths of 31 bits: their sum is exact in a double, and would not be in 32 bits.
    const next = name + nameBytes + lengthAt(bytes, valueLength);
    if (next > end) throw broken('FCGI_PAIR_OVERRUN');
    if (nameBytes === 0 && options.emptyNames !== 'accept') throw broken('FCGI_EMPTY_NAME');
    if (zero < name - start) zero = zeroFrom(block, name - start);
    if (zero < next - start) throw broken('FCGI_NUL');
    marks.push(name - start, name - start + nameBytes, next - start);
    at = next;
  }
  return marks;

  function broken(code: FcgiErrorCode): FcgiProtocolError {
    return new FcgiProtocolError(code, `pair ${marks.length / MARKS} of ${end - start} bytes`, origin + at);
  }
}

/** Bytes of the length that begins with `first`. */
function lengthBytes(first: number): 1 | 4 {
  return first > 127 ? 4 : 1;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at] > 127 ? longLength(bytes, at) : bytes[at];
}

/**
 * Encodes `pairs` (name, value, name, value) as one block, without records around it: the content of a management
 * record. For the parameters of a request there is `encodeParams`.
 *
 * @throws TypeError when `pairs` has an odd length.
 * @throws RangeError when a name is empty, or a name or value has a NUL or a character above U+00FF.
 */
export function encodePairs(pairs: readonly string[]): Uint8Array {
  // A copy, so that what was measured is what is written.
  const list = [...pairs];
  const out = new Uint8Array(pairsBytes(list));
  for (let i = 0, at = 0; i < list.length; i += 2) at = encodePairInto(list[i], list[i + 1], out, at);
  return out;
}

/** Bytes of {@link encodePairs}, which also is the check of the pairs. */
function pairsBytes(pairs: readonly string[]): number {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  let size = 0;
  for (let i = 0; i < pairs.length; i += 2) size += pairBytes(pairs[i], pairs[i + 1]);
  return size;
}

/** Bytes of one pair. @throws RangeError when its name is empty or it has a NUL. */
export function pairBytes(name: string, value: string): number {
  if (name === '') throw new RangeError('a name is empty');
  if (name.includes('\0') || value.includes('\0')) throw new RangeError(`a NUL in ${JSON.stringify(name)}`);
  return (name.length > 127 ? 4 : 1) + (value.length > 127 ? 4 : 1) + name.length + value.length;
}

/** Writes one pair at `out[at]` and returns the offset after it. @throws RangeError for a character above U+00FF. */
export function encodePairInto(name: string, value: string, out: Uint8Array, at: number): number {
  const start = encodeLengthInto(value.length, out, encodeLengthInto(name.length, out, at));
  return encodeLatin1Into(value, out, encodeLatin1Into(name, out, start));
}

function encodeLengthInto(length: number, out: Uint8Array, at: number): number {
  // §3.4: 127 is the last one-byte length.
  if (length < 128) {
    out[at] = length;
    return at + 1;
  }
  out[at] = 0x80 | (length >>> 24);
  out[at + 1] = length >>> 16;
  out[at + 2] = length >>> 8;
  out[at + 3] = length;
  return at + 4;
}
