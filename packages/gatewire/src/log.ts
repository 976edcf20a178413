import type { LogEntry } from '@gatewire/server';
import { colors, wantsColor } from './colors.js';
import { visible } from './show-bytes.js';

/** What is written: this level and those after it. */
export type LogLevel = LogEntry['level'];

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

export type LogFormat = 'text' | 'json';

export const LOG_FORMATS: readonly LogFormat[] = ['text', 'json'];

/** Takes an entry of the log. */
export type Log = (entry: LogEntry) => void;

/** Options of {@link createLog}. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly color: boolean;
  /** Takes one line with its end. */
  readonly write: (line: string) => unknown;
  /** Added to every entry: who writes. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Default: the clock. */
  readonly now?: () => Date;
}

/** A function that writes what is of the level or above it. */
export function createLog(options: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(options.level);
  const { now = () => new Date() } = options;
  return (entry) => {
    if (LOG_LEVELS.indexOf(entry.level) < least) return;
    options.write(
      formatLogEntry({ ...entry, ...options.details }, options.format, { color: options.color, time: now() }),
    );
  };
}

/** The log of a server, on stderr. */
export function serverLog(
  { logLevel: level, logFormat: format }: { readonly logLevel: LogLevel; readonly logFormat: LogFormat },
  details: Readonly<Record<string, unknown>> = {},
): Log {
  const color = wantsColor(process.stderr, process.env);
  return createLog({ level, format, color, details, write: (line) => process.stderr.write(line) });
}

/** One entry as a line with its end. */
export function formatLogEntry(
  entry: LogEntry,
  format: LogFormat,
  { color, time }: { readonly color: boolean; readonly time: Date },
): string {
  return format === 'json' ? asJson(entry, time) : asText(entry, color);
}

/**
 * The level as a prefix, except for `info`, which is what a person expects to read; an error's stack on lines of its
 * own. The text may quote a peer: controls are escaped.
 */
function asText(entry: LogEntry, color: boolean): string {
  const { red, yellow, dim } = colors(color);
  const paint = { debug: dim, info: (text: string) => text, warning: yellow, error: red }[entry.level];
  const prefix = entry.level === 'info' ? '' : `${paint(`${entry.level}:`)} `;
  const stack = stackOf(entry['error']).map((line) => `${dim(`  ${visible(line)}`)}\n`);
  return `${prefix}${visible(entry.message)}\n${stack.join('')}`;
}

/** One object: time (ISO 8601, UTC), level, event, message, then the details. */
function asJson(entry: LogEntry, time: Date): string {
  const { level, event, message, ...details } = entry;
  const all = { time: time.toISOString(), level, event, message, ...details };
  return `${JSON.stringify(all, (_, value: unknown) => (value instanceof Error ? errorAsJson(value) : value))}\n`;
}

function errorAsJson(error: Error): Record<string, unknown> {
  const { code } = error as { readonly code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
  };
}

function stackOf(error: unknown): string[] {
  return error instanceof Error && error.stack !== undefined ? error.stack.split('\n') : [];
}
