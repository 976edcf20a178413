import type { Socket } from 'node:net';
import { wantsColor } from '../colors.js';
import { visible } from '../show-bytes.js';
import { VERSION } from '../version.js';
import { openBody } from './body.js';
import type { RequestBody } from './body.js';
import { deadline, openSocket, peerName } from './connect.js';
import type { Peer } from './connect.js';
import { Delivery } from './delivery.js';
import { exchangeFastcgi } from './exchange-fastcgi.js';
import { exchangeHttp } from './exchange-http.js';
import { exchangeUwsgi } from './exchange-uwsgi.js';
import { RequestFailure } from './failure.js';
import type { ExitCode } from './failure.js';
import { mergeHeaders } from './headers.js';
import type { RequestFlags } from './options.js';
import type { OutgoingRequest, Outputs } from './outgoing.js';
import { pingFastcgi, pingUwsgi } from './ping.js';
import type { Target } from './target.js';
import { createTrace, SILENT } from './trace.js';
import { variablesOf } from './variables.js';
import type { Addresses } from './variables.js';

/** Seconds that a ping waits unless told otherwise. */
const PING_TIMEOUT = 5;

/**
 * Sends the request and delivers the answer. Resolves with the exit code; says on stderr what went wrong.
 *
 * `usage` is called with flags that do not go together, and ends the program.
 */
export async function runRequest(
  target: Target,
  flags: RequestFlags,
  usage: (problem: string) => never,
): Promise<ExitCode> {
  const problem = whyNotTogether(target, flags);
  if (problem !== null) usage(problem);
  const outputs = outputsOf(flags);
  try {
    const body = await bodyOf(flags);
    try {
      await exchange(target, outgoing(target, flags, body), flags, outputs);
    } finally {
      await body?.close();
    }
    await outputs.delivery.close();
    return isFailed(flags, outputs.delivery) ? 22 : 0;
  } catch (error) {
    await outputs.delivery.close().catch(() => undefined);
    if (error instanceof RangeError) return usage(error.message);
    if (!(error instanceof RequestFailure)) throw error;
    outputs.warn(error.message);
    return error.exitCode;
  }
}

function whyNotTogether({ protocol }: Target, flags: RequestFlags): string | null {
  const { data = [], param, script, documentRoot } = flags;
  if (protocol === 'http' && [param, script, documentRoot].some((flag) => flag !== undefined))
    return 'HTTP has no variables: --param, --script and --document-root are for uwsgi:// and fastcgi://';
  if (protocol !== 'uwsgi' && (flags.modifier1 ?? flags.modifier2) !== undefined)
    return '--modifier1 and --modifier2 are for uwsgi://';
  if (data.length > 1 && data.some((text) => text.startsWith('@')))
    return '-d @file stands alone: join the parts first';
  if (data.length > 0 && (flags.head ?? flags.ping) === true) return '-d goes with neither -I nor --ping';
  return null;
}

function outputsOf(flags: RequestFlags): Outputs {
  const { stderr, stdout } = process;
  const sheet = {
    color: wantsColor(stderr, process.env),
    width: Math.max(60, Math.min(stderr.columns || 100, 140) - 2),
  };
  const { include, head, fail = false, output } = flags;
  const options = { include: include ?? head ?? false, fail, output };
  return {
    delivery: new Delivery(options, stdout),
    trace: flags.verbose === true ? createTrace(sheet, (text) => stderr.write(text)) : SILENT,
    warn: (text) => stderr.write(`gatewire request: ${visible(text)}\n`),
    log: logTo(stderr),
  };
}

/** Bytes as they come, each piece on a line of its own: php-fpm ends none. */
function logTo(stderr: NodeJS.WriteStream): (bytes: Uint8Array) => void {
  return (bytes) => {
    stderr.write(bytes);
    if (bytes.at(-1) !== 0x0a) stderr.write('\n');
  };
}

async function bodyOf({ data }: RequestFlags): Promise<RequestBody | null> {
  return data === undefined ? null : openBody(data.join('&'), process.stdin);
}

function outgoing(target: Target, flags: RequestFlags, body: RequestBody | null): OutgoingRequest {
  const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
  const defaults = [
    ['Host', target.authority],
    ['User-Agent', `gatewire/${VERSION}`],
    ['Accept', '*/*'],
    ...(body === null ? [] : [form]),
  ] as const;
  const isHead = flags.head ?? (flags.ping === true && target.protocol === 'http');
  return {
    method: flags.request ?? (isHead ? 'HEAD' : body === null ? 'GET' : 'POST'),
    target: target.target,
    headers: mergeHeaders(defaults, flags.header ?? []),
    body,
    params: flags.param ?? [],
    script: flags.script,
    documentRoot: flags.documentRoot,
    modifier1: flags.modifier1 ?? 0,
    modifier2: flags.modifier2 ?? 0,
  };
}

async function exchange(
  target: Target,
  request: OutgoingRequest,
  flags: RequestFlags,
  outputs: Outputs,
): Promise<void> {
  const peer: Peer = flags.unixSocket === undefined ? target : { path: flags.unixSocket };
  const limit = deadline(flags.timeout ?? (flags.ping === true ? PING_TIMEOUT : undefined));
  let socket: Socket | null = null;
  const startedAt = performance.now();
  try {
    socket = await openSocket(peer, limit.signal);
    outputs.trace.note(`connected to ${peerName(peer)}`);
    if (flags.ping === true) await ping(socket, target, request, outputs);
    else await send(socket, target, request, outputs);
    const ms = (performance.now() - startedAt).toFixed(1);
    outputs.trace.note(`${ms} ms in all`);
  } finally {
    limit.stop();
    socket?.destroy();
  }
}

async function send(
  socket: Socket,
  { protocol }: Target,
  request: OutgoingRequest,
  outputs: Outputs,
): Promise<void> {
  if (protocol === 'http') return exchangeHttp(socket, request, outputs);
  const pairs = variablesOf(protocol, request, addressesOf(socket));
  if (protocol === 'uwsgi') return exchangeUwsgi(socket, pairs, request, outputs);
  await exchangeFastcgi(socket, pairs, request, outputs);
  const isLost = outputs.delivery.status >= 400 && !pairs.includes('SCRIPT_FILENAME');
  if (isLost)
    outputs.warn(
      'php-fpm and fcgiwrap need SCRIPT_FILENAME to find a file: --script or --document-root sets it',
    );
}

function addressesOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): Addresses {
  return {
    client: { address: localAddress ?? '', port: localPort ?? 0 },
    server: { address: remoteAddress ?? '', port: remotePort ?? 0 },
  };
}

async function ping(
  socket: Socket,
  target: Target,
  request: OutgoingRequest,
  outputs: Outputs,
): Promise<void> {
  const { trace } = outputs;
  if (target.protocol === 'uwsgi') trace.note(await pingUwsgi(socket, trace));
  else if (target.protocol === 'fastcgi') trace.note(await pingFastcgi(socket, trace));
  else await exchangeHttp(socket, request, outputs);
}

function isFailed({ fail, ping: isPing }: RequestFlags, { status }: Delivery): boolean {
  return (fail ?? isPing) === true && status >= 400;
}
