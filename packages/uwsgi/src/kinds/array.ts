import { checkRange } from '@gatewire/bytes';
import { UWSGI_LENGTH_BYTES as LENGTH, UWSGI_MAX_DATASIZE } from '../constants.js';
import { UwsgiProtocolError } from '../errors.js';
import type { UwsgiErrorCode } from '../errors.js';
import { encodeVarsInto } from '../vars.js';
import { textOf } from './payload.js';
import type { UwsgiBytes } from './payload.js';

// An array: u16le length, item, repeated until the payload is used up. Byte for byte it is a vars block that may have
// an odd number of fields.

/** Options of {@link encodeArray} and {@link decodeArray}. */
export interface UwsgiArrayOptions {
  /**
   * Default `reject`: where uWSGI reads the arguments of a call or a cache entry, an empty item vanishes, and as the
   * last one it is an error. `accept` is for the arguments of a fork server (modifier1 35), which may be empty.
   */
  readonly emptyItems?: 'reject' | 'accept';
  /** Most items. Default 65,535, which no payload can pass; uWSGI takes 255 in a call and 3 in a cache entry. */
  readonly maxItems?: number;
}

/**
 * Encodes the payload of an array packet; {@link encodePayload} puts the header before it. Text is Latin-1, one byte
 * per character.
 *
 * @throws RangeError when an item is empty, there are more than `maxItems`, an item or all of it passes 65,535 bytes,
 *   or a character is above U+00FF.
 *
 * @example
 * ```ts
 * import { encodeArray } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeArray(['hi', Uint8Array.of(255)])); // Uint8Array(7) [ 2, 0, 104, 105, 1, 0, 255 ]
 * ```
 */
export function encodeArray(items: readonly UwsgiBytes[], options: UwsgiArrayOptions = {}): Uint8Array {
  const { emptyItems, maxItems = UWSGI_MAX_DATASIZE } = options;
  const texts = items.map(textOf);
  let size = 0;
  for (const { length } of texts) {
    if (length === 0 && emptyItems !== 'accept') throw new RangeError('an empty item');
    size += LENGTH + length;
  }
  // The size of all bounds that of each.
  if (size > UWSGI_MAX_DATASIZE || texts.length > maxItems) {
    throw new RangeError(
      `${texts.length} items, ${size} bytes, expected up to ${maxItems} and ${UWSGI_MAX_DATASIZE}`,
    );
  }
  const out = new Uint8Array(size);
  encodeVarsInto(texts, out, 0);
  return out;
}

/**
 * Decodes the array in `bytes[start, end)`. The items are views of `bytes`, not copies.
 *
 * @throws UwsgiProtocolError `UWSGI_STRAY_BYTE`, `UWSGI_VALUE_OVERRUN`, `UWSGI_EMPTY_ITEM` or `UWSGI_LIMIT_VARS`;
 *   offsets count from the start of `bytes`.
 * @throws RangeError when `start` and `end` are not a range of `bytes`.
 *
 * @example
 * ```ts
 * import { decodeArray } from '@gatewire/uwsgi/kinds';
 *
 * console.log(decodeArray(Uint8Array.of(2, 0, 104, 105), 0, 4)); // [ Uint8Array(2) [ 104, 105 ] ]
 * ```
 */
export function decodeArray(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: UwsgiArrayOptions = {},
): Uint8Array[] {
  const { emptyItems, maxItems = UWSGI_MAX_DATASIZE } = options;
  checkRange(bytes, start, end);
  const items: Uint8Array[] = [];
  let at = start;
  while (at < end) {
    const left = end - at - LENGTH;
    const size = bytes[at] | (bytes[at + 1] << 8);
    if (left < 0) throw broken('UWSGI_STRAY_BYTE', 'no room for a length');
    if (size > left) throw broken('UWSGI_VALUE_OVERRUN', `${size} bytes, ${left} left`);
    if (size === 0 && emptyItems !== 'accept') throw broken('UWSGI_EMPTY_ITEM', 'an empty item');
    if (items.length >= maxItems) throw broken('UWSGI_LIMIT_VARS', `more than ${maxItems} items`);
    items.push(bytes.subarray(at + LENGTH, at + LENGTH + size));
    at += LENGTH + size;
  }
  return items;

  function broken(code: UwsgiErrorCode, detail: string): UwsgiProtocolError {
    return new UwsgiProtocolError(code, detail, at);
  }
}
