import { ResponseHeadError } from './errors.js';
import type { LocationKind, ResponseHead } from './events.js';
import { DIGITS, leadingToken, show } from './grammar.js';
import type { HeadRules } from './options.js';

/** Fields that may come once, where servers take the first, the last or both. RFC 3875 §6.3 for the CGI fields. */
const ONCE = ['status', 'location', 'content-type', 'content-length'];
const CONTENT_LENGTH = 3;

/** RFC 9110 §7.6.1: fields that concern one connection, which is not the client's. */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-connection|te|trailer|upgrade)$/i;

interface Status {
  readonly status: number;
  readonly reason: string;
  /** Where the number stands, bytes from the start of the response. */
  readonly offset: number;
}

/**
 * Makes a head of its lines.
 *
 * A status line needs no second attempt: no field name has a slash, so `HTTP/` at the start decides (nginx before 1.31.0
 * read on as a header what had begun as a status line, with what it remembered of that: CVE-2026-42946).
 */
export class HeadReader {
  private readonly rules: HeadRules;
  private readonly forms: string | undefined;
  private readonly headers: string[] = [];
  /** Values of the fields in {@link ONCE}, in that order. */
  private readonly values: (string | undefined)[] = [];
  private first = true;
  private version: string | null = null;
  private status: Status | null = null;
  /** Where there is a Transfer-Encoding. */
  private coded = -1;

  constructor(rules: HeadRules, forms: string | undefined) {
    this.rules = rules;
    this.forms = forms;
  }

  /**
   * Takes a line that starts at `start`; the blank one gives the head.
   *
   * @throws ResponseHeadError for what is wrong with it, or in the end with all of them.
   */
  line(text: string, start: number): ResponseHead | null {
    const name = leadingToken(text);
    const { first } = this;
    this.first = false;
    if (text === '') {
      if (!first) return this.head();
      throw new ResponseHeadError('CGI_EMPTY_HEAD', 'a blank line comes first', start);
    }
    const http = first && name === 'HTTP' && text[4] === '/';
    if (this.forms === (http ? 'cgi' : 'http') && first)
      throw new ResponseHeadError('CGI_WRONG_FORM', `the first line is ${show(text)}`, start);
    if (http) this.statusLine(text, start);
    else if (text[name.length] === ':' && name !== '') this.field(name, text, start);
    else throw notField(text, name.length, first, start);
    return null;
  }

  /** RFC 9112 §4, and `HTTP/2` and `HTTP/3`, which uWSGI copies from SERVER_PROTOCOL. */
  private statusLine(line: string, start: number): void {
    const match = /^HTTP\/([0-9](?:\.[0-9])?) (.*)/.exec(line);
    if (match === null) throw new ResponseHeadError('CGI_BAD_STATUS_LINE', show(line), start);
    this.version = match[1];
    this.status = statusOf(match[2], start + line.length - match[2].length);
  }

  private field(name: string, text: string, start: number): void {
    const { rules, values, headers } = this;
    if (headers.length >= 2 * rules.maxFields)
      throw new ResponseHeadError('CGI_LIMIT_FIELDS', `more than ${rules.maxFields}`, start);
    const [from, to] = withoutBlanks(text, name.length + 1);
    const value = text.slice(from, to);
    const lower = name.toLowerCase();
    const once = ONCE.indexOf(lower);
    headers.push(name, value);
    if (lower === 'transfer-encoding') this.coded = start;
    if (once < 0) return;
    if (values[once] !== undefined)
      throw new ResponseHeadError('CGI_DUPLICATE_FIELD', `${name} comes twice`, start);
    values[once] = value;
    if (once === 0 && value !== '') this.statusField(value, start + from);
    if (once === CONTENT_LENGTH && !DIGITS.test(value))
      throw new ResponseHeadError('CGI_BAD_CONTENT_LENGTH', `${show(value)}, expected digits`, start + from);
  }

  private statusField(value: string, offset: number): void {
    const status = statusOf(value, offset);
    this.status ??= status;
    if (status.status !== this.status.status)
      throw new ResponseHeadError('CGI_DUPLICATE_FIELD', 'a second, other status', offset);
  }

  private head(): ResponseHead {
    const { rules, version, status: sent, coded } = this;
    const [, location = '', contentType = '', contentLength] = this.values;
    // CVE-2024-24795: one framing, never two.
    if (coded >= 0 && (rules.transferEncoding !== 'keep' || contentLength !== undefined))
      throw new ResponseHeadError('CGI_TRANSFER_ENCODING', 'a transfer coding', coded);
    const { status, reason, offset } = sent ?? { status: location === '' ? 200 : 302, reason: '', offset: 0 };
    if (status < 200 && (status === 101 ? rules.upgrade : rules.interim) !== 'accept')
      throw new ResponseHeadError('CGI_INTERIM', `status ${status}`, offset);
    const headers = this.kept(rules.hopByHop === 'keep' || status === 101);
    return {
      form: version === null ? 'cgi' : 'http',
      httpVersion: version,
      status,
      reason,
      headers,
      location: locationKind(location, sent, headers.length === 2, contentType),
      contentType: contentType || null,
      contentLength: contentLength === undefined ? null : Number(contentLength),
    };
  }

  /** RFC 3875 §6.3: a CGI field without a value is as good as not sent. */
  private kept(hopByHop: boolean): string[] {
    const { headers } = this;
    return headers.filter((_, i) => {
      const name = headers[i & ~1];
      const once = ONCE.indexOf(name.toLowerCase());
      if (once === 0 || (once > 0 && headers[i | 1] === '')) return false;
      return hopByHop || !HOP_BY_HOP.test(name);
    });
  }
}

function notField(text: string, at: number, first: boolean, start: number): ResponseHeadError {
  if (at === text.length) return new ResponseHeadError('CGI_MISSING_COLON', show(text), start);
  if (text[at] === ':') return new ResponseHeadError('CGI_EMPTY_NAME', show(text), start);
  // RFC 3875 §6.3: no continuation lines, which readers unfold, drop or forward each in their own way.
  const folded = !first && /^[ \t]/.test(text);
  return new ResponseHeadError(folded ? 'CGI_FOLDED_LINE' : 'CGI_BAD_NAME', show(text), start + at);
}

function statusOf(text: string, offset: number): Status {
  if (!/^[1-9][0-9]{2}( |$)/.test(text))
    throw new ResponseHeadError('CGI_BAD_STATUS', `status ${show(text)}, expected three digits`, offset);
  return { status: Number(text.slice(0, 3)), reason: text.slice(...withoutBlanks(text, 4)), offset };
}

/** RFC 3875 §6.2. */
function locationKind(
  location: string,
  sent: Status | null,
  alone: boolean,
  contentType: string,
): LocationKind {
  if (location === '' || (sent !== null && Math.trunc(sent.status / 100) !== 3)) return 'document';
  if (sent === null && alone && /^\/(?!\/)[^#]*$/.test(location)) return 'local-redirect';
  return contentType === '' ? 'client-redirect' : 'client-redirect-document';
}

/**
 * Bounds of what is at `from` and behind it, without blanks around. Not `trim`: that takes byte A0, part of many a letter.
 * Where all of it is blank, the end is before the start.
 */
function withoutBlanks(text: string, from: number): [number, number] {
  let to = text.length;
  while (isBlank(text[from])) from++;
  while (isBlank(text[to - 1])) to--;
  return [from, to];
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}
