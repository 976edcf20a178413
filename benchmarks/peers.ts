import type { Peer } from './case.js';
import { asHttpRequest, asObject } from './corpus.js';
import { httpParser } from './llhttp.js';

// What the codecs of several protocols are compared with.

/** JSON.parse of the same variables. The text is ready-made: decoding it from bytes is a peer of its own. */
export function parsers(pairs: readonly string[]): [Peer, ...Peer[]] {
  return [
    { name: 'JSON.parse(object)', prepare: () => parse(asObject(pairs)) },
    { name: 'JSON.parse(flat array)', prepare: () => parse(pairs) },
    { name: 'JSON.parse(object) from bytes', prepare: () => parseBytes(asObject(pairs)) },
  ];
}

/** Node's HTTP parser on the request that the variables stand for. */
export function llhttp(pairs: readonly string[]): Peer {
  const request = Buffer.from(asHttpRequest(pairs), 'latin1');
  return { name: 'llhttp, the equivalent HTTP request', prepare: () => httpParser(request) };
}

/** Copies `bytes` to memory that is there already. */
export function copy(bytes: Uint8Array): () => Buffer {
  const from = Buffer.from(bytes);
  const to = Buffer.alloc(from.length);
  return () => {
    from.copy(to);
    return to;
  };
}

function parse(value: unknown): () => unknown {
  const text = JSON.stringify(value);
  return () => JSON.parse(text) as unknown;
}

function parseBytes(value: unknown): () => unknown {
  const bytes = Buffer.from(JSON.stringify(value), 'latin1');
  return () => JSON.parse(bytes.toString('latin1')) as unknown;
}
