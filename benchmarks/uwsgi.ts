import {
  decodeHeader,
  decodePacket,
  decodeVars,
  encodePacket,
  UwsgiDecoder,
  VarsView,
} from '@gatewire/uwsgi';
import type { Case } from './case.js';
import { asObject, CORPUS } from './corpus.js';
import { copy, llhttp, parsers } from './peers.js';

type Pairs = readonly string[];

/** The cases on every entry of the corpus, named `uwsgi/group/entry`. */
export const UWSGI_CASES: readonly Case[] = CORPUS.flatMap(({ name, pairs }) => [
  decodeCase(name, pairs),
  lookupCase(name, pairs),
  streamCase(name, pairs),
  encodeCase(name, pairs),
]);

function decodeCase(entry: string, pairs: Pairs): Case {
  return {
    name: `uwsgi/decode/${entry}`,
    work: 'every name and every value is a string',
    peers: [
      { name: 'decodeHeader + decodeVars', prepare: () => decodeInPlace(pairs) },
      { name: 'decodePacket + decodeVars', prepare: () => decodeWhole(pairs) },
      ...parsers(pairs),
      llhttp(pairs),
      { name: 'Buffer.copy of the packet (no strings)', prepare: () => copy(encodePacket(0, 0, pairs)) },
    ],
  };
}

function lookupCase(entry: string, pairs: Pairs): Case {
  return {
    name: `uwsgi/lookup/${entry}`,
    work: 'the block is checked and five variables are strings; the other rows make every name and value',
    peers: [
      { name: 'decodeHeader + VarsView, five get', prepare: () => lookup(pairs) },
      { name: 'decodeHeader + decodeVars, five found', prepare: () => lookupInPairs(pairs) },
      { name: 'decodeHeader + decodeVars', prepare: () => decodeInPlace(pairs) },
      llhttp(pairs),
      parsers(pairs)[0],
    ],
  };
}

function streamCase(entry: string, pairs: Pairs): Case {
  return {
    name: `uwsgi/stream/${entry}`,
    work: 'the packet came out of a new decoder; every name and every value is a string',
    peers: [{ name: 'UwsgiDecoder + decodeVars', prepare: () => decodeStream(pairs) }, ...parsers(pairs)],
  };
}

function encodeCase(entry: string, pairs: Pairs): Case {
  return {
    name: `uwsgi/encode/${entry}`,
    work: 'all names and values are in one piece of memory that can be written to a socket',
    peers: [
      { name: 'encodePacket', prepare: () => () => encodePacket(0, 0, pairs) },
      { name: 'JSON.stringify(object) to bytes', prepare: () => stringify(asObject(pairs)) },
      { name: 'JSON.stringify(flat array) to bytes', prepare: () => stringify(pairs) },
      { name: 'JSON.stringify(object), a string', prepare: () => stringifyToText(asObject(pairs)) },
      { name: 'Buffer.copy of the packet', prepare: () => copy(encodePacket(0, 0, pairs)) },
    ],
  };
}

function lookup(pairs: Pairs): () => (string | undefined)[] | null {
  const bytes = encodePacket(0, 0, pairs);
  return () => {
    const header = decodeHeader(bytes, 0);
    if (header === null) return null;
    const view = new VarsView(bytes, header.next, header.next + header.value.datasize);
    return [
      view.get('REQUEST_METHOD'),
      view.get('PATH_INFO'),
      view.get('QUERY_STRING'),
      view.get('HTTP_HOST'),
      view.get('CONTENT_LENGTH'),
    ];
  };
}

function lookupInPairs(pairs: Pairs): () => (string | undefined)[] | null {
  const decode = decodeInPlace(pairs);
  return () => {
    const decoded = decode();
    if (decoded === null) return null;
    return [
      lastValue(decoded, 'REQUEST_METHOD'),
      lastValue(decoded, 'PATH_INFO'),
      lastValue(decoded, 'QUERY_STRING'),
      lastValue(decoded, 'HTTP_HOST'),
      lastValue(decoded, 'CONTENT_LENGTH'),
    ];
  };
}

function lastValue(pairs: Pairs, name: string): string | undefined {
  for (let i = pairs.length - 2; i >= 0; i -= 2) if (pairs[i] === name) return pairs[i + 1];
  return undefined;
}

/** Without a view of the payload: for a caller that has the whole packet. */
function decodeInPlace(pairs: Pairs): () => string[] | null {
  const bytes = encodePacket(0, 0, pairs);
  return () => {
    const header = decodeHeader(bytes, 0);
    return header === null ? null : decodeVars(bytes, header.next, header.next + header.value.datasize);
  };
}

function decodeWhole(pairs: Pairs): () => string[] | null {
  const packet = encodePacket(0, 0, pairs);
  return () => {
    const decoded = decodePacket(packet, 0);
    if (decoded === null) return null;
    const { payload } = decoded.value;
    return decodeVars(payload, 0, payload.length);
  };
}

function decodeStream(pairs: Pairs): () => string[] | null {
  const bytes = encodePacket(0, 0, pairs);
  return () => {
    const decoder = new UwsgiDecoder();
    decoder.receive(bytes);
    const packet = decoder.next();
    return packet === null ? null : decodeVars(packet.payload, 0, packet.payload.length);
  };
}

function stringify(value: unknown): () => Buffer {
  return () => Buffer.from(JSON.stringify(value), 'latin1');
}

function stringifyToText(value: unknown): () => string {
  return () => JSON.stringify(value);
}
