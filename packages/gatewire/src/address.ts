import { isIPv6 } from 'node:net';
import { checkSocketPath } from '@gatewire/server/unix-socket';

/** Where to listen, or where a peer listens, as it is written on a command line. */
export type Address =
  | { readonly host: string; readonly port: number }
  /** A unix socket. */
  | { readonly path: string }
  /** A socket that was opened by the parent, such as systemd's socket activation: 3 and up there. */
  | { readonly fd: number };

/** The forms {@link parseAddress} takes, for messages and help. */
export const ADDRESS_FORMS = 'host:port, :port, [ipv6]:port, unix:/path or fd:N';

/** What `:port` binds: nothing outside this machine can reach it. */
const LOOPBACK = '127.0.0.1';

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;

/**
 * Parses an address: `127.0.0.1:3031`, `:3031` (loopback), `[::1]:3031`, `unix:/run/app.sock`, `fd:3`. Port 0 lets the
 * system pick one. Nothing is resolved or opened.
 *
 * @throws RangeError when `text` is none of these; the message says which form is meant.
 */
export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) return { path: socketPath(text.slice(5)) };
  if (text.startsWith('fd:')) return { fd: descriptor(text.slice(3)) };
  if (text.includes('://')) throw new RangeError(`this is a URL, expected an address: ${ADDRESS_FORMS}`);
  if (text.startsWith('/')) throw new RangeError(`for a unix socket write unix:${text}`);
  if (/^[0-9]{1,5}$/.test(text)) throw new RangeError(`for a port on this machine write :${text}`);
  if (text.startsWith('[')) return bracketed(text);
  const colon = text.lastIndexOf(':');
  if (colon === -1) throw new RangeError(`expected ${ADDRESS_FORMS}`);
  // Of both it cannot be told where the address ends: ::1:80 is an address too.
  if (isIPv6(text) || isIPv6(text.slice(0, colon)))
    throw new RangeError('an IPv6 address goes into brackets, and its port behind them: [::1]:3031');
  return { host: hostOf(text.slice(0, colon)), port: portOf(text.slice(colon + 1)) };
}

function bracketed(text: string): Address {
  const end = text.indexOf(']');
  const [host, rest] = [text.slice(1, end), text.slice(end + 1)];
  if (end === -1 || !/^(?::|$)/.test(rest))
    throw new RangeError(`${JSON.stringify(text)}, expected [ipv6]:port`);
  if (!isIPv6(host)) throw new RangeError(`[${host}] is not an IPv6 address`);
  if (rest === '') throw new RangeError(`the port is missing: ${text}:3031, or ${text}:0 for a free one`);
  return { host, port: portOf(rest.slice(1)) };
}

function hostOf(text: string): string {
  if (text === '') return LOOPBACK;
  if (text === '*') throw new RangeError('for every interface write 0.0.0.0:port or [::]:port');
  if (NAME.test(text)) return text;
  throw new RangeError(`${JSON.stringify(text)} is not a host name or an address`);
}

function portOf(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`port ${JSON.stringify(text)}, expected 0 to 65535`);
}

function socketPath(text: string): string {
  if (text === '') throw new RangeError('expected a path after unix:');
  checkSocketPath(text);
  return text;
}

function descriptor(text: string): number {
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  throw new RangeError(`fd ${JSON.stringify(text)}, expected the number of an open socket`);
}
