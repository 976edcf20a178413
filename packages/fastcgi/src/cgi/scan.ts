import { ResponseHeadError } from './errors.js';
import type { ResponseHeadErrorCode } from './errors.js';
import { TOKEN } from './grammar.js';
import type { HeadRules } from './options.js';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const SLASH = 0x2f;
const COLON = 0x3a;
const DELETE = 0x7f;
/** The bytes of `HTTP` as one number. */
const HTTP = 0x48545450;

/** 1 for a byte that may stand in a field name. */
const NAME_BYTE: Uint8Array = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(TOKEN.test(String.fromCharCode(byte))),
);

/** Before the first byte of a line, in a field name, behind its colon or in a status line. */
type Place = 'line' | 'name' | 'value';

/**
 * Finds the end of a head and where its lines are cut, looking at each byte once. All of its state is in its fields, so
 * chunks may end anywhere, between CR and LF too.
 *
 * A status line needs no second attempt: no field name has a slash, so `HTTP/` at the start decides (nginx
 * before 1.31.0 read on as a header what had begun as a status line, with what it had remembered of that:
 * CVE-2026-42946).
 */
export class HeadScanner {
  /** Start, colon and end of each line, from `start`; the colon of a status line is -1. */
  marks: number[] = [];
  /** Where the head began, bytes from the start of the response. */
  start = 0;
  /** Bytes looked at, from the start of the response. */
  position = 0;
  private readonly rules: HeadRules;
  private forms: string;
  private place: Place = 'line';
  private lineStart = 0;
  private colon = -1;
  /** Whether the last byte was a CR. */
  private cr = false;
  /** The last four bytes of the name at hand. */
  private word = 0;

  constructor(rules: HeadRules) {
    this.rules = rules;
    this.forms = rules.forms;
  }

  /** Starts over, behind an interim head: the next one has the same form. */
  restart(): void {
    this.forms = this.marks[1] < 0 ? 'http' : 'cgi';
    this.marks = [];
    this.start = this.lineStart = this.position;
  }

  /**
   * Looks at `bytes` from `from` on. Index behind the blank line, or -1 when the head goes on.
   *
   * @throws ResponseHeadError for what is wrong in a line, as soon as the byte is there.
   */
  scan(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++, this.position++) {
      const byte = bytes[at];
      if (this.position >= this.rules.maxHeadBytes)
        throw this.error('CGI_LIMIT_HEAD', `more than ${this.rules.maxHeadBytes} bytes of head`);
      if (byte === LF) {
        if (this.lineFeed()) {
          this.position++;
          return at + 1;
        }
      } else if (this.cr) {
        throw this.error('CGI_BARE_CR', 'CR without LF', this.position - 1);
      } else if (byte === CR) {
        this.cr = true;
      } else {
        this.character(byte);
      }
    }
    return -1;
  }

  /** Ends a line, with or without a CR before. Whether it was the blank one. */
  private lineFeed(): boolean {
    const { place, position, cr, lineStart } = this;
    this.cr = false;
    this.place = 'line';
    this.lineStart = position + 1;
    if (place === 'name') throw this.error('CGI_MISSING_COLON', 'a line without a colon', lineStart);
    if (place === 'line') {
      if (this.marks.length > 0) return true;
      throw this.error('CGI_EMPTY_HEAD', 'a blank line and no head', this.start);
    }
    const { start, colon } = this;
    this.marks.push(lineStart - start, colon < 0 ? -1 : colon - start, position - start - Number(cr));
    this.colon = -1;
    return false;
  }

  private character(byte: number): void {
    if (this.position - this.lineStart >= this.rules.maxLineBytes)
      throw this.error('CGI_LIMIT_LINE', `more than ${this.rules.maxLineBytes} bytes in a line`);
    if (byte < SPACE ? byte !== TAB : byte === DELETE)
      throw this.error('CGI_CONTROL_BYTE', `byte ${byte}, a control character`);
    if (this.place === 'value') return;
    if (this.place === 'line') this.firstOfLine(byte);
    else if (byte === COLON) this.nameEnd();
    else if (NAME_BYTE[byte] === 0) this.notInName(byte);
    this.word = (this.word << 8) | byte;
  }

  private firstOfLine(byte: number): void {
    const lines = this.marks.length / 3;
    // RFC 3875 §6.3: no continuation lines, which readers unfold, drop or forward each in their own way.
    if ((byte === SPACE || byte === TAB) && lines > 0)
      throw this.error('CGI_FOLDED_LINE', 'a line that starts with a space');
    if (byte === COLON) throw this.error('CGI_EMPTY_NAME', 'a field without a name');
    if (NAME_BYTE[byte] === 0) throw this.badName(byte);
    if (lines - Number(this.marks[1] < 0) >= this.rules.maxFields)
      throw this.error('CGI_LIMIT_FIELDS', `more than ${this.rules.maxFields} fields`);
    this.place = 'name';
  }

  private nameEnd(): void {
    if (this.marks.length === 0 && this.forms === 'http')
      throw this.error('CGI_WRONG_FORM', 'a header field, expected a status line', this.start);
    this.colon = this.position;
    this.place = 'value';
  }

  /** The slash behind `HTTP` in the first line, or else an error. */
  private notInName(byte: number): void {
    const first = this.marks.length === 0 && this.position - this.start === 4;
    if (!first || byte !== SLASH || this.word !== HTTP) throw this.badName(byte);
    if (this.forms === 'cgi')
      throw this.error('CGI_WRONG_FORM', 'a status line, expected header fields', this.start);
    this.place = 'value';
  }

  private badName(byte: number): ResponseHeadError {
    return this.error('CGI_BAD_NAME', `byte ${byte} in a field name`);
  }

  private error(
    code: ResponseHeadErrorCode,
    detail: string,
    offset: number = this.position,
  ): ResponseHeadError {
    return new ResponseHeadError(code, detail, offset);
  }
}
