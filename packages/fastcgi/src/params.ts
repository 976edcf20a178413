import { FCGI_HEADER_LEN, FCGI_MAX_LENGTH, PARAMS } from './constants.js';
import { encodePairInto, pairBytes } from './pairs.js';
import { encodeHeaderInto, MOST_CONTENT, paddingFor } from './record.js';

/** Options of {@link encodeParams}. */
export interface EncodeParamsOptions {
  /**
   * Default `reject`: a pair of more than 65,535 bytes fits in no record and is a RangeError. `split` cuts it across
   * records, as the protocol allows; php-fpm and uWSGI do not understand that, libfcgi and Go do.
   */
  readonly longPairs?: 'reject' | 'split';
}

/**
 * The whole stream of parameters of a request: PARAMS records and the empty one that ends them, in one array. A record
 * ends between two pairs: php-fpm and uWSGI read each record by itself.
 *
 * @throws TypeError when `pairs` has an odd length.
 * @throws RangeError as `encodePairs`, when `requestId` is not 1 to 65,535, or for a pair of more than 65,535 bytes.
 *
 * @example
 * ```ts
 * import { encodeParams } from '@gatewire/fastcgi';
 *
 * console.log(encodeParams(1, ['A', 'b']).join(' ')); // 1 4 0 1 0 4 4 0 1 1 65 98 0 0 0 0 1 4 0 1 0 0 0 0
 * ```
 */
export function encodeParams(
  requestId: number,
  pairs: readonly string[],
  options?: EncodeParamsOptions,
): Uint8Array {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  // A copy, so that what was measured is what is written.
  const list = [...pairs];
  const contents = divide(list, options?.longPairs === 'split');
  const total = contents.reduce((sum, size) => sum + size, 0);
  const block = new Uint8Array(total);
  for (let i = 0, at = 0; i < list.length; i += 2) at = encodePairInto(list[i], list[i + 1], block, at);
  const out = new Uint8Array(
    contents.reduce((sum, size) => sum + FCGI_HEADER_LEN + size + paddingFor(size), FCGI_HEADER_LEN),
  );
  let at = 0;
  let used = 0;
  for (const size of [...contents, 0]) {
    const padding = paddingFor(size);
    at = encodeHeaderInto(out, at, PARAMS, requestId, size, padding);
    out.set(block.subarray(used, used + size), at);
    used += size;
    at += size + padding;
  }
  return out;
}

/** Sizes of the contents of the records that hold `pairs`. */
function divide(pairs: readonly string[], split: boolean): number[] {
  const contents: number[] = [];
  let filled = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    let size = pairBytes(pairs[i], pairs[i + 1]);
    if (size > FCGI_MAX_LENGTH && !split)
      throw new RangeError(`pair ${i / 2} has ${size} bytes, a record holds ${FCGI_MAX_LENGTH}`);
    if (filled > 0 && filled + size > MOST_CONTENT) {
      contents.push(filled);
      filled = 0;
    }
    for (; size > FCGI_MAX_LENGTH; size -= MOST_CONTENT) contents.push(MOST_CONTENT);
    filled += size;
  }
  if (filled > 0) contents.push(filled);
  return contents;
}
