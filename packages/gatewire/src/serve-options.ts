import { InvalidArgumentError, Option } from 'commander';
import type { Interface, ListenAddress, Protocol } from '@gatewire/server';
import { parseAddress } from './address.js';
import { checked } from './checked-argument.js';
import { LOG_FORMATS, LOG_LEVELS } from './log.js';
import type { LogFormat, LogLevel } from './log.js';
import { parseBytes, parseCount, parseSeconds } from './number-options.js';
import { parseSignature } from './subscribe/signature.js';
import type { SignatureOption } from './subscribe/signature.js';
import { parseSubscription } from './subscribe/target.js';
import type { SubscriptionTarget } from './subscribe/target.js';

/** What `gatewire serve` was asked for. Absent means the server's default. */
export interface ServeFlags {
  readonly interface: 'auto' | Interface;
  readonly lifespan: 'auto' | 'on' | 'off';
  readonly env?: Readonly<Record<string, string>>;
  readonly uwsgi?: readonly ListenAddress[];
  readonly fastcgi?: readonly ListenAddress[];
  readonly http?: readonly ListenAddress[];
  readonly chmodSocket?: number;
  readonly rootPath?: string;
  readonly maxBody?: number;
  readonly headerTimeout?: number;
  readonly bodyTimeout?: number;
  readonly keepAliveTimeout?: number;
  readonly limitConcurrency?: number;
  readonly gracefulTimeout?: number;
  readonly workers?: number;
  readonly maxRequests?: number;
  readonly maxRss?: number;
  readonly subscribe?: readonly SubscriptionTarget[];
  readonly subscribeSign?: SignatureOption;
  readonly accessLog: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly config?: string;
}

/** Listens here when no address is given: where uwsgi servers are expected, and only this machine can reach it. */
export const DEFAULT_LISTEN: ListenAddress = { protocol: 'uwsgi', host: '127.0.0.1', port: 3031 };

/** Flags that may be given more than once. */
export const REPEATABLE: readonly string[] = ['env', 'uwsgi', 'fastcgi', 'http', 'subscribe'];

/** The flags of `gatewire serve`, in the order of its help. */
export function serveOptions(): Option[] {
  return [
    ...inGroup('The application:', [
      new Option('--interface <kind>', 'what it is; auto goes by its form, a plain function is WSGI')
        .choices(['auto', 'asgi', 'wsgi', 'fetch', 'node'])
        .default('auto'),
      new Option(
        '--lifespan <when>',
        'tell an ASGI application of the start and the end; on: it must have a lifespan',
      )
        .choices(['auto', 'on', 'off'])
        .default('auto'),
      option('--root-path <path>', 'where it is mounted (SCRIPT_NAME), such as /shop', parseRootPath),
      option('--env <name=value>', 'a variable for the environ of every request; repeatable', parseVariable),
    ]),
    ...inGroup('Where to listen:', [
      listener('uwsgi', 'for a web server that speaks uwsgi (uwsgi_pass); repeatable'),
      listener('fastcgi', 'for a web server that speaks FastCGI (fastcgi_pass); repeatable'),
      listener('http', 'for HTTP; repeatable'),
      option('--chmod-socket <mode>', 'permissions of unix sockets, such as 660 (default: 666)', parseMode),
      option(
        '--subscribe <host:port:key>',
        'announce the uwsgi listeners to a uWSGI router; repeatable',
        listOf(parseSubscription),
      ),
      option('--subscribe-sign <digest:file>', 'sign that with a private key (PEM)', checked(parseSignature)),
    ]),
    ...inGroup('Limits:', limits()),
    ...inGroup('Processes:', processes()),
    ...inGroup('Logs and configuration:', [
      new Option('--access-log <file>', 'a line per request to a file, - for stdout, or none').default('-'),
      new Option('--log-level <level>', 'least level on stderr').choices(LOG_LEVELS).default('info'),
      new Option('--log-format <format>', 'form of the logs').choices(LOG_FORMATS).default('text'),
      new Option('--config <file>', 'more flags (default: gatewire.config.js, .mjs, .cjs or .json)'),
    ]),
  ];
}

function limits(): Option[] {
  return [
    option('--max-body <bytes>', 'largest request body, such as 10m (default: 1g)', parseBytes),
    option('--header-timeout <s>', 'seconds for a request head to arrive (default: 10)', parseSeconds),
    option('--body-timeout <s>', 'seconds without a byte of a body moving (default: 60)', parseSeconds),
    option('--keep-alive-timeout <s>', 'seconds for an idle HTTP connection (default: 5)', parseSeconds),
    option(
      '--limit-concurrency <n>',
      'answer 503 beyond this many requests at once, in each process (default: no limit)',
      parseCount,
    ),
  ];
}

function processes(): Option[] {
  return [
    option('--workers <n>', 'serve in n processes that are kept up (default: in this one)', parseCount),
    option('--max-requests <n>', 'replace a worker after about this many requests', parseCount),
    option('--max-rss <mib>', 'replace a worker that uses more memory', parseCount),
    option(
      '--graceful-timeout <s>',
      'seconds that requests have to finish when stopping (default: 30)',
      parseSeconds,
    ),
  ];
}

/** The listeners that were asked for, or {@link DEFAULT_LISTEN}. */
export function listenersOf(flags: ServeFlags): readonly ListenAddress[] {
  const listeners = [...(flags.uwsgi ?? []), ...(flags.fastcgi ?? []), ...(flags.http ?? [])];
  const { chmodSocket: mode } = flags;
  if (listeners.length === 0) return [DEFAULT_LISTEN];
  return mode === undefined ? listeners : listeners.map((one) => ('path' in one ? { ...one, mode } : one));
}

function inGroup(heading: string, options: readonly Option[]): Option[] {
  return options.map((it) => it.helpGroup(heading));
}

function option<T>(
  flags: string,
  description: string,
  parse: (text: string, earlier: T | undefined) => T,
): Option {
  return new Option(flags, description).argParser(parse);
}

function listener(protocol: Protocol, description: string): Option {
  const parse = listOf((text): ListenAddress => ({ protocol, ...parseAddress(text) }));
  return option(`--${protocol} <address>`, `listen ${description}`, parse);
}

/** A flag that may be given more than once. */
function listOf<T>(parse: (text: string) => T): (text: string, earlier?: readonly T[]) => readonly T[] {
  const one = checked(parse);
  return (text, earlier = []) => [...earlier, one(text)];
}

function parseMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return parseInt(text, 8);
  throw new InvalidArgumentError('Expected three octal digits, such as 660.');
}

function parseRootPath(text: string): string {
  if (text === '' || /^(?:\/[^/?#]+)+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a path such as /shop, without a slash at its end.');
}

/** PEP 3333: text of an environ has one character per byte. */
function parseVariable(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^([A-Za-z_][\w.]*)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('Expected NAME=value, such as SETTINGS=production.');
  if (/^wsgi\./.test(name)) throw new InvalidArgumentError("Names that begin with wsgi. are the server's.");
  return { ...earlier, [name]: Buffer.from(value, 'utf8').toString('latin1') };
}
