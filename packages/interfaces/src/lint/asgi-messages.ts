// What events may hold: a row for each event, a field of a row for each key.
import type { ASGIRuleId } from './rules-asgi.js';
import { HOP_BY_HOP, isBytes, isIterable, isObject, show, TOKEN } from './values.js';
import type { Report } from './violation.js';

export type Event = Readonly<Record<string, unknown>> & { readonly type: string };

/** Whether a value fits. */
type Fits = (value: unknown) => boolean;
type Field = readonly [
  key: string,
  rule: ASGIRuleId,
  presence: 'required' | 'optional' | 'nullable',
  fits: Fits,
];

interface Kind {
  readonly fields: readonly Field[];
  readonly extension?: string;
}

const isBoolean: Fits = (value) => typeof value === 'boolean';
const isString: Fits = (value) => typeof value === 'string';
const isStatus: Fits = (value) =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 999;
const isPath: Fits = (value) => typeof value === 'string' && value.startsWith('/');
const isCount: Fits = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** RFC 6455 §7.4: 1004 to 1006 and 1015 are never sent. */
const isCode: Fits = (value) =>
  Number.isInteger(value) &&
  (((value as number) >= 1000 &&
    (value as number) <= 1014 &&
    !((value as number) > 1003 && (value as number) < 1007)) ||
    ((value as number) >= 3000 && (value as number) <= 4999));
const isReason: Fits = (value) => typeof value === 'string' && utf8Bytes(value) <= 123;
const isPairs: Fits = (value) =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isBytes));
const isLinks: Fits = (value) => Array.isArray(value) && value.every(isBytes);
const isFile: Fits = (value) => value !== undefined && value !== null;

const body: Field = ['body', 'M3', 'optional', isBytes];
const more: Field = ['more_body', 'M4', 'optional', isBoolean];
const status: Field = ['status', 'M5', 'required', isStatus];
const headers: Field = ['headers', 'M6', 'optional', isPairs];
const someHeaders: Field = ['headers', 'M6', 'required', isPairs];
const message: Field = ['message', 'M12', 'optional', isString];

// prettier-ignore
const SENT: Readonly<Record<string, Kind>> = {
  'http.response.start':           { fields: [status, headers, ['trailers', 'M4', 'optional', isBoolean]] },
  'http.response.body':            { fields: [body, more] },
  'http.response.trailers':        { fields: [someHeaders, ['more_trailers', 'M4', 'optional', isBoolean]], extension: 'http.response.trailers' },
  'http.response.pathsend':        { fields: [['path', 'X2', 'required', isPath]], extension: 'http.response.pathsend' },
  'http.response.zerocopysend':    { fields: [['file', 'X3', 'required', isFile], ['offset', 'X3', 'optional', isCount], ['count', 'X3', 'optional', isCount], more], extension: 'http.response.zerocopysend' },
  'http.response.push':            { fields: [['path', 'X2', 'required', isPath], someHeaders], extension: 'http.response.push' },
  'http.response.early_hint':      { fields: [['links', 'X4', 'required', isLinks]], extension: 'http.response.early_hint' },
  'http.response.debug':           { fields: [['info', 'X5', 'required', isObject]], extension: 'http.response.debug' },
  'websocket.accept':              { fields: [headers] },
  'websocket.send':                { fields: [] },
  'websocket.close':               { fields: [['code', 'M11', 'optional', isCode], ['reason', 'M11', 'nullable', isReason]] },
  'websocket.http.response.start': { fields: [status, headers], extension: 'websocket.http.response' },
  'websocket.http.response.body':  { fields: [body, more], extension: 'websocket.http.response' },
  'lifespan.startup.complete':     { fields: [] },
  'lifespan.startup.failed':       { fields: [message] },
  'lifespan.shutdown.complete':    { fields: [] },
  'lifespan.shutdown.failed':      { fields: [message] },
};

// prettier-ignore
const RECEIVED: Readonly<Record<string, Kind>> = {
  'http.request':         { fields: [['body', 'R2', 'optional', isBytes], ['more_body', 'R2', 'optional', isBoolean]] },
  'http.disconnect':      { fields: [] },
  'websocket.connect':    { fields: [] },
  'websocket.receive':    { fields: [] },
  'websocket.disconnect': { fields: [['code', 'R4', 'required', Number.isInteger], ['reason', 'R4', 'nullable', isString]] },
  'lifespan.startup':     { fields: [] },
  'lifespan.shutdown':    { fields: [] },
};

/** The event with lists in place of what can be read only once, so that both we and the server can read it. */
export function readable(event: unknown): unknown {
  if (!isObject(event)) return event;
  const lists = Object.entries(event).filter(
    ([key, value]) => (key === 'headers' || key === 'links') && isIterable(value) && !Array.isArray(value),
  );
  if (lists.length === 0) return event;
  return {
    ...event,
    ...Object.fromEntries(lists.map(([key, value]) => [key, [...(value as Iterable<unknown>)]])),
  };
}

