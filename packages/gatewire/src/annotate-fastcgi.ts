import {
  decodeBeginRequest,
  decodeEndRequest,
  decodeHeader,
  FCGI_HEADER_LEN,
  FCGI_KEEP_CONN,
  FCGI_PROTOCOL_STATUS,
  FCGI_ROLE,
  FCGI_TYPE,
  FCGI_VERSION_1,
  FcgiDecoder,
  FcgiProtocolError,
} from '@gatewire/fastcgi';
import type { FcgiHeader } from '@gatewire/fastcgi';
import { PairRows } from './annotate-pairs.js';
import { count, Sheet } from './annotation-sheet.js';
import type { SheetOptions } from './annotation-sheet.js';

/** Options of {@link annotateRecords}. */
export interface RecordOptions extends SheetOptions {
  /** Pairs of each request to show; the ones after that become one line per record. Default: all. */
  readonly maxPairs?: number;
}

/** Bytes of the body of BEGIN_REQUEST and END_REQUEST. */
const BODY_BYTES = 8;

const { BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA } = FCGI_TYPE;
const { GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE } = FCGI_TYPE;

/** Types of which an empty record ends something. */
const STREAMS: ReadonlySet<number> = new Set([PARAMS, STDIN, STDOUT, STDERR, DATA]);

/**
 * FastCGI records, of either side of a connection, as lines for people: offset in bytes, the bytes in hexadecimal, what
 * they mean. What is long is cut and its size given. A name-value pair that is cut by the end of a record is shown in
 * pieces, and whole where it ends. Input that is cut short or malformed is shown as far as it goes, then why not
 * further; nothing is thrown for any bytes.
 *
 * Text is shown as UTF-8 where it is that, else as Latin-1; controls as escapes, so a terminal may show the lines.
 *
 * @throws RangeError when `width` is less than 60.
 *
 * @example
 * ```ts no-run
 * import { encodeParams } from '@gatewire/fastcgi';
 * import { annotateRecords } from './annotate-fastcgi.js';
 *
 * for (const line of annotateRecords(encodeParams(1, ['A', 'b']))) console.log(line);
 * //      0  01 04 00 01 00 04 04 00  version 1, PARAMS, request 1, 4 bytes, padding 4
 * //      8  01 01 41                 lengths 1 and 1, name: A
 * //     11  62                       value, 1 byte: b
 * //     12  00 00 00 00              padding
 * //     16  01 04 00 01 00 00 00 00  version 1, PARAMS, request 1, 0 bytes: end, padding 0
 * ```
 */
export function annotateRecords(bytes: Uint8Array, options: RecordOptions = {}): string[] {
  const sheet = new Sheet(options, bytes.length);
  const records = new RecordRows(sheet, options.maxPairs ?? Infinity);
  let at = 0;
  while (at < bytes.length) {
    const next = records.add(bytes.subarray(at), at);
    if (next === null) break;
    at += next;
  }
  return sheet.lines;
}

/** One record after the other, with the codec's word on each. */
export class RecordRows {
  private readonly sheet: Sheet;
  private readonly maxPairs: number;
  private readonly decoder = new FcgiDecoder();
  /** Parameters that have not ended, by request. */
  private readonly params = new Map<number, PairRows>();

  constructor(sheet: Sheet, maxPairs: number) {
    this.sheet = sheet;
    this.maxPairs = maxPairs;
  }

  /** Shows the record that `bytes` begin with, at `at` on the connection. Its size, or `null` when nothing follows. */
  add(bytes: Uint8Array, at: number): number | null {
    const { sheet } = this;
    const header = bytes[0] === FCGI_VERSION_1 ? decodeHeader(bytes, 0) : null;
    if (header === null) {
      const why = this.whyNot(bytes);
      const some = count(bytes.length, 'byte');
      sheet.row(
        at,
        bytes,
        0,
        sheet.paint.red,
        `${some} that are no ${why === null ? 'whole header' : 'record'}`,
      );
      sheet.problem(
        why ?? `cut short: ${bytes.length} of the ${FCGI_HEADER_LEN} bytes of a header are there`,
      );
      return null;
    }
    const size = FCGI_HEADER_LEN + header.contentLength + header.paddingLength;
    const record = bytes.subarray(0, size);
    this.header(header, record, at);
    this.content(header, record, at);
    const why = this.whyNot(record);
    if (why !== null) sheet.problem(why);
    else if (bytes.length < size)
      sheet.problem(`cut short: ${bytes.length} of the ${size} bytes of this record are there`);
    else return size;
    if (bytes.length > size) sheet.note(at + size, `${count(bytes.length - size, 'byte')} after that`);
    return null;
  }

