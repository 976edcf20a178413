import { ResponseHeadError } from './errors.js';
import type { LocationKind, ResponseHead } from './events.js';
import { DIGITS, show } from './grammar.js';
import type { HeadRules } from './options.js';

/** Fields that may come once, where servers take the first, the last or both. RFC 3875 §6.3 for the CGI fields. */
const ONCE = ['status', 'location', 'content-type', 'content-length'];
const CONTENT_LENGTH = 3;

/** RFC 9110 §7.6.1: fields that concern one connection, which is not the client's. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

interface Status {
  readonly status: number;
  readonly reason: string;
  /** Where the number stands, bytes from the start of the response. */
  readonly offset: number;
}

interface Fields {
  readonly headers: string[];
  /** Values of {@link ONCE}, in that order. */
  readonly values: readonly (string | undefined)[];
  readonly status: Status | null;
}

/**
 * Makes sense of the lines of a head: `text` is all of it, `marks` are those of the scanner, `start` is where it began.
 *
 * @throws ResponseHeadError for what is wrong with a status, a field that comes twice, or framing.
 */
export function readHead(
  text: string,
  marks: readonly number[],
  start: number,
  rules: HeadRules,
): ResponseHead {
  const line = marks[1] < 0 ? statusLine(text.slice(0, marks[2]), start) : null;
  const fields = readFields(text, marks, line === null ? 0 : 1, start, rules);
  const sent = line ?? fields.status;
  if (line !== null && fields.status !== null && line.status !== fields.status.status)
    throw new ResponseHeadError('CGI_DUPLICATE_FIELD', 'a second, other status', fields.status.offset);
  const [, location = '', contentType, contentLength] = fields.values;
  const { status, reason } = sent ?? { status: location === '' ? 200 : 302, reason: '' };
  if (sent !== null && status < 200 && !(status === 101 ? rules.upgrade : rules.interim))
    throw new ResponseHeadError('CGI_INTERIM', `status ${status}`, sent.offset);
  const headers = rules.hopByHop || status === 101 ? fields.headers : endToEnd(fields.headers);
  return {
    form: line === null ? 'cgi' : 'http',
    httpVersion: line === null ? null : line.version,
    status,
    reason,
    headers,
    location: locationKind(location, sent, headers.length === 2, contentType),
    contentType: contentType || null,
    contentLength: contentLength === undefined ? null : Number(contentLength),
  };
}

/** Fields from line `first` on. */
function readFields(
  text: string,
  marks: readonly number[],
  first: number,
  start: number,
  rules: HeadRules,
): Fields {
  const headers: string[] = [];
  const values: (string | undefined)[] = [];
  let status: Status | null = null;
  let coded = -1;
  for (let i = 3 * first; i < marks.length; i += 3) {
    const name = text.slice(marks[i], marks[i + 1]);
    const [from, to] = withoutBlanks(text, marks[i + 1] + 1, marks[i + 2]);
    const value = text.slice(from, to);
    const lower = name.toLowerCase();
    const once = ONCE.indexOf(lower);
    if (once >= 0) {
      if (values[once] !== undefined)
        throw new ResponseHeadError('CGI_DUPLICATE_FIELD', `${name} comes twice`, start + marks[i]);
      values[once] = value;
      if (once === CONTENT_LENGTH) checkLength(value, start + from);
      else if (value === '')
        continue; // RFC 3875 §6.3: as if it had not been sent
      else if (once === 0) {
        status = statusOf(value, start + from);
        continue;
      }
    } else if (lower === 'transfer-encoding') coded = start + marks[i];
    headers.push(name, value);
  }
  // CVE-2024-24795: one framing, never two.
  if (coded >= 0 && (!rules.coded || values[CONTENT_LENGTH] !== undefined))
    throw new ResponseHeadError('CGI_TRANSFER_ENCODING', 'the body has a transfer coding', coded);
  return { headers, values, status };
}

/** RFC 9112 §4, and `HTTP/2` and `HTTP/3`, which uWSGI copies from SERVER_PROTOCOL. */
function statusLine(line: string, start: number): Status & { readonly version: string } {
  const match = /^HTTP\/([0-9](?:\.[0-9])?) (.*)$/.exec(line);
  if (match === null) throw new ResponseHeadError('CGI_BAD_STATUS_LINE', show(line), start);
  const [, version, rest] = match;
  return { version, ...statusOf(rest, start + line.length - rest.length) };
}

function statusOf(text: string, offset: number): Status {
  if (!/^[1-9][0-9]{2}( |$)/.test(text))
    throw new ResponseHeadError('CGI_BAD_STATUS', `status ${show(text)}, expected three digits`, offset);
  return {
    status: Number(text.slice(0, 3)),
    reason: text.slice(...withoutBlanks(text, 4, text.length)),
    offset,
  };
}

function checkLength(text: string, offset: number): void {
  if (DIGITS.test(text)) return;
  throw new ResponseHeadError(
    'CGI_BAD_CONTENT_LENGTH',
    `Content-Length ${show(text)}, expected 1 to 15 digits`,
    offset,
  );
}

/** RFC 3875 §6.2. */
function locationKind(
  location: string,
  sent: Status | null,
  alone: boolean,
  contentType: string | undefined,
): LocationKind {
  if (location === '' || (sent !== null && Math.trunc(sent.status / 100) !== 3)) return 'document';
  if (sent === null && alone && /^\/(?!\/)[^#]*$/.test(location)) return 'local-redirect';
  return contentType ? 'client-redirect-document' : 'client-redirect';
}

function endToEnd(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!HOP_BY_HOP.includes(headers[i].toLowerCase())) kept.push(headers[i], headers[i + 1]);
  }
  return kept;
}

/** Bounds of a value without the spaces and tabs around it. Not `trim`: that takes byte A0, part of many a letter in UTF-8. */
function withoutBlanks(text: string, from: number, to: number): [number, number] {
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return [from, to];
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
