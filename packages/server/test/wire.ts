import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import {
  encodeRecord,
  encodeStream,
  FCGI_KEEP_CONN,
  FCGI_ROLE,
  FCGI_TYPE,
  FcgiProtocolError,
  FcgiWebServer,
} from '@gatewire/fastcgi';
import { encodeRequest } from '@gatewire/uwsgi';
import { open, readAll } from './client.js';
import type { TestServer } from './client.js';

/** What came of a request. */
export interface Received {
  /** 0 when no head came. */
  readonly status: number;
  readonly body: Buffer;
  /** Whether the response came to its end in the eyes of the protocol. */
  readonly complete: boolean;
}

/** A request that is under way: its body is sent and its response read when a test says so, and not before. */
export interface Conversation {
  /** Sends a piece of the body; resolves when the socket has room for more. */
  write(data: Uint8Array): Promise<void>;
  /** The body is complete. */
  end(): void;
  /** Reads the response to its end, if it has not begun to: only from then on is anything read. */
  response(): Promise<Received>;
  /** Goes away. */
  leave(): void;
}

/** A request by one protocol. `length` is what is said of the body; null says nothing, where the protocol can. */
export interface Wire {
  readonly name: string;
  begin(server: TestServer, method: string, length: number | null): Promise<Conversation>;
}

const NAMES = ['PATH_INFO', '/', 'REQUEST_URI', '/', 'SERVER_PROTOCOL', 'HTTP/1.1', 'HTTP_HOST', 'localhost'];

const uwsgi: Wire = {
  name: 'uwsgi',
  async begin(server, method, length) {
    const socket = await opened(server.uwsgi);
    socket.write(encodeRequest(['REQUEST_METHOD', method, ...NAMES], { contentLength: length ?? 0 })[0]);
    return {
      write: (data) => written(socket, data),
      end: () => undefined,
      async response() {
        const { status, head, body, clean } = await readAll(socket);
        const promised = /^Content-Length: ([0-9]+)$/im.exec(head)?.[1] ?? body.length;
        return { status, body, complete: clean && status > 0 && body.length === Number(promised) };
      },
      leave: () => socket.destroy(),
    };
  },
};

const fastcgi = (keepConn: boolean): Wire => ({
  name: `FastCGI, KEEP_CONN ${keepConn}`,
  async begin(server, method, length) {
    const socket = await opened(server.fastcgi);
    const web = new FcgiWebServer();
    const id = web.begin(FCGI_ROLE.RESPONDER, keepConn ? FCGI_KEEP_CONN : 0);
    const size = length === null ? [] : ['CONTENT_LENGTH', String(length)];
    socket.write(Buffer.concat(web.params(id, ['REQUEST_METHOD', method, ...NAMES, ...size])));
    return {
      // Not by `web.stdin`, which refuses a body without CONTENT_LENGTH: some web servers send one.
      write: (data) => written(socket, Buffer.concat(encodeStream(FCGI_TYPE.STDIN, id, data))),
      end: () => void socket.write(encodeRecord(FCGI_TYPE.STDIN, id)),
      response: () => answerOf(socket, web),
      leave: () => socket.destroy(),
    };
  },
});

const http: Wire = {
  name: 'HTTP',
  async begin(server, method, length) {
    const { host, port } = server.http;
    const headers = length === null ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': length };
    const sent = httpRequest({ host, port, method, agent: false, headers });
    const answer = new Promise<IncomingMessage | null>((resolve) => {
      sent.on('response', resolve);
      sent.on('error', () => resolve(null));
    });
    sent.flushHeaders();
    await once(sent, 'socket');
    return {
      write: (data) => written(sent, data),
      end: () => void sent.end(),
      async response() {
        const response = await answer;
        const parts: Buffer[] = [];
        if (response === null) return { status: 0, body: Buffer.alloc(0), complete: false };
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', () => undefined);
        if (!response.closed) await once(response, 'close').catch(() => undefined);
        return { status: response.statusCode ?? 0, body: Buffer.concat(parts), complete: response.complete };
      },
      leave: () => sent.destroy(),
    };
  },
};

/** Every protocol, without a web server between. */
export const WIRES: readonly Wire[] = [uwsgi, fastcgi(true), fastcgi(false), http];

async function opened(address: TestServer['uwsgi']): Promise<Socket> {
  const socket = await open(address);
  // The server may reset what a test still writes to.
  socket.on('error', () => undefined);
  return socket;
}

/** Resolves when there is room, or the other side has gone. */
async function written(to: Writable, data: Uint8Array): Promise<void> {
  if (to.destroyed || to.write(data)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
  });
}

/** The response as FastCGI has it: complete with END_REQUEST. */
function answerOf(socket: Socket, web: FcgiWebServer): Promise<Received> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    const finish = (complete: boolean): void => {
      const bytes = Buffer.concat(parts);
      const blank = bytes.indexOf('\r\n\r\n');
      const status = Number(/^Status: ([0-9]{3})/m.exec(bytes.toString('latin1', 0, blank))?.[1] ?? 0);
      socket.destroy();
      resolve({ status, body: bytes.subarray(blank + 4), complete });
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        web.receive(chunk);
        for (let event = web.next(); event !== null; event = web.next()) {
          if (event.kind === 'stdout') parts.push(Buffer.from(event.data));
          if (event.kind === 'end') finish(true);
        }
      } catch (error) {
        if (!(error instanceof FcgiProtocolError)) throw error;
        finish(false);
      }
    });
    socket.once('close', () => finish(false));
  });
}
