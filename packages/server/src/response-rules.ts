// What may stand in a response head: PEP 3333, "The start_response() Callable"; ASGI, www.rst, "Response Start".
import { STATUS_CODES } from 'node:http';
import type { WSGIHeader } from '@gatewire/interfaces';

/** A checked response head. `headers` is flat; `contentLength` is what the application promised, or null. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly string[];
  readonly contentLength: number | null;
}

const STATUS = /^([1-9][0-9]{2}) ([\x20-\x7e\x80-\xff]*)$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5 without the tab: PEP 3333 forbids every control character. */
const VALUE = /^[\x20-\x7e\x80-\xff]*$/;
/** RFC 9110 §5.5. */
const FIELD_CONTENT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The server's business, not the application's (PEP 3333, "Other HTTP Features"; RFC 9110 §7.6.1). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'status',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Checks a status line and headers and copies them.
 *
 * @throws TypeError when something is of the wrong type, RangeError when it is of the wrong form.
 */
export function checkHead(status: unknown, headers: unknown): ResponseHead {
  if (typeof status !== 'string')
    throw new TypeError(`status is a ${typeof status}, expected a string such as '200 OK'`);
  const match = STATUS.exec(status);
  if (match === null)
    throw new RangeError(`status is ${JSON.stringify(status)}, expected three digits, a space and a reason`);
  const code = Number(match[1]);
  // An interim response would be taken as the final one by nginx and Apache.
  if (code < 200) throw new RangeError(`status is ${code}, expected 200 or more`);
  if (!Array.isArray(headers)) throw new TypeError('headers is not an array of [name, value]');
  const flat: string[] = [];
  let contentLength: number | null = null;
  for (const header of headers as unknown[]) {
    const [name, value] = pairOfStrings(header);
    checkField(name, value, VALUE);
    if (name.toLowerCase() === 'content-length') contentLength = checkLength(value, contentLength);
    flat.push(name, value);
  }
  return { status: code, reason: match[2], headers: flat, contentLength };
}

/**
 * Checks the status and headers of `http.response.start` or `websocket.http.response.start` and copies them as text.
 * Transfer-Encoding is left out, as the specification has it.
 *
 * @throws TypeError when something is of the wrong type, RangeError when it is of the wrong form.
 */
export function checkStart(status: unknown, headers: unknown = []): ResponseHead {
  if (!Number.isInteger(status)) throw new TypeError(`status is ${String(status)}, expected an integer`);
  const code = status as number;
  if (code < 200 || code > 999) throw new RangeError(`status is ${code}, expected 200 to 999`);
  let contentLength: number | null = null;
  const flat: string[] = [];
  for (const [name, value] of checkFields(headers)) {
    const known = name.toLowerCase();
    if (known === 'transfer-encoding') continue;
    if (known === 'content-length') contentLength = checkLength(value, contentLength);
    flat.push(name, value);
  }
  return { status: code, reason: STATUS_CODES[code] ?? '', headers: flat, contentLength };
}

/** Checks ASGI headers, pairs of bytes, and gives them as text. @throws As {@link checkStart}. */
export function checkFields(headers: unknown): WSGIHeader[] {
  if (typeof headers !== 'object' || headers === null || !(Symbol.iterator in headers))
    throw new TypeError('headers is not iterable, expected pairs of [name, value] as bytes');
  const fields: WSGIHeader[] = [];
  for (const header of headers as Iterable<unknown>) {
    const [name, value] = pairOfBytes(header);
    if (name.toLowerCase() !== 'transfer-encoding') checkField(name, value, FIELD_CONTENT);
    fields.push([name, value]);
  }
  return fields;
}

function pairOfStrings(header: unknown): WSGIHeader {
  if (!Array.isArray(header) || header.length !== 2)
    throw new TypeError('a header is not a pair of [name, value]');
  const [name, value] = header as [unknown, unknown];
  if (typeof name !== 'string' || typeof value !== 'string') {
    throw new TypeError(`header ${String(name)} is not a pair of strings`);
  }
  return [name, value];
}

function pairOfBytes(header: unknown): WSGIHeader {
  if (!Array.isArray(header) || header.length !== 2)
    throw new TypeError('a header is not a pair of [name, value]');
  const [name, value] = header as [unknown, unknown];
  if (!(name instanceof Uint8Array) || !(value instanceof Uint8Array)) {
    throw new TypeError('a header is not a pair of Uint8Array; asgiHeaders() makes them of strings');
  }
  return [latin1(name), latin1(value)];
}

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

function checkField(name: string, value: string, form: RegExp): void {
  if (!TOKEN.test(name)) throw new RangeError(`header name ${JSON.stringify(name)} is not a token`);
  if (!form.test(value)) throw new RangeError(`header ${name} has a control character or is not Latin-1`);
  if (FORBIDDEN.has(name.toLowerCase())) throw new RangeError(`header ${name} is the server's to set`);
}

function checkLength(value: string, earlier: number | null): number {
  if (earlier !== null) throw new RangeError('Content-Length is given twice');
  if (!/^[0-9]{1,15}$/.test(value))
    throw new RangeError(`Content-Length is ${JSON.stringify(value)}, expected digits`);
  return Number(value);
}

/** Whether a response with this status, to this method, has no body whatever the application sends (RFC 9110 §6.4.1). */
export function isBodyless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}
