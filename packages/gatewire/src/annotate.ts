import { decodeHeader, decodeVars, UWSGI_HEADER_BYTES, UwsgiProtocolError } from '@gatewire/uwsgi';
import { colors } from './colors.js';
import type { Colors, Paint } from './colors.js';
import { elide, readableText, textPreview, visible } from './show-bytes.js';

/** Options of {@link annotatePacket}. */
export interface AnnotateOptions {
  /** Paint with ANSI colours. Default false. */
  readonly color?: boolean;
  /** Columns to stay within, 60 or more; only what is wrong may need more. Default 100. */
  readonly width?: number;
  /** Vars to show; the ones after that become one line with their number and bytes. Default: all. */
  readonly maxVars?: number;
  /** Size of the whole body when `bytes` holds only its beginning. Default: what follows the packet in `bytes`. */
  readonly bodyBytes?: number;
}

/** Digits for the offset: a packet has at most 65,539 bytes. */
const OFFSET_COLUMNS = 6;

interface Kind {
  readonly name: string;
  /** Whether its payload is a vars block. */
  readonly vars: boolean;
}

/** The kinds that a reader is likely to meet. modifier1 is an open number: others are legal, their payload unknown. */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [0, { name: 'a web request', vars: true }],
  [5, { name: 'a request for PSGI', vars: true }],
  [7, { name: 'a request for Rack', vars: true }],
  [17, { name: 'a spooler task', vars: true }],
  [100, { name: 'a ping', vars: false }],
  [101, { name: 'an echo', vars: false }],
  [110, { name: 'a signal', vars: false }],
  [111, { name: 'a cache command', vars: true }],
  [173, { name: 'an RPC call', vars: false }],
  [224, { name: 'a subscription', vars: true }],
  [255, { name: 'a reply', vars: false }],
]);

/**
 * A uwsgi packet, and the body after it, as lines for people: offset in bytes, the bytes in hexadecimal, what they
 * mean. What is long is cut and its size given. Input that is cut short or malformed is shown as far as it goes, then
 * why not further; nothing is thrown for any bytes.
 *
 * Text is shown as UTF-8 where it is that, else as Latin-1; controls as escapes, so a terminal may show the lines.
 *
 * @throws RangeError when `width` is less than 60.
 *
 * @example
 * ```ts no-run
 * import { annotatePacket } from './annotate.js';
 *
 * for (const line of annotatePacket(Uint8Array.of(0, 6, 0, 0, 1, 0, 65, 1, 0, 98))) console.log(line);
 * //      0  00                   modifier1 0: a web request
 * //      1  06 00                datasize 6, little-endian
 * //      3  00                   modifier2 0
 * //      4  01 00 41             name, 1 byte: A
 * //      7  01 00 62             value, 1 byte: b
 * ```
 */
export function annotatePacket(bytes: Uint8Array, options: AnnotateOptions = {}): string[] {
  const { width = 100, color = false, maxVars = Infinity, bodyBytes } = options;
  if (!(width >= 60)) throw new RangeError(`width is ${width}, expected 60 or more`);
  const sheet = new Sheet(width, colors(color));
  const header = decodeHeader(bytes, 0);
  if (header === null) {
    sheet.problem(`${count(bytes.length, 'byte')}, a header has ${UWSGI_HEADER_BYTES}`);
    return sheet.lines;
  }
  const { modifier1, datasize, modifier2 } = header.value;
  const kind = KINDS.get(modifier1);
  const { magenta } = sheet.paint;
  sheet.row(
    0,
    bytes.subarray(0, 1),
    0,
    magenta,
    `modifier1 ${modifier1}${kind === undefined ? '' : `: ${kind.name}`}`,
  );
  sheet.row(1, bytes.subarray(1, 3), 0, magenta, `datasize ${datasize}, little-endian`);
  sheet.row(3, bytes.subarray(3, 4), 0, magenta, `modifier2 ${modifier2}`);
  const end = UWSGI_HEADER_BYTES + datasize;
  const packet = bytes.subarray(0, end);
  if (kind?.vars === true) annotateVars(sheet, packet, end, maxVars);
  else annotateData(sheet, packet, UWSGI_HEADER_BYTES, datasize, 'payload');
  if (bytes.length < end)
    sheet.problem(`cut short: ${bytes.length} of the ${end} bytes of this packet are there`);
  else annotateData(sheet, bytes, end, bodyBytes ?? bytes.length - end, 'body');
  return sheet.lines;
}

