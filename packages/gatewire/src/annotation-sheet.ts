import { colors } from './colors.js';
import type { Colors, Paint } from './colors.js';
import { elide, readableText, textPreview, visible } from './show-bytes.js';

/** How annotated bytes are shown. */
export interface SheetOptions {
  /** Paint with ANSI colours. Default false. */
  readonly color?: boolean;
  /** Columns to stay within, 60 or more; only what is wrong may need more. Default 100. */
  readonly width?: number;
}

/** Least digits for the offset. */
const OFFSET_COLUMNS = 6;

/** Bytes of data that are looked at for its beginning. */
const PREVIEW_BYTES = 256;

/** Lines in three columns, each within the width: offset, bytes in hexadecimal, what they mean. */
export class Sheet {
  readonly lines: string[] = [];
  readonly paint: Colors;
  private readonly offsetColumns: number;
  /** Bytes that a line shows. */
  private readonly perLine: number;
  private readonly meaningColumns: number;

  /**
   * Offsets are at most `lastOffset`.
   *
   * @throws RangeError when `width` is less than 60.
   */
  constructor({ width = 100, color = false }: SheetOptions, lastOffset: number) {
    if (!(width >= 60)) throw new RangeError(`width is ${width}, expected 60 or more`);
    this.paint = colors(color);
    this.offsetColumns = Math.max(OFFSET_COLUMNS, String(lastOffset).length);
    // Two fifths of the width for the bytes, three columns each; the rest is for what they mean.
    this.perLine = Math.min(16, Math.floor((width - this.offsetColumns - 4) / 7.5));
    this.meaningColumns = width - this.offsetColumns - 3 - 3 * this.perLine;
  }

  /** `sizeBytes` of the bytes are length fields and painted as such; the others, and `text`, by `paint`. */
  row(
    at: number,
    bytes: Uint8Array,
    sizeBytes: number,
    paint: Paint,
    meaning: string,
    text: string = '',
  ): void {
    const { yellow, dim } = this.paint;
    const fits = bytes.length <= this.perLine;
    const shown = Array.from(bytes.subarray(0, fits ? bytes.length : this.perLine - 1), (byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    const size = shown.slice(0, sizeBytes).join(' ');
    const rest = shown.slice(sizeBytes).join(' ');
    const gap = size !== '' && rest !== '' ? ' ' : '';
    const hexColumns = 3 * shown.length - 1 + (fits ? 0 : 2);
    const hex = `${yellow(size)}${gap}${paint(rest)}${fits ? '' : dim(' …')}`;
    const pad = ' '.repeat(Math.max(0, 3 * this.perLine - hexColumns));
    const said = elide(meaning, this.meaningColumns);
    const left = this.meaningColumns - said.length;
    const seen = left > 0 ? elide(text, left) : '';
    this.lines.push(`${dim(this.offset(at))}  ${hex}${pad} ${said}${paint(seen)}`.trimEnd());
  }

  /**
   * Data that may be anything: its size, and its beginning where it is text; binary data stands beside it already, in
   * hexadecimal. `size` is that of all of it when `data` is only the beginning. No data, no row.
   */
  data(at: number, data: Uint8Array, what: string, size: number = data.length): void {
    if (data.length === 0) return;
    const meaning = `${what}, ${count(size, 'byte')}`;
    const text = textPreview(data.subarray(0, PREVIEW_BYTES), size);
    this.row(at, data, 0, this.paint.blue, text === null ? meaning : `${meaning}: `, text ?? '');
  }

  /** Something that was left out, at `at`. */
  note(at: number, text: string): void {
    this.lines.push(this.paint.dim(`${this.offset(at)}  … ${text}`));
  }

  /** Something that is wrong. */
  problem(text: string): void {
    this.lines.push(this.paint.red(`${' '.repeat(this.offsetColumns)}  ! ${text}`));
  }

  private offset(at: number): string {
    return String(at).padStart(this.offsetColumns);
  }
}

/** The text of a name or value, as it may be shown. */
export function quoted(bytes: Uint8Array): string {
  return visible(readableText(bytes));
}

/** `1 byte`, `2,000 bytes`. */
export function count(many: number, what: string): string {
  return `${many.toLocaleString('en')} ${what}${many === 1 ? '' : 's'}`;
}
