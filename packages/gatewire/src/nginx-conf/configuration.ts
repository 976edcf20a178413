import type { ListenAddress, Protocol } from '@gatewire/server';
import { listenersOf } from '../serve-options.js';
import type { ServeFlags } from '../serve-options.js';
import { locationLines } from './location.js';
import type { ParamsForm } from './location.js';
import { block, nginxText } from './text.js';
import { upstreamOf } from './upstream.js';
import type { Upstream } from './upstream.js';

/** What `gatewire nginx-conf` was asked for: the flags of `gatewire serve`, and what nginx needs besides. */
export interface NginxFlags extends ServeFlags {
  /** Where nginx listens. */
  readonly listen: readonly string[];
  readonly serverName: string;
  readonly params: ParamsForm;
  /** What the names of upstreams and variables begin with: letters, digits and `_`. */
  readonly name: string;
}

/** Which protocol requests go over when there are several: the first of these; the others are there as comments. */
const PREFERENCE: readonly Protocol[] = ['uwsgi', 'fastcgi', 'http'];

/** Bytes that the server takes by default. */
const DEFAULT_MAX_BODY = 2 ** 30;

const HEADING = [
  '# Written by gatewire nginx-conf. It belongs inside of the http block: on Debian, in a file in /etc/nginx/conf.d/.',
  '# nginx -t checks it, nginx -s reload loads it.',
];

/** Without an upgrade the header is empty, so that the connection to the application stays open. */
function connectionMap(name: string): string[] {
  return block(`map $http_upgrade $${name}_connection`, ['default upgrade;', "'' '';"]);
}

/**
 * The nginx configuration that fits a server with these flags, with a line feed at its end. `directory` is where the
 * server is started.
 *
 * @throws RangeError with what to change when nginx cannot know where the server listens.
 */
export function nginxConfiguration(flags: NginxFlags, directory: string): string {
  const upstreams = upstreamsOf(listenersOf(flags), flags, directory);
  const [first, ...others] = upstreams;
  const usesHttp = first.protocol === 'http';
  const server = [
    ...flags.listen.map((address) => `listen ${nginxText(address)};`),
    `server_name ${nginxText(flags.serverName)};`,
    '',
    ...location(first, flags),
    ...others.flatMap((upstream) => ['', ...alternative(upstream, flags)]),
  ];
  const lines = [
    ...HEADING,
    ...(usesHttp ? ['', ...connectionMap(flags.name)] : []),
    ...upstreamLines(first),
    ...others.flatMap((upstream) => upstreamLines(upstream).map(commented)),
    '',
    ...block('server', server),
  ];
  return `${lines.join('\n')}\n`;
}

function upstreamsOf(addresses: readonly ListenAddress[], flags: NginxFlags, directory: string): Upstream[] {
  const { keepAliveTimeout, name } = flags;
  return PREFERENCE.map((protocol) => addresses.filter((address) => address.protocol === protocol))
    .filter((ofProtocol) => ofProtocol.length > 0)
    .map((ofProtocol) =>
      upstreamOf(ofProtocol[0].protocol, ofProtocol, { keepAliveTimeout, directory, name }),
    );
}

function upstreamLines({ name, lines }: Upstream): string[] {
  return ['', ...block(`upstream ${name}`, lines)];
}

function location(upstream: Upstream, { rootPath = '', params, maxBody, name }: NginxFlags): string[] {
  // With the slash at its end nginx sends /shop on to /shop/ by itself.
  return block(`location ${nginxText(`${rootPath}/`)}`, [
    `client_max_body_size ${sizeOf(maxBody ?? DEFAULT_MAX_BODY)};`,
    ...locationLines(upstream, { rootPath, params, name }),
  ]);
}

/** The same over another protocol that is listened on, to be used instead. */
function alternative(upstream: Upstream, flags: NginxFlags): string[] {
  const needs = upstream.protocol === 'http' ? connectionMap(flags.name).join(' ').replace(/ +/g, ' ') : '';
  const heading = [
    `Over ${upstream.protocol} instead, with its upstream above:`,
    ...(needs === '' ? [] : [`before the server: ${needs}`]),
  ];
  return [...heading, ...location(upstream, flags)].map(commented);
}

function commented(line: string): string {
  return line === '' ? '' : `# ${line}`;
}

/** As nginx writes sizes. There 0 is no limit, so that "no body" is one byte: the application refuses that one. */
function sizeOf(bytes: number): string {
  if (bytes === 0) return '1';
  const units = [
    ['g', 2 ** 30],
    ['m', 2 ** 20],
    ['k', 2 ** 10],
  ] as const;
  const unit = units.find(([, size]) => bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}
