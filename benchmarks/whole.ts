import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { buildEnviron } from '@gatewire/environ';
import { FcgiApplication } from '@gatewire/fastcgi';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { encodePacket, UwsgiApplication } from '@gatewire/uwsgi';
import type { Case } from './case.js';
import { asHttpRequest, CORPUS } from './corpus.js';
import { cCycle, goCycle } from './external.js';
import { requestBytes } from './fastcgi.js';
import { llhttp, parsers } from './peers.js';

type Pairs = readonly string[];

/** The response's body. */
export const BODY: Buffer = Buffer.alloc(1024, 'b');
export const HEADERS: string[] = ['Content-Type', 'text/plain', 'Content-Length', String(BODY.length)];

/** More than a codec: the environ of a request, and a request from its bytes to those of its answer. */
export const WHOLE_CASES: readonly Case[] = [
  ...CORPUS.map(({ name, pairs }) => environCase(name, pairs)),
  {
    name: 'cycle/get-25',
    work: 'the bytes of a GET were read, its variables are an environ, and a 200 with 1 KiB of body can be written',
    peers: [
      { name: 'FcgiApplication, connection kept', prepare: () => fastcgiCycle(CORPUS[0].pairs) },
      { name: 'UwsgiApplication, new', prepare: () => uwsgiCycle(CORPUS[0].pairs) },
      { name: 'node:http, connection kept, in memory', prepare: () => nodeHttpCycle(CORPUS[0].pairs) },
      {
        name: 'Go net/http/fcgi, connection kept, in memory',
        external: goCycle(() => requestBytes(CORPUS[0].pairs, 1)),
      },
      {
        name: 'libfcgi in C, connection kept, with its socket',
        external: cCycle(() => requestBytes(CORPUS[0].pairs, 1)),
      },
    ],
  },
];

function environCase(entry: string, pairs: Pairs): Case {
  return {
    name: `environ/${entry}`,
    work: 'the bytes were read, and the variables are one object',
    peers: [
      { name: 'UwsgiApplication + buildEnviron', prepare: () => environOf(pairs) },
      { name: 'buildEnviron alone, of pairs', prepare: () => () => buildEnviron(pairs) },
      ...parsers(pairs),
      llhttp(pairs),
    ],
  };
}

function environOf(pairs: Pairs): () => unknown {
  const bytes = encodePacket(0, 0, pairs);
  return () => {
    const application = new UwsgiApplication();
    application.receive(bytes);
    let environ: unknown = null;
    for (let event = application.next(); event !== null; event = application.next())
      if (event.kind === 'request') environ = buildEnviron(event.pairs);
    return environ;
  };
}

function fastcgiCycle(pairs: Pairs): () => unknown {
  const application = new FcgiApplication();
  const bytes = requestBytes(pairs, 1);
  return () => {
    application.receive(bytes);
    let environ: unknown = null;
    for (let event = application.next(); event !== null; event = application.next())
      if (event.kind === 'request') environ = buildEnviron(event.pairs);
    const head = encodeResponseHead(200, HEADERS, { form: 'cgi' });
    const out = Buffer.concat([
      ...application.stdout(1, head),
      ...application.stdout(1, BODY),
      ...application.end(1),
    ]);
    return { environ, out };
  };
}

function uwsgiCycle(pairs: Pairs): () => unknown {
  const environ = environOf(pairs);
  return () => {
    const made = environ();
    const head = encodeResponseHead(200, HEADERS, { form: 'http', reason: 'OK' });
    return { environ: made, out: Buffer.concat([head, BODY]) };
  };
}

/** One connection that is kept; a request is given to it when the answer to the last one is complete. */
function nodeHttpCycle(pairs: Pairs): () => Promise<unknown> {
  const request = Buffer.from(asHttpRequest(pairs), 'latin1');
  let answered: (value: unknown) => void = () => undefined;
  let url: string | undefined = '';
  const server = createServer((incoming, response) => {
    url = incoming.headers.host === undefined ? undefined : incoming.url;
    response.writeHead(200, HEADERS);
    response.end(BODY);
    response.on('finish', () => answered({ environ: url, out: null }));
  });
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, callback) => callback() });
  server.emit('connection', socket);
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      socket.push(request);
    });
}
