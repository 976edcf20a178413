import { EnvironError, quoted } from '../errors.js';
import { latin1Bytes } from './bytes.js';

/** Places of the variables that a scope is made of, in the array that collects them. */
export const SLOT = {
  CONTENT_LENGTH: 0,
  CONTENT_TYPE: 1,
  DOCUMENT_URI: 2,
  HTTPS: 3,
  HTTP_HOST: 4,
  HTTP_SEC_WEBSOCKET_PROTOCOL: 5,
  HTTP_TRANSFER_ENCODING: 6,
  PATH_INFO: 7,
  QUERY_STRING: 8,
  REMOTE_ADDR: 9,
  REMOTE_PORT: 10,
  REQUEST_METHOD: 11,
  REQUEST_SCHEME: 12,
  REQUEST_URI: 13,
  SCRIPT_FILENAME: 14,
  SCRIPT_NAME: 15,
  SERVER_ADDR: 16,
  SERVER_NAME: 17,
  SERVER_PORT: 18,
  SERVER_PROTOCOL: 19,
  SERVER_SOFTWARE: 20,
} as const;

export const SLOTS: number = Object.keys(SLOT).length;

/** What a name is for a scope. */
export interface Name {
  /** Place of its value, or -1. */
  readonly slot: number;
  /** The header that it is, in lower case, or `null`. Shared by all scopes. */
  readonly header: Uint8Array | null;
}

const NOTHING: Name = { slot: -1, header: null };
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** One look-up says everything of a name, and the same few dozen names come with every request. */
const variables = new Map<string, Name>();
const headers = new Map<string, Name>();
const MOST_KNOWN = 512;
const LONGEST_KNOWN = 64;

/**
 * What a variable is for a scope.
 *
 * @throws EnvironError `ENVIRON_BAD_HEADER` when it would be a header whose name is no token.
 */
export function variableName(name: string): Name {
  return variables.get(name) ?? learn(variables, name, ofVariable(name));
}

/** What a header of an HTTP request is for a scope. @throws EnvironError as {@link variableName}. */
export function headerName(name: string): Name {
  return headers.get(name) ?? learn(headers, name, ofHeader(name));
}

function learn(known: Map<string, Name>, name: string, found: Name): Name {
  // A client that invents names must not fill the memory: when there are too many, they are learnt again.
  if (known.size >= MOST_KNOWN) known.clear();
  if (name.length <= LONGEST_KNOWN) known.set(name, found);
  return found;
}

function ofVariable(name: string): Name {
  const slot = slotOf(name);
  if (name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH') {
    return { slot, header: latin1Bytes(name.toLowerCase().replace('_', '-')) };
  }
  // HTTP_PROXY: CVE-2016-5385. The other two are what nginx and lighttpd send beside CONTENT_*.
  if (!name.startsWith('HTTP_') || /^HTTP_(?:PROXY|CONTENT_TYPE|CONTENT_LENGTH)$/.test(name)) {
    return slot < 0 ? NOTHING : { slot, header: null };
  }
  return { slot, header: headerBytes(name.slice(5).toLowerCase().replaceAll('_', '-')) };
}

function ofHeader(name: string): Name {
  const lower = name.toLowerCase();
  if (lower === 'proxy' || /^:[a-z]+$/.test(lower)) return NOTHING;
  const slot = slotOf(`HTTP_${lower.toUpperCase().replaceAll('-', '_')}`);
  const named = lower.includes('_') ? -1 : slot; // `Sec_WebSocket_Protocol` is another header
  return { slot: lower === 'content-length' ? SLOT.CONTENT_LENGTH : named, header: headerBytes(lower) };
}

function slotOf(name: string): number {
  return Object.hasOwn(SLOT, name) ? SLOT[name as keyof typeof SLOT] : -1;
}

function headerBytes(lower: string): Uint8Array {
  if (!TOKEN.test(lower)) {
    throw new EnvironError('ENVIRON_BAD_HEADER', 'HTTP_*', `header name ${quoted(lower)} is not a token`);
  }
  return latin1Bytes(lower);
}
