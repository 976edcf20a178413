import { InvalidArgumentError, Option } from 'commander';
import type { ListenAddress, Protocol } from '@gatewire/server';
import { parseAddress } from './address.js';
import { LOG_FORMATS, LOG_LEVELS } from './log.js';
import type { LogFormat, LogLevel } from './log.js';
import { parseBytes, parseCount, parseSeconds } from './number-options.js';

/** What `gatewire serve` was asked for. Absent means the server's default. */
export interface ServeFlags {
  readonly interface: 'auto' | 'wsgi';
  readonly uwsgi?: readonly ListenAddress[];
  readonly fastcgi?: readonly ListenAddress[];
  readonly http?: readonly ListenAddress[];
  readonly rootPath?: string;
  readonly maxBody?: number;
  readonly headerTimeout?: number;
  readonly bodyTimeout?: number;
  readonly keepAliveTimeout?: number;
  readonly limitConcurrency?: number;
  readonly gracefulTimeout?: number;
  readonly accessLog: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** Listens here when no address is given: where uwsgi servers are expected, and only this machine can reach it. */
export const DEFAULT_LISTEN: ListenAddress = { protocol: 'uwsgi', host: '127.0.0.1', port: 3031 };

/** The flags of `gatewire serve`, in the order of its help. */
export function serveOptions(): Option[] {
  return [
    new Option('--interface <kind>', 'what the application is; auto takes it for WSGI')
      .choices(['auto', 'wsgi'])
      .default('auto'),
    listener('uwsgi', 'listen for a web server that speaks uwsgi (uwsgi_pass); repeatable'),
    listener('fastcgi', 'listen for a web server that speaks FastCGI (fastcgi_pass); repeatable'),
    listener('http', 'listen for HTTP; repeatable'),
    new Option(
      '--root-path <path>',
      'where the application is mounted (SCRIPT_NAME), such as /shop',
    ).argParser(parseRootPath),
    new Option('--max-body <bytes>', 'largest request body, such as 10m (default: 1g)').argParser(parseBytes),
    new Option('--header-timeout <s>', 'seconds for a request head to arrive (default: 10)').argParser(
      parseSeconds,
    ),
    new Option('--body-timeout <s>', 'seconds without a byte of a body moving (default: 60)').argParser(
      parseSeconds,
    ),
    new Option('--keep-alive-timeout <s>', 'seconds for an idle HTTP connection (default: 5)').argParser(
      parseSeconds,
    ),
    new Option(
      '--limit-concurrency <n>',
      'answer 503 beyond this many requests at once (default: no limit)',
    ).argParser(parseCount),
    new Option(
      '--graceful-timeout <s>',
      'seconds that requests have to finish when stopping (default: 30)',
    ).argParser(parseSeconds),
    new Option('--access-log <file>', 'a line per request to a file, - for stdout, or none').default('-'),
    new Option('--log-level <level>', 'least level on stderr').choices(LOG_LEVELS).default('info'),
    new Option('--log-format <format>', 'form of both logs').choices(LOG_FORMATS).default('text'),
  ];
}

/** The listeners that were asked for, or {@link DEFAULT_LISTEN}. */
export function listenersOf(flags: ServeFlags): readonly ListenAddress[] {
  const listeners = [...(flags.uwsgi ?? []), ...(flags.fastcgi ?? []), ...(flags.http ?? [])];
  return listeners.length === 0 ? [DEFAULT_LISTEN] : listeners;
}

function listener(protocol: Protocol, description: string): Option {
  const parse = (text: string, earlier: readonly ListenAddress[] = []): ListenAddress[] => {
    try {
      return [...earlier, { protocol, ...parseAddress(text) }];
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(`(${error.message})`);
      throw error;
    }
  };
  return new Option(`--${protocol} <address>`, description).argParser(parse);
}

function parseRootPath(text: string): string {
  if (text === '' || /^(?:\/[^/?#]+)+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a path such as /shop, without a slash at its end.');
}
