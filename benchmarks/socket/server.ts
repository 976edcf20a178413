// A server at a unix socket that does the whole cycle with our codecs, and nothing else: no limits of time, no log. Beside
// it what it is compared with on the same engine. Arguments: which, and the path of the socket.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { buildEnviron } from '@gatewire/environ';
import { FcgiApplication } from '@gatewire/fastcgi';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { UwsgiApplication } from '@gatewire/uwsgi';
import { BODY, HEADERS } from '../whole.js';

/** What is done with a piece of what came over a connection. */
type Receive = (chunk: Buffer) => void;

const READY = Buffer.concat([httpHead(), BODY]);

/** Environs are seen by an application: kept here, so that none is left out. */
export let seen: unknown;

function uwsgi(socket: Socket): Receive {
  const application = new UwsgiApplication();
  return (chunk) => {
    application.receive(chunk);
    for (let event = application.next(); event !== null; event = application.next()) {
      if (event.kind === 'request') seen = buildEnviron(event.pairs);
      else if (event.kind === 'bodyEnd') socket.end(Buffer.concat([httpHead(), BODY]));
    }
  };
}

function fastcgi(socket: Socket): Receive {
  const application = new FcgiApplication();
  return (chunk) => {
    application.receive(chunk);
    for (let event = application.next(); event !== null; event = application.next()) {
      if (event.kind === 'request') seen = buildEnviron(event.pairs);
      else if (event.kind === 'bodyEnd') {
        const { requestId } = event;
        const head = encodeResponseHead(200, HEADERS, { form: 'cgi' });
        const out = [
          ...application.stdout(requestId, head),
          ...application.stdout(requestId, BODY),
          ...application.end(requestId),
        ];
        if (application.shouldClose) socket.end(Buffer.concat(out));
        else socket.write(Buffer.concat(out));
      }
    }
  };
}

/** No codec: reads the size of the packet and sends bytes that lie ready. */
function ready(socket: Socket): Receive {
  let size = 0;
  let received = 0;
  return (chunk) => {
    size ||= 4 + chunk.readUInt16LE(1);
    received += chunk.length;
    if (received >= size) socket.end(READY);
  };
}

function httpHead(): Uint8Array {
  return encodeResponseHead(200, HEADERS, { form: 'http', reason: 'OK' });
}

function onNet(connection: (socket: Socket) => Receive, path: string): void {
  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', connection(socket));
    socket.on('end', () => {
      if (!socket.writableEnded) socket.end();
    });
    socket.on('error', () => socket.destroy());
  }).listen(path);
}

function http(path: string): void {
  createHttpServer((request, response) => {
    seen = request.headers.host;
    response.writeHead(200, HEADERS);
    response.end(BODY);
  }).listen(path);
}

const [, , which, path] = process.argv;
const CONNECTIONS: Readonly<Record<string, (socket: Socket) => Receive>> = { uwsgi, fastcgi, ready };
if (which === 'http') http(path);
else onNet(CONNECTIONS[which], path);
process.on('SIGTERM', () => process.exit());
