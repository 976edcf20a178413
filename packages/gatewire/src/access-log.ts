import type { AccessEntry } from '@gatewire/server';
import type { LogFormat } from './log.js';
import { readable } from './show-bytes.js';

/** What a line needs besides the entry. */
export interface AccessLineOptions {
  readonly format: LogFormat;
  /** When the request ended. */
  readonly time: Date;
  /** Minutes that local time is behind UTC, as `Date.prototype.getTimezoneOffset` counts. Default: that of `time`. */
  readonly timezoneOffset?: number;
  /** Of the worker that answered; only JSON has it. */
  readonly worker?: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** One finished request as a line with its end: Apache's combined format, or JSON with sizes and times. */
export function formatAccessLine(entry: AccessEntry, options: AccessLineOptions): string {
  return options.format === 'json' ? asJson(entry, options) : asCombined(entry, options);
}

/** `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`, which log analysers read. */
function asCombined(
  entry: AccessEntry,
  { time, timezoneOffset = time.getTimezoneOffset() }: AccessLineOptions,
): string {
  const environ = variablesOf(entry);
  const request = `${environ['REQUEST_METHOD'] ?? '-'} ${targetOf(environ)} ${environ['SERVER_PROTOCOL'] ?? '-'}`;
  const quoted = [request, environ['HTTP_REFERER'] ?? '-', environ['HTTP_USER_AGENT'] ?? '-'].map(escape);
  const who = `${bare(environ['REMOTE_ADDR'])} - ${bare(environ['REMOTE_USER'])}`;
  const bytes = entry.bytesOut === 0 ? '-' : String(entry.bytesOut);
  return `${who} [${apacheTime(time, timezoneOffset)}] "${quoted[0]}" ${entry.status} ${bytes} "${quoted[1]}" "${quoted[2]}"\n`;
}

function asJson(entry: AccessEntry, { time, worker }: AccessLineOptions): string {
  const environ = variablesOf(entry);
  const line = {
    time: time.toISOString(),
    event: 'access',
    protocol: entry.protocol,
    remoteAddress: environ['REMOTE_ADDR'],
    remoteUser: environ['REMOTE_USER'],
    method: environ['REQUEST_METHOD'],
    target: targetOf(environ),
    httpVersion: environ['SERVER_PROTOCOL'],
    host: environ['HTTP_HOST'],
    referer: environ['HTTP_REFERER'],
    userAgent: environ['HTTP_USER_AGENT'],
    status: entry.status,
    bytesIn: entry.bytesIn,
    bytesOut: entry.bytesOut,
    acceptMs: rounded(entry.acceptMs),
    bodyMs: rounded(entry.bodyMs),
    headMs: rounded(entry.headMs),
    blockedMs: rounded(entry.blockedMs),
    durationMs: rounded(entry.durationMs),
    aborted: entry.aborted,
    worker,
    pid: process.pid,
  };
  // The environ has one character per byte; a log has text.
  return `${JSON.stringify(line, (_, value: unknown) => (typeof value === 'string' ? readable(value) : value))}\n`;
}

/** Read as plain names: what never became a request has none of them, not even those that every request has. */
function variablesOf({ environ }: AccessEntry): Readonly<Record<string, string | undefined>> {
  return environ ?? {};
}

/** The request target as the client sent it, or what can be said of it when the web server keeps that to itself. */
function targetOf(environ: Readonly<Record<string, string | undefined>>): string {
  const {
    REQUEST_URI: sent = '',
    SCRIPT_NAME: mount = '',
    PATH_INFO: path = '',
    QUERY_STRING: query = '',
  } = environ;
  if (sent !== '') return sent;
  return `${mount + path === '' ? '-' : mount + path}${query === '' ? '' : `?${query}`}`;
}

/** A field without quotes around it: no blank may be in it. */
function bare(text: string | undefined): string {
  return text === undefined || text === '' ? '-' : escape(text).replaceAll(' ', '\\x20');
}

/** As Apache escapes: quotes, backslashes, and every byte that is not printable ASCII, so that a line stays a line. */
function escape(text: string): string {
  return text.replace(/["\\]|[^ -~]/g, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** `21/Nov/2026:08:52:00 +0100`. */
function apacheTime(time: Date, timezoneOffset: number): string {
  const local = new Date(time.getTime() - timezoneOffset * 60_000);
  const day = `${two(local.getUTCDate())}/${MONTHS[local.getUTCMonth()]}/${local.getUTCFullYear()}`;
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':');
  const away = Math.abs(timezoneOffset);
  return `${day}:${clock} ${timezoneOffset > 0 ? '-' : '+'}${two(Math.floor(away / 60))}${two(away % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
