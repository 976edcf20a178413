import { count, quoted } from './annotation-sheet.js';
import type { Sheet } from './annotation-sheet.js';

/** Where the parts of a name-value pair lie. */
interface Pair {
  readonly name: number;
  readonly value: number;
  readonly next: number;
}

/** The name-value pairs of one request, over as many records as they come in; a pair may be cut anywhere. */
export class PairRows {
  private readonly sheet: Sheet;
  private readonly maxPairs: number;
  private shown = 0;
  /** A pair that is cut: what there is of it, in pieces, and how much that is. */
  private pieces: Uint8Array[] = [];
  private held = 0;

  /** Pairs after `maxPairs` become one line per record. */
  constructor(sheet: Sheet, maxPairs: number) {
    this.sheet = sheet;
    this.maxPairs = maxPairs;
  }

  /** Shows the next piece of the pairs: `content`, which lies at `at` on the connection. */
  add(content: Uint8Array, at: number): void {
    if (content.length === 0) return;
    let from = this.held > 0 ? this.goOn(content, at) : 0;
    let hidden = 0;
    let hiddenFrom = from;
    for (let pair = pairAt(content, from); pair !== null; pair = pairAt(content, from)) {
      if (pair.next > content.length) break;
      if (this.shown < this.maxPairs) {
        this.rows(content, from, pair, at);
        hiddenFrom = pair.next;
      } else hidden++;
      from = pair.next;
    }
    if (hidden > 0) {
      const size = count(from - hiddenFrom, 'byte');
      this.sheet.note(at + hiddenFrom, `${count(hidden, 'more pair')} in ${size}`);
    }
    if (from < content.length) this.cut(content.subarray(from), at + from);
  }

  private rows(content: Uint8Array, from: number, { name, value, next }: Pair, at: number): void {
    const { sheet } = this;
    const { cyan, green } = sheet.paint;
    this.shown++;
    const lengths = `lengths ${value - name} and ${next - value}, name`;
    const text = quoted(content.subarray(name, value));
    const meaning = text === '' ? lengths : `${lengths}: `;
    sheet.row(at + from, content.subarray(from, value), name - from, cyan, meaning, text);
    if (next === value) return;
    const said = `value, ${count(next - value, 'byte')}: `;
    const bytes = content.subarray(value, next);
    sheet.row(at + value, bytes, 0, green, said, quoted(bytes));
  }

  /** The beginning of a pair, at the end of a record. */
  private cut(piece: Uint8Array, at: number): void {
    this.hold(piece);
    const pair = pairAt(piece, 0);
    const meaning =
      pair === null
        ? `${count(piece.length, 'byte')} of the lengths of a pair, cut off here`
        : `${piece.length} of the ${count(pair.next, 'byte')} of a pair, cut off here`;
    this.sheet.row(at, piece, 0, this.sheet.paint.yellow, meaning);
  }

  /** More of the pair that is cut; returns where in `content` it ends. */
  private goOn(content: Uint8Array, at: number): number {
    const { sheet, held } = this;
    const head = joined(this.pieces, content.subarray(0, MOST_LENGTHS), MOST_LENGTHS);
    const pair = pairAt(head, 0);
    const piece = content.subarray(0, pair === null ? content.length : pair.next - held);
    if (pair === null || held + piece.length < pair.next) {
      this.hold(piece);
      sheet.row(
        at,
        piece,
        0,
        sheet.paint.yellow,
        `${count(piece.length, 'more byte')} of that pair, cut off again`,
      );
      return piece.length;
    }
    const whole = joined(this.pieces, piece, pair.next);
    this.pieces = [];
    this.held = 0;
    this.shown++;
    const name = quoted(whole.subarray(pair.name, pair.value));
    const value = quoted(whole.subarray(pair.value));
    const meaning = `the last ${count(piece.length, 'byte')} of that pair: `;
    sheet.row(at, piece, 0, sheet.paint.green, meaning, `${name} = ${value}`);
    return piece.length;
  }

  private hold(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.held += piece.length;
  }
}

/** Bytes of two lengths at most. */
const MOST_LENGTHS = 8;

/** Lays out the pair at `from`; it may end behind `bytes`. `null` when its lengths are not all there. */
function pairAt(bytes: Uint8Array, from: number): Pair | null {
  const value = lengthAt(bytes, from);
  const end = value === null ? null : lengthAt(bytes, value.next);
  if (value === null || end === null) return null;
  const name = end.next;
  return { name, value: name + value.length, next: name + value.length + end.length };
}

/** FastCGI 1.0 §3.4: below 128 one byte, else four with the top bit set. */
function lengthAt(bytes: Uint8Array, at: number): { readonly length: number; readonly next: number } | null {
  if (at >= bytes.length) return null;
  if (bytes[at] < 128) return { length: bytes[at], next: at + 1 };
  if (at + 4 > bytes.length) return null;
  const length = ((bytes[at] & 127) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  return { length, next: at + 4 };
}

/** The first `size` bytes of `pieces` and `last`, as far as there are so many. Does not look at the pieces after that. */
function joined(pieces: readonly Uint8Array[], last: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let left = size;
  for (let i = 0; i <= pieces.length && left > 0; i++) {
    const part = (i < pieces.length ? pieces[i] : last).subarray(0, left);
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts);
}
