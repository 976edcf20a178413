import { grow, latin1 } from '@gatewire/bytes';
import { ResponseHeadError } from './errors.js';
import { isFieldContent } from './grammar.js';
import type { HeadRules } from './options.js';

const LF = 0x0a;
const CR = 0x0d;

const EMPTY = new Uint8Array(0);

/**
 * Cuts a head into lines, looking at each byte once: LF and CRLF end one. What is stored is one unfinished line at most,
 * and all state is in fields, so chunks may end anywhere.
 */
export class LineReader {
  /** Bytes looked at, from the start of the response. */
  position = 0;
  /** Where the line at hand starts. */
  start = 0;
  private readonly rules: HeadRules;
  /** The first `held` bytes of a line that is not complete. */
  private partial: Uint8Array = EMPTY;
  private held = 0;
  /** Whether the last byte was a CR. */
  private cr = false;

  constructor(rules: HeadRules) {
    this.rules = rules;
  }

  /**
   * The line that ends in `bytes` from `from` on, without its end, or `null` when none does.
   *
   * @throws ResponseHeadError for a byte that may be in no line, as soon as it is there.
   */
  read(bytes: Uint8Array, from: number): string | null {
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] === LF && this.position < this.rules.maxHeadBytes) {
        this.start = ++this.position;
        return this.line(bytes, from, at);
      }
      this.check(bytes[at], this.held + at - from);
      this.position++;
    }
    this.hold(bytes, from, bytes.length);
    return null;
  }

  /** `column` bytes of the line are before `byte`. */
  private check(byte: number, column: number): void {
    const { position, rules } = this;
    if (position >= rules.maxHeadBytes)
      throw new ResponseHeadError('CGI_LIMIT_HEAD', `more than ${rules.maxHeadBytes} bytes`, position);
    if (this.cr) throw new ResponseHeadError('CGI_BARE_CR', 'CR without LF', position - 1);
    this.cr = byte === CR;
    if (this.cr) return;
    if (column >= rules.maxLineBytes)
      throw new ResponseHeadError('CGI_LIMIT_LINE', `more than ${rules.maxLineBytes} bytes`, position);
    if (!isFieldContent(byte))
      throw new ResponseHeadError('CGI_CONTROL_BYTE', `byte ${byte} in a line`, position);
  }

  private line(bytes: Uint8Array, from: number, end: number): string {
    const cr = Number(this.cr);
    this.cr = false;
    if (this.held === 0) return latin1(bytes, from, end - cr);
    this.hold(bytes, from, end);
    const text = latin1(this.partial, 0, this.held - cr);
    this.held = 0;
    return text;
  }

  private hold(bytes: Uint8Array, from: number, end: number): void {
    const needed = this.held + end - from;
    this.partial = grow(this.partial, this.held, needed);
    this.partial.set(bytes.subarray(from, end), this.held);
    this.held = needed;
  }
}
