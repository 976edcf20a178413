/** A subscription server of a uWSGI router, and what to tell it. */
export interface SubscriptionTarget {
  readonly host: string;
  readonly port: number;
  /** Pool of this server: the Host header of its requests, with the port if it is not the usual one. */
  readonly key: string;
  /** Where the router reaches this server, when that is not where it listens. */
  readonly address?: string;
}

/** The form {@link parseSubscription} takes. */
export const SUBSCRIPTION_FORM = '[ADDRESS=]HOST:PORT:KEY';

/** Bytes that a router keeps of a key and of an address. */
const MAX_BYTES = 255;

/**
 * Parses `10.0.0.1:3401:example.com`, or `10.0.0.7:3031=10.0.0.1:3401:example.com` for a server that the router reaches at
 * another address than the one it listens at: uWSGI's own form. The key may have a port: `...:example.com:8080`.
 *
 * @throws RangeError when `text` is not that.
 */
export function parseSubscription(text: string): SubscriptionTarget {
  const match = /^(?:([^=]+)=)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5}):([!-~]+)$/.exec(text);
  const [, address = '', host = '', digits = '', key = ''] = match ?? [];
  if (Number(digits) < 1 || Number(digits) > 65_535) {
    throw new RangeError(`expected ${SUBSCRIPTION_FORM}, such as 10.0.0.1:3401:example.com`);
  }
  if (key.length > MAX_BYTES)
    throw new RangeError(`a key of ${key.length} bytes, a router takes ${MAX_BYTES}`);
  const target = { host: host.replace(/^\[|\]$/g, ''), port: Number(digits), key };
  return address === '' ? target : { ...target, address: nodeAddress(address) };
}

function nodeAddress(text: string): string {
  const address = text.replace(/^unix:/, '');
  const known = /^\/[!-~]+$|^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):[1-9][0-9]{0,4}$/.test(address);
  if (known && address.length <= MAX_BYTES) return address;
  throw new RangeError(`${JSON.stringify(text)} is no address for a router, expected host:port or /path`);
}
