import { checkRange, latin1 } from '@gatewire/bytes';
import { resolveOptions } from './options.js';
import type { FcgiDecodeOptions } from './options.js';
import { indexPairs, MARKS } from './pairs.js';

/**
 * A block of name-value pairs read where it lies: checked and indexed once, names and values made into strings only
 * when asked for. For a router that reads two parameters out of thirty; to read them all, `decodePairs` is faster.
 *
 * It copies the block as one string, so the bytes are the caller's again once it is made.
 *
 * @example
 * ```ts
 * import { encodePairs, FcgiPairsView } from '@gatewire/fastcgi';
 *
 * const block = encodePairs(['HTTP_HOST', 'a.test', 'SCRIPT_NAME', '/']);
 * const params = new FcgiPairsView(block, 0, block.length);
 * console.log(params.get('HTTP_HOST'), params.has('HTTPS'), params.size); // a.test false 2
 * ```
 */
export class FcgiPairsView implements Iterable<[name: string, value: string]> {
  private readonly block: string;
  /** Per pair: start of the name, end of the name, end of the value; counted from the start of the block. */
  private readonly marks: readonly number[];

  /**
   * Checks and indexes the pairs in `bytes[start, end)`, whole or not at all.
   *
   * @throws FcgiProtocolError as `decodePairs`, with offsets from the start of `bytes`.
   * @throws RangeError when `start` and `end` are not a range of `bytes`.
   */
  constructor(bytes: Uint8Array, start: number, end: number, options?: FcgiDecodeOptions) {
    checkRange(bytes, start, end);
    this.block = latin1(bytes, start, end);
    this.marks = indexPairs(bytes, start, end, this.block, resolveOptions(options), 0);
  }

  /** How many pairs there are, duplicates counted. */
  get size(): number {
    return this.marks.length / MARKS;
  }

  /** The value of `name`; the last one if it comes several times, as php-fpm, Go and uWSGI have it. */
  get(name: string): string | undefined {
    const { marks } = this;
    for (let i = marks.length - MARKS; i >= 0; i -= MARKS) {
      if (this.isNamed(i, name)) return this.valueAt(i);
    }
    return undefined;
  }

  /** Every value of `name`, in wire order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let i = 0; i < this.marks.length; i += MARKS)
      if (this.isNamed(i, name)) values.push(this.valueAt(i));
    return values;
  }

  /** Whether there is a pair of this name. */
  has(name: string): boolean {
    for (let i = 0; i < this.marks.length; i += MARKS) if (this.isNamed(i, name)) return true;
    return false;
  }

  /** Names with their values, in wire order. */
  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (let i = 0; i < this.marks.length; i += MARKS) yield [this.nameAt(i), this.valueAt(i)];
  }

  /** What `decodePairs` returns: flat, name, value, name, value. */
  toPairs(): string[] {
    const pairs: string[] = [];
    for (let i = 0; i < this.marks.length; i += MARKS) pairs.push(this.nameAt(i), this.valueAt(i));
    return pairs;
  }

  private isNamed(i: number, name: string): boolean {
    // Lengths differ for most names: three quarters of the comparisons end here, without touching the text.
    return this.marks[i + 1] - this.marks[i] === name.length && this.block.startsWith(name, this.marks[i]);
  }

  private nameAt(i: number): string {
    return this.block.slice(this.marks[i], this.marks[i + 1]);
  }

  private valueAt(i: number): string {
    return this.block.slice(this.marks[i + 1], this.marks[i + 2]);
  }
}