function annotateVars(sheet: Sheet, packet: Uint8Array, end: number, maxVars: number): void {
  const fields = fieldsOf(packet);
  const shown = Math.min(fields.length, 2 * maxVars);
  for (const [i, { at, next }] of fields.slice(0, shown).entries()) {
    const isName = i % 2 === 0;
    const text = quoted(packet.subarray(at + 2, next));
    const meaning = `${isName ? 'name' : 'value'}, ${count(next - at - 2, 'byte')}`;
    const { cyan, green } = sheet.paint;
    const paint = isName ? cyan : green;
    sheet.row(at, packet.subarray(at, next), 2, paint, text === '' ? meaning : `${meaning}: `, text);
  }
  const last = fields.at(-1)?.next ?? UWSGI_HEADER_BYTES;
  if (shown < fields.length) {
    const left = fields[shown].at;
    const more = count(Math.ceil((fields.length - shown) / 2), 'more var');
    sheet.note(left, `${more} in ${count(last - left, 'byte')}`);
  }
  const rest = packet.subarray(last);
  const isCut = packet.length < end;
  if (rest.length > 0) {
    const what = isCut ? 'an incomplete field' : `${count(rest.length, 'byte')} that are no var`;
    sheet.row(last, rest, 0, sheet.paint.red, what);
  }
  const problem = isCut ? null : whyNotVars(packet);
  if (problem !== null) sheet.problem(problem);
}

function annotateData(sheet: Sheet, bytes: Uint8Array, start: number, size: number, what: string): void {
  if (size <= 0 || start >= bytes.length) return;
  const data = bytes.subarray(start, start + size);
  const meaning = `${what}, ${count(size, 'byte')}`;
  // Binary data stands beside it already, in hexadecimal.
  const text = textPreview(data.subarray(0, 256), size);
  sheet.row(start, data, 0, sheet.paint.blue, text === null ? meaning : `${meaning}: `, text ?? '');
}

/** Where each length and its text lie: names at even, values at odd places; as many as are whole. */
function fieldsOf(packet: Uint8Array): { readonly at: number; readonly next: number }[] {
  const fields: { at: number; next: number }[] = [];
  let at = UWSGI_HEADER_BYTES;
  while (at + 2 <= packet.length) {
    const next = at + 2 + (packet[at] | (packet[at + 1] << 8));
    if (next > packet.length) break;
    fields.push({ at, next });
    at = next;
  }
  return fields;
}

/** The strict decoder's word on the vars of a packet; `null` when it takes them. */
function whyNotVars(packet: Uint8Array): string | null {
  try {
    decodeVars(packet, UWSGI_HEADER_BYTES, packet.length);
    return null;
  } catch (error) {
    if (error instanceof UwsgiProtocolError) return error.message;
    throw error;
  }
}

function quoted(bytes: Uint8Array): string {
  return visible(readableText(bytes));
}

function count(many: number, what: string): string {
  return `${many.toLocaleString('en')} ${what}${many === 1 ? '' : 's'}`;
}

/** Lines in three columns, each within the width. */
class Sheet {
  readonly lines: string[] = [];
  readonly paint: Colors;
  /** Bytes that a line shows. */
  private readonly perLine: number;
  private readonly meaningColumns: number;

  constructor(width: number, paint: Colors) {
    this.paint = paint;
    // Two fifths of the width for the bytes, three columns each; the rest is for what they mean.
    this.perLine = Math.min(16, Math.floor((width - OFFSET_COLUMNS - 4) / 7.5));
    this.meaningColumns = width - OFFSET_COLUMNS - 3 - 3 * this.perLine;
  }

  /** `sizeBytes` of the bytes are a length field and painted as such; the others, and `text`, by `paint`. */
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
    const seen = elide(text, Math.max(1, this.meaningColumns - meaning.length));
    this.lines.push(`${dim(offsetOf(at))}  ${hex}${pad} ${meaning}${paint(seen)}`.trimEnd());
  }

  /** Something that was left out, at `at`. */
  note(at: number, text: string): void {
    this.lines.push(this.paint.dim(`${offsetOf(at)}  … ${text}`));
  }

  /** Something that is wrong. */
  problem(text: string): void {
    this.lines.push(this.paint.red(`${' '.repeat(OFFSET_COLUMNS)}  ! ${text}`));
  }
}

function offsetOf(at: number): string {
  return String(at).padStart(OFFSET_COLUMNS);
}
