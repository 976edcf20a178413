import { parseAddress } from '../address.js';

/** What a request is sent over. */
export type RequestProtocol = 'uwsgi' | 'fastcgi' | 'http';

/** A URL, taken apart. */
export interface Target {
  readonly protocol: RequestProtocol;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** What a Host header says: the host, and the port when the URL has one. */
  readonly authority: string;
  /** `/path?query`, in ASCII. */
  readonly target: string;
}

const PORTS: Readonly<Record<RequestProtocol, number>> = { uwsgi: 3031, fastcgi: 9000, http: 80 };

const FORMS = 'uwsgi://host:port/path, fastcgi://host:port/path or http://host:port/path';

/**
 * Takes a URL apart. What may not stand in a request target is percent-encoded as UTF-8; nothing else of it is changed.
 *
 * @throws RangeError with what to write instead.
 */
export function parseTarget(url: string): Target {
  const [, scheme = '', authority = '', rest = ''] = /^([A-Za-z]+):\/\/([^/?#]*)([^#]*)/.exec(url) ?? [];
  const protocol = protocolOf(scheme, url);
  if (authority.includes('@'))
    throw new RangeError('a user in the URL: send -H "Authorization: ..." instead');
  const { host, port } = placeOf(authority, PORTS[protocol]);
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { protocol, host, port, authority, target: encoded(path) };
}

function protocolOf(scheme: string, url: string): RequestProtocol {
  switch (scheme.toLowerCase()) {
    case 'uwsgi':
      return 'uwsgi';
    case 'fastcgi':
    case 'fcgi':
      return 'fastcgi';
    case 'http':
      return 'http';
    case 'https':
      throw new RangeError('TLS is not spoken here: curl does that');
    default:
      throw new RangeError(`${JSON.stringify(url)}, expected ${FORMS}`);
  }
}

function placeOf(authority: string, defaultPort: number): { host: string; port: number } {
  if (authority === '') throw new RangeError(`no host; expected ${FORMS}, with --unix-socket too`);
  const hasPort = /:[0-9]*$/.test(authority.replace(/^\[.*\]/, ''));
  const address = parseAddress(hasPort ? authority : `${authority}:${defaultPort}`);
  if ('host' in address && address.port > 0) return address;
  throw new RangeError(`${JSON.stringify(authority)}, expected host:port`);
}

function encoded(path: string): string {
  return path.replace(/[^\x21-\x7e]+/gu, (text) =>
    Buffer.from(text, 'utf8').toString('hex').replace(/../g, '%$&'),
  );
}