  private header(header: FcgiHeader, record: Uint8Array, at: number): void {
    const { type, requestId, contentLength, paddingLength } = header;
    const ends = contentLength === 0 && STREAMS.has(type) ? ': end' : '';
    const { magenta } = this.sheet.paint;
    const size = `${count(contentLength, 'byte')}${ends}, padding ${paddingLength}`;
    const text = `version 1, ${nameOf(FCGI_TYPE, type, 'type')}, request ${requestId}, ${size}`;
    this.sheet.row(at, record.subarray(0, FCGI_HEADER_LEN), 0, magenta, '', text);
  }

  private content({ type, requestId, contentLength }: FcgiHeader, record: Uint8Array, at: number): void {
    const { sheet } = this;
    const end = FCGI_HEADER_LEN + contentLength;
    const content = record.subarray(FCGI_HEADER_LEN, end);
    const contentAt = at + FCGI_HEADER_LEN;
    const isBody = contentLength === BODY_BYTES && content.length === BODY_BYTES;
    if (type === PARAMS) this.pairs(requestId, content, contentAt);
    else if (type === GET_VALUES || type === GET_VALUES_RESULT)
      new PairRows(sheet, this.maxPairs).add(content, contentAt);
    else if (type === BEGIN_REQUEST && isBody) beginRows(sheet, content, contentAt);
    else if (type === END_REQUEST && isBody) endRows(sheet, content, contentAt);
    else if (type === UNKNOWN_TYPE && isBody) unknownTypeRows(sheet, content, contentAt);
    else sheet.data(contentAt, content, nameOf(STREAM_NAMES, type, 'content of type'), contentLength);
    const padding = record.subarray(end);
    if (padding.length > 0) sheet.row(at + end, padding, 0, sheet.paint.dim, '', 'padding');
  }

  private pairs(requestId: number, content: Uint8Array, at: number): void {
    const rows = this.params.get(requestId) ?? new PairRows(this.sheet, this.maxPairs);
    if (content.length === 0) this.params.delete(requestId);
    else this.params.set(requestId, rows);
    rows.add(content, at);
  }

  /** What the codec has against the next bytes of the connection; `null` when nothing. */
  private whyNot(bytes: Uint8Array): string | null {
    try {
      this.decoder.receive(bytes);
      while (this.decoder.next() !== null);
      return null;
    } catch (error) {
      if (error instanceof FcgiProtocolError) return error.message;
      throw error;
    }
  }
}

const STREAM_NAMES = { STDIN, STDOUT, STDERR, DATA };

function beginRows(sheet: Sheet, body: Uint8Array, at: number): void {
  const { magenta } = sheet.paint;
  const { role, flags } = decodeBeginRequest(body, 0);
  const closes =
    (flags & FCGI_KEEP_CONN) === 0 ? 'the application closes' : 'KEEP_CONN, the web server closes';
  sheet.row(at, body.subarray(0, 2), 0, magenta, `role ${role}${meaning(FCGI_ROLE, role)}`);
  sheet.row(at + 2, body.subarray(2, 3), 0, magenta, `flags ${flags}: ${closes} the connection`);
  reservedRow(sheet, body.subarray(3), at + 3);
}

function endRows(sheet: Sheet, body: Uint8Array, at: number): void {
  const { magenta } = sheet.paint;
  const { appStatus, protocolStatus } = decodeEndRequest(body, 0);
  const status = meaning(FCGI_PROTOCOL_STATUS, protocolStatus);
  sheet.row(at, body.subarray(0, 4), 0, magenta, `application status ${appStatus}`);
  sheet.row(at + 4, body.subarray(4, 5), 0, magenta, `protocol status ${protocolStatus}${status}`);
  reservedRow(sheet, body.subarray(5), at + 5);
}

function unknownTypeRows(sheet: Sheet, body: Uint8Array, at: number): void {
  sheet.row(at, body.subarray(0, 1), 0, sheet.paint.magenta, `type ${body[0]} is not known`);
  reservedRow(sheet, body.subarray(1), at + 1);
}

function reservedRow(sheet: Sheet, bytes: Uint8Array, at: number): void {
  sheet.row(at, bytes, 0, sheet.paint.dim, '', 'reserved');
}

/** `: RESPONDER`, or nothing for a number without a name. */
function meaning(names: Names, value: number): string {
  const name = keyOf(names, value);
  return name === undefined ? '' : `: ${name}`;
}

/** The name of a number, or `otherwise` and the number. */
function nameOf(names: Names, value: number, otherwise: string): string {
  return keyOf(names, value) ?? `${otherwise} ${value}`;
}

type Names = Readonly<Record<string, number>>;

function keyOf(names: Names, value: number): string | undefined {
  return Object.keys(names).find((key) => names[key] === value);
}
