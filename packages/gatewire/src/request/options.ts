import { InvalidArgumentError, Option } from 'commander';
import { checkSocketPath } from '@gatewire/server/unix-socket';
import { checked } from '../checked-argument.js';
import { parseSeconds } from '../number-options.js';
import { parseHeader } from './headers.js';
import { parseParam } from './params.js';
import type { Overrides } from './params.js';

/** What `gatewire request` was asked for. */
export interface RequestFlags {
  readonly request?: string;
  readonly header?: readonly (readonly [string, string | null])[];
  readonly data?: readonly string[];
  readonly include?: true;
  readonly head?: true;
  readonly output?: string;
  readonly fail?: true;
  readonly verbose?: true;
  readonly timeout?: number;
  readonly unixSocket?: string;
  readonly ping?: true;
  readonly param?: Overrides;
  readonly script?: string;
  readonly documentRoot?: string;
  readonly modifier1?: number;
  readonly modifier2?: number;
}

/** The flags of `gatewire request`, in the order of its help. */
export function requestOptions(): Option[] {
  return [
    option('-X, --request <method>', 'method (default: GET, POST with -d)', parseMethod),
    repeatable(
      '-H, --header <line>',
      'header "Name: value"; "Name:" leaves a default one out; repeatable',
      parseHeader,
    ),
    repeatable(
      '-d, --data <data>',
      'body: text, @file, or @- for stdin; texts are joined with "&"',
      String,
    ).default(undefined),
    new Option('-i, --include', 'show the head of the response too'),
    new Option('-I, --head', 'send HEAD and show the head'),
    new Option('-o, --output <file>', 'write the response to a file'),
    new Option('-f, --fail', 'no body and exit code 22 when the status is 400 or more'),
    new Option('-v, --verbose', 'show what is sent and received, byte by byte, on stderr'),
    option('-m, --timeout <s>', 'seconds for all of it (default: no limit, 5 with --ping)', parseSeconds),
    option('--unix-socket <path>', 'connect to this socket instead of the host in the URL', parseSocketPath),
    new Option('--ping', 'is the server alive: uwsgi ping, GET_VALUES, or HEAD'),
    repeatable(
      '--param <name=value>',
      'set a variable, or leave it out with a name alone; repeatable',
      parseParam,
    ),
    new Option(
      '--script <file>',
      'file to run, for php-fpm and fcgiwrap: SCRIPT_FILENAME and what belongs to it',
    ),
    new Option('--document-root <dir>', 'folder in which the path of the URL names the file to run'),
    option('--modifier1 <n>', 'kind of the uwsgi packet, such as 14 for PHP (default: 0)', parseByte),
    option('--modifier2 <n>', 'its second number (default: 0)', parseByte),
  ];
}

function option(name: string, description: string, parse: (text: string) => unknown): Option {
  return new Option(name, description).argParser(parse);
}

function repeatable(name: string, description: string, parse: (text: string) => unknown): Option {
  const one = checked(parse);
  const collect = (text: string, earlier: readonly unknown[] = []): unknown[] => [...earlier, one(text)];
  return new Option(name, description).argParser(collect);
}

const parseSocketPath = checked((text) => {
  checkSocketPath(text);
  return text;
});

function parseMethod(text: string): string {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a method such as GET.');
}

function parseByte(text: string): number {
  if (/^[0-9]{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  throw new InvalidArgumentError('Expected a number from 0 to 255.');
}
