import { decodeHeader, FCGI_HEADER_LEN, FCGI_TYPE, FCGI_VERSION_1 } from '@gatewire/fastcgi';
import { RecordRows } from '../annotate-fastcgi.js';
import { annotatePacket } from '../annotate-uwsgi.js';
import { count, Sheet } from '../annotation-sheet.js';
import type { SheetOptions } from '../annotation-sheet.js';
import { readable, visible } from '../show-bytes.js';

/** Who sent what is shown: us, or the server. */
export type Sender = '>' | '<';

/** What `-v` shows, on stderr. */
export interface Trace {
  /** A fact about the connection. */
  note(text: string): void;
  /** Lines of HTTP, in Latin-1. */
  lines(sender: Sender, lines: readonly string[]): void;
  /** A uwsgi packet, and the size of the body that is sent after it. */
  packet(sender: Sender, packet: Uint8Array, bodyBytes: number): void;
  /** Bytes of FastCGI records, cut anywhere. */
  records(sender: Sender, bytes: Uint8Array): void;
  /** Bytes that could not be understood. */
  bytes(sender: Sender, bytes: Uint8Array, what: string): void;
}

/** Without `-v`. */
export const SILENT: Trace = {
  note: () => undefined,
  lines: () => undefined,
  packet: () => undefined,
  records: () => undefined,
  bytes: () => undefined,
};

/** With `-v`: `write` gets whole lines. */
export function createTrace(options: SheetOptions, write: (text: string) => unknown): Trace {
  const show = (sender: Sender | '*', lines: readonly string[]): void => {
    if (lines.length > 0) write(lines.map((line) => `${sender} ${line}\n`).join(''));
  };
  const records = {
    '>': new RecordTrace(options, (lines) => show('>', lines)),
    '<': new RecordTrace(options, (lines) => show('<', lines)),
  };
  return {
    note: (text) => show('*', [visible(text)]),
    lines: (sender, lines) => show(sender, [...lines.map((line) => visible(readable(line))), '']),
    packet: (sender, packet, bodyBytes) => {
      const lines = annotatePacket(packet, options);
      show(sender, bodyBytes === 0 ? lines : [...lines, `       … a body of ${count(bodyBytes, 'byte')}`]);
    },
    records: (sender, bytes) => records[sender].receive(bytes),
    bytes: (sender, bytes, what) => {
      const sheet = new Sheet(options, bytes.length);
      sheet.data(0, bytes, what);
      show(sender, sheet.lines);
    },
  };
}

/** Records of one stream that are shown one by one, of each direction; the others are counted. */
const SHOWN_PIECES = 20;

/** Records of one direction of a connection, shown as soon as they are whole. */
class RecordTrace {
  private readonly rows: RecordRows;
  private readonly sheet: Sheet;
  private readonly show: (lines: readonly string[]) => void;
  private held: Uint8Array = new Uint8Array(0);
  private at = 0;
  private pieces = 0;
  private hiddenRecords = 0;
  private hiddenBytes = 0;
  private isOver = false;

  constructor(options: SheetOptions, show: (lines: readonly string[]) => void) {
    this.sheet = new Sheet(options, 0);
    this.rows = new RecordRows(this.sheet, Infinity);
    this.show = show;
  }

  receive(bytes: Uint8Array): void {
    if (this.isOver) return;
    // At most a record and a chunk: what is whole leaves at once.
    this.held = this.held.length === 0 ? bytes.slice() : Buffer.concat([this.held, bytes]);
    for (let size = this.wholeRecord(); size > 0; size = this.wholeRecord()) {
      this.record(this.held.subarray(0, size));
      this.held = this.held.subarray(size);
      this.at += size;
    }
  }

  /** Bytes of the record at the front, 0 when it is not all there; all bytes when they are no record. */
  private wholeRecord(): number {
    const { held } = this;
    if (held.length === 0 || this.isOver) return 0;
    if (held[0] !== FCGI_VERSION_1) return held.length;
    const header = decodeHeader(held, 0);
    if (header === null) return 0;
    const size = FCGI_HEADER_LEN + header.contentLength + header.paddingLength;
    return size <= held.length ? size : 0;
  }

  private record(record: Uint8Array): void {
    const isPiece = isStreamPiece(record);
    if (isPiece && ++this.pieces > SHOWN_PIECES) {
      this.hiddenRecords++;
      this.hiddenBytes += record.length;
      return;
    }
    if (this.hiddenRecords > 0 && !isPiece) {
      const text = `${count(this.hiddenRecords, 'more record')} in ${count(this.hiddenBytes, 'byte')}`;
      this.sheet.note(this.at - this.hiddenBytes, text);
      this.hiddenRecords = 0;
      this.hiddenBytes = 0;
    }
    if (this.rows.add(record, this.at) === null) this.isOver = true;
    this.show(this.sheet.lines.splice(0));
  }
}

/** Whether it carries content of a body or of a response: of these there may be any number. */
function isStreamPiece(record: Uint8Array): boolean {
  const type = record[1];
  const hasContent = record[4] > 0 || record[5] > 0;
  return hasContent && (type === FCGI_TYPE.STDIN || type === FCGI_TYPE.STDOUT);
}