/** Checks an event that the application sends; false when nothing can be said of its order. */
export function checkSent(
  event: unknown,
  scope: Readonly<Record<string, unknown>>,
  report: Report,
): event is Event {
  if (!isObject(event) || typeof event['type'] !== 'string') {
    report('M1', `an event is ${show(event)}`, event);
    return false;
  }
  const { type } = event;
  const kind = kindOf(SENT, type, scope);
  if (kind === null) {
    // An extension that is not in the specification goes by the name of its event.
    if (!hasExtension(scope, type))
      report('M2', `${show(type)} is no event of ${String(scope['type'])}`, event);
    return false;
  }
  if (kind.extension !== undefined && !hasExtension(scope, kind.extension))
    report('X1', `${type} is sent without the extension ${kind.extension}`, event);
  checkFields(event, kind, report);
  if (isPairs(event['headers'])) checkHeaders(event['headers'] as Uint8Array[][], report);
  if (type === 'websocket.accept') checkSubprotocol(event, scope, report);
  if (type === 'websocket.send') checkMessage(event, 'M10', report);
  return true;
}

/** Checks an event that the server gives; false when nothing can be said of its order. */
export function checkReceived(
  event: unknown,
  scope: Readonly<Record<string, unknown>>,
  report: Report,
): event is Event {
  const type = isObject(event) ? event['type'] : undefined;
  const kind = typeof type === 'string' ? kindOf(RECEIVED, type, scope) : null;
  if (!isObject(event) || kind === null) {
    report('R1', `receive() gives ${show(event)} with type ${show(type)}`, event);
    return false;
  }
  checkFields(event, kind, report);
  if (type === 'websocket.receive') checkMessage(event, 'R3', report);
  return true;
}

function kindOf(
  kinds: Readonly<Record<string, Kind>>,
  type: string,
  scope: Readonly<Record<string, unknown>>,
): Kind | null {
  return Object.hasOwn(kinds, type) && type.startsWith(`${String(scope['type'])}.`) ? kinds[type] : null;
}

function checkFields(event: Readonly<Record<string, unknown>>, { fields }: Kind, report: Report): void {
  for (const [key, rule, presence, fits] of fields) {
    const value = event[key];
    const absent =
      presence !== 'required' && (value === undefined || (presence === 'nullable' && value === null));
    if (!absent && !fits(value)) report(rule, `${key} of ${String(event['type'])} is ${show(value)}`, event);
  }
}

function checkMessage(
  { bytes, text, type }: Readonly<Record<string, unknown>>,
  rule: 'M10' | 'R3',
  report: Report,
): void {
  const given = [bytes, text].filter((value) => value !== undefined && value !== null);
  const fits = given.length === 1 && (isBytes(given[0]) ? bytes === given[0] : isString(text));
  if (!fits) report(rule, `${String(type)} has bytes ${show(bytes)} and text ${show(text)}`, { bytes, text });
}

function checkSubprotocol(
  event: Readonly<Record<string, unknown>>,
  scope: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  const { subprotocol } = event;
  const offered = Array.isArray(scope['subprotocols']) ? (scope['subprotocols'] as unknown[]) : [subprotocol];
  if (
    subprotocol !== undefined &&
    subprotocol !== null &&
    (typeof subprotocol !== 'string' || !offered.includes(subprotocol))
  )
    report('M9', `subprotocol is ${show(subprotocol)}, which was not offered`, subprotocol);
  if (isPairs(event['headers']) && headerValues(event, 'sec-websocket-protocol').length > 0)
    report('M9', 'the subprotocol is given as a header', event);
}

function checkHeaders(pairs: readonly (readonly Uint8Array[])[], report: Report): void {
  for (const pair of pairs) {
    const [name, value] = pair.map(textOf);
    if (!TOKEN.test(name) || name !== name.toLowerCase())
      report('M7', `header name ${show(name)} is not a token in lower case`, pair);
    else if (/[\r\n\0]/.test(value)) report('M7', `header ${name} has CR, LF or NUL`, pair);
    else if (HOP_BY_HOP.has(name)) report('M8', `header ${name} is hop-by-hop`, pair);
  }
}

/** Whether the server offers an extension. */
export function hasExtension({ extensions }: Readonly<Record<string, unknown>>, name: string): boolean {
  return isObject(extensions) && Object.hasOwn(extensions, name) && extensions[name] !== undefined;
}

/** The values of a header of an event, as text. */
export function headerValues(event: Readonly<Record<string, unknown>>, name: string): string[] {
  if (!isPairs(event['headers'])) return [];
  const pairs = event['headers'] as Uint8Array[][];
  return pairs.filter((pair) => textOf(pair[0]).toLowerCase() === name).map((pair) => textOf(pair[1]));
}

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
