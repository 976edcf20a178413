import { decodeHeader, decodeVars, UWSGI_HEADER_BYTES, UwsgiProtocolError } from '@gatewire/uwsgi';
import { count, quoted, Sheet } from './annotation-sheet.js';
import type { SheetOptions } from './annotation-sheet.js';

/** Options of {@link annotatePacket}. */
export interface PacketOptions extends SheetOptions {
  /** Vars to show; the ones after that become one line with their number and bytes. Default: all. */
  readonly maxVars?: number;
  /** Size of the whole body when `bytes` holds only its beginning. Default: what follows the packet in `bytes`. */
  readonly bodyBytes?: number;
}

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
 * import { annotatePacket } from './annotate-uwsgi.js';
 *
 * for (const line of annotatePacket(Uint8Array.of(0, 6, 0, 0, 1, 0, 65, 1, 0, 98))) console.log(line);
 * //      0  00                   modifier1 0: a web request
 * //      1  06 00                datasize 6, little-endian
 * //      3  00                   modifier2 0
 * //      4  01 00 41             name, 1 byte: A
 * //      7  01 00 62             value, 1 byte: b
 * ```
 */
export function annotatePacket(bytes: Uint8Array, options: PacketOptions = {}): string[] {
  const { maxVars = Infinity, bodyBytes } = options;
  // The body is one row, so no offset is far past the packet.
  const sheet = new Sheet(options, UWSGI_HEADER_BYTES + 65_535);
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
  else sheet.data(UWSGI_HEADER_BYTES, packet.subarray(UWSGI_HEADER_BYTES), 'payload', datasize);
  if (bytes.length < end)
    sheet.problem(`cut short: ${bytes.length} of the ${end} bytes of this packet are there`);
  else sheet.data(end, bytes.subarray(end), 'body', bodyBytes);
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
