import type { Sender } from './conversation.js';

/** A name and its value, in Latin-1. */
export type Pair = readonly [name: string, value: string];

/** A response head, as far as it concerns a reader. */
export interface ResponseSummary {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly Pair[];
}

/** One thing that was said on a connection: a request or response over uwsgi, a record of FastCGI. */
export interface Message {
  readonly sender: Sender;
  /** Bytes from the start of what its sender sent. */
  readonly offset: number;
  readonly bytes: number;
  /** `request`, `response`, `packet`, the name of a record's type, or `problem`. */
  readonly kind: string;
  /** For people, in one line; text from the wire in it is Latin-1. */
  readonly summary: string;
  /** All of it, for JSON: text is Latin-1, other bytes are base64. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Flat pairs as pairs. */
export function inPairs(flat: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
  return pairs;
}

/** `POST /form?a=1` of the variables of a request. */
export function requestLine(flat: readonly string[]): string {
  const variables = new Map(inPairs(flat));
  const path = `${variables.get('SCRIPT_NAME') ?? ''}${variables.get('PATH_INFO') ?? ''}`;
  const target = variables.get('REQUEST_URI') ?? path;
  return `${variables.get('REQUEST_METHOD') ?? '?'} ${target === '' ? '?' : target}`;
}

/** Bytes as JSON carries them. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Something that is wrong: what follows it is not shown. */
export function problem(
  sender: Sender,
  offset: number,
  bytes: number,
  message: string,
  code?: string,
): Message {
  return {
    sender,
    offset,
    bytes,
    kind: 'problem',
    summary: message,
    details: { message, ...(code === undefined ? {} : { code }) },
  };
}
