import { FCGI_TYPE, FcgiDecoder } from '@gatewire/fastcgi';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import type { Answer, Gateway } from './exchange.js';

/**
 * The answer in what an application's server sent over a connection: what a web server reads.
 *
 * @throws Error when it is malformed or has no whole head.
 */
export function decodeAnswer(gateway: Gateway, bytes: Uint8Array): Answer {
  const decoder = new ResponseHeadDecoder({ forms: gateway === 'uwsgi' ? 'http' : 'cgi' });
  const body: Uint8Array[] = [];
  let answer: Answer | null = null;
  decoder.receive(gateway === 'uwsgi' ? bytes : stdoutOf(bytes));
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.kind === 'body') body.push(event.data);
    if (event.kind !== 'head') continue;
    const { status, reason, headers } = event;
    answer = { status, reason, headers: inPairs(headers), body: '' };
  }
  if (answer === null) throw new Error('the answer has no whole head');
  return { ...answer, body: Buffer.concat(body).toString('utf8') };
}

function stdoutOf(bytes: Uint8Array): Uint8Array {
  const decoder = new FcgiDecoder();
  const pieces: Uint8Array[] = [];
  decoder.receive(bytes);
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.kind === 'data' && event.stream === FCGI_TYPE.STDOUT) pieces.push(event.data);
  }
  decoder.finish();
  return Buffer.concat(pieces);
}

function inPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
  return pairs;
}
