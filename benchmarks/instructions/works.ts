import { buildEnviron } from '@gatewire/environ';
import {
  decodeHeader as decodeRecordHeader,
  decodePairs,
  encodeBeginRequest,
  encodeEndRequest,
  encodeParams,
  encodeRecord,
  encodeStream,
  FCGI_HEADER_LEN,
  FCGI_TYPE,
  FcgiApplication,
} from '@gatewire/fastcgi';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { decodeHeader, decodeVars, encodePacket, UwsgiApplication, VarsView } from '@gatewire/uwsgi';
import { asObject, CORPUS } from '../corpus.js';

/** A path through the codecs that every request takes, and so one whose cost a change has to answer for. */
export interface Work {
  readonly name: string;
  /** What is done when one operation is over. */
  readonly does: string;
  /** Operations until the engine is done with compiling, and nothing changes any more. */
  readonly warmUp: number;
  /** Operations in a segment: enough for several garbage collections, few enough for valgrind. */
  readonly count: number;
  prepare(): () => unknown;
}

const PAIRS = CORPUS[0].pairs;

/** The works, in the order of the table. The last is no code of ours: when it moves, the engine moved. */
export const WORKS: readonly Work[] = [
  {
    name: 'uwsgi/decode',
    does: 'decodeHeader + decodeVars: 25 variables as pairs',
    warmUp: 48_000,
    count: 4_000,
    prepare: uwsgiDecode,
  },
  {
    name: 'uwsgi/lookup',
    does: 'VarsView: five of 25 variables',
    warmUp: 12_000,
    count: 4_000,
    prepare: uwsgiLookup,
  },
  {
    name: 'uwsgi/request',
    does: 'UwsgiApplication, new: request and bodyEnd of 25 variables',
    warmUp: 56_000,
    count: 4_000,
    prepare: uwsgiRequest,
  },
  {
    name: 'fastcgi/decode',
    does: 'decodeHeader + decodePairs: the records of 25 variables as pairs',
    warmUp: 12_000,
    count: 4_000,
    prepare: fastcgiDecode,
  },
  {
    name: 'fastcgi/request',
    does: 'FcgiApplication, new: request and bodyEnd of 25 variables',
    warmUp: 96_000,
    count: 8_000,
    prepare: fastcgiRequest,
  },
  {
    name: 'fastcgi/post-64k',
    does: 'FcgiApplication, new: a request and 64 KiB of body in two records and two chunks',
    warmUp: 12_000,
    count: 4_000,
    prepare: fastcgiPost,
  },
  {
    name: 'fastcgi/stdout-1k',
    does: 'encodeStream, encodeRecord, encodeEndRequest: the records around 1 KiB of response',
    warmUp: 12_000,
    count: 16_000,
    prepare: fastcgiStdout,
  },
  {
    name: 'cgi/head',
    does: 'encodeResponseHead: status and five fields, form cgi',
    warmUp: 8_000,
    count: 4_000,
    prepare: responseHead,
  },
  {
    name: 'environ/build',
    does: 'buildEnviron: the environ of 25 variables',
    warmUp: 12_000,
    count: 4_000,
    prepare: () => () => buildEnviron(PAIRS),
  },
  {
    name: 'JSON.parse',
    does: 'the engine alone: the same 25 variables as an object',
    warmUp: 8_000,
    count: 4_000,
    prepare: jsonParse,
  },
];

function uwsgiDecode(): () => unknown {
  const bytes = encodePacket(0, 0, PAIRS);
  return () => {
    const header = decodeHeader(bytes, 0);
    return header === null ? null : decodeVars(bytes, header.next, header.next + header.value.datasize);
  };
}

function uwsgiLookup(): () => unknown {
  const bytes = encodePacket(0, 0, PAIRS);
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

function uwsgiRequest(): () => unknown {
  const bytes = encodePacket(0, 0, PAIRS);
  return () => {
    const application = new UwsgiApplication();
    application.receive(bytes);
    let seen: unknown = null;
    for (let event = application.next(); event !== null; event = application.next())
      if (event.kind === 'request') seen = event.pairs;
    return seen;
  };
}

function fastcgiDecode(): () => unknown {
  const bytes = Buffer.concat(fastcgiGet(0));
  return () => {
    let pairs: string[] | null = null;
    let header = decodeRecordHeader(bytes, 0);
    for (let at = 0; header !== null; header = decodeRecordHeader(bytes, at)) {
      const { type, contentLength, paddingLength } = header;
      const content = at + FCGI_HEADER_LEN;
      at = content + contentLength + paddingLength;
      if (type === FCGI_TYPE.PARAMS && contentLength > 0)
        pairs = decodePairs(bytes, content, content + contentLength);
    }
    return pairs;
  };
}

function fastcgiRequest(): () => unknown {
  return fastcgiEvents([Buffer.concat([...fastcgiGet(0), encodeRecord(FCGI_TYPE.STDIN, 1)])]);
}

function fastcgiPost(): () => unknown {
  const bytes = Buffer.concat([
    ...fastcgiGet(65_536),
    ...encodeStream(FCGI_TYPE.STDIN, 1, new Uint8Array(65_536).fill(0x61)),
    encodeRecord(FCGI_TYPE.STDIN, 1),
  ]);
  // As nginx writes it: a full buffer, then the rest.
  return fastcgiEvents([bytes.subarray(0, 33_000), bytes.subarray(33_000)]);
}

function fastcgiEvents(chunks: readonly Buffer[]): () => unknown {
  return () => {
    const application = new FcgiApplication();
    let bytes = 0;
    let seen: readonly string[] = [];
    for (const chunk of chunks) {
      application.receive(chunk);
      for (let event = application.next(); event !== null; event = application.next()) {
        if (event.kind === 'request') seen = event.pairs;
        else if (event.kind === 'body') bytes += event.data.length;
      }
    }
    return [...seen.slice(0, 2), bytes];
  };
}

function fastcgiGet(length: number): Uint8Array[] {
  const pairs = length === 0 ? PAIRS : [...PAIRS];
  if (length > 0) (pairs as string[])[PAIRS.indexOf('CONTENT_LENGTH') + 1] = String(length);
  return [encodeBeginRequest(1, 1, 0), encodeParams(1, pairs)];
}

function fastcgiStdout(): () => unknown {
  const body = new Uint8Array(1024).fill(0x61);
  return () => [
    ...encodeStream(FCGI_TYPE.STDOUT, 1, body),
    encodeRecord(FCGI_TYPE.STDOUT, 1),
    encodeEndRequest(1),
  ];
}

function responseHead(): () => unknown {
  const headers = [
    ...['Content-Type', 'text/html; charset=utf-8'],
    ...['Content-Length', '1024'],
    ...['Cache-Control', 'private, max-age=0'],
    ...['Set-Cookie', 'session=8f14e45fceea167a; Path=/; HttpOnly'],
    ...['X-Request-Id', '7d3c1f0a'],
  ];
  return () => encodeResponseHead(200, headers, { form: 'cgi' });
}

function jsonParse(): () => unknown {
  const text = JSON.stringify(asObject(PAIRS));
  return () => JSON.parse(text) as unknown;
}
