import type { Socket } from 'node:net';
import { FCGI_KEEP_CONN, FCGI_ROLE, FcgiWebServer } from '@gatewire/fastcgi';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import type { ResponseHead } from '@gatewire/fastcgi/cgi';
import type { BoundAddress } from '@gatewire/server';
import { open } from './client.js';

/** What came of one request. */
export interface FastcgiAnswer {
  readonly head: ResponseHead | null;
  readonly body: Buffer;
  /** Whether END_REQUEST came. */
  readonly ended: boolean;
}

/** A connection to a FastCGI listener, for one request after the other. */
export class FastcgiClient {
  private readonly socket: Socket;
  private readonly web = new FcgiWebServer();

  constructor(socket: Socket) {
    this.socket = socket;
  }

  static async open(address: BoundAddress): Promise<FastcgiClient> {
    return new FastcgiClient(await open(address));
  }

  /** Sends a request and reads its response; resolves early when the connection ends. */
  request(pairs: readonly string[], body: Uint8Array, keepConn: boolean): Promise<FastcgiAnswer> {
    const { web, socket } = this;
    const id = web.begin(FCGI_ROLE.RESPONDER, keepConn ? FCGI_KEEP_CONN : 0);
    const all = ['CONTENT_LENGTH', body.length === 0 ? '' : String(body.length), ...pairs];
    for (const chunk of [...web.params(id, all), ...web.stdin(id, body), ...web.stdinEnd(id)])
      socket.write(chunk);
    const heads = new ResponseHeadDecoder();
    const parts: Buffer[] = [];
    let head: ResponseHead | null = null;
    return new Promise((resolve) => {
      const finish = (ended: boolean): void => {
        socket.removeListener('data', receive);
        resolve({ head, body: Buffer.concat(parts), ended });
      };
      const receive = (chunk: Buffer): void => {
        web.receive(chunk);
        for (let event = web.next(); event !== null; event = web.next()) {
          if (event.kind === 'end') finish(true);
          if (event.kind !== 'stdout') continue;
          heads.receive(event.data);
          for (let piece = heads.next(); piece !== null; piece = heads.next()) {
            if (piece.kind === 'head') head = piece;
            if (piece.kind === 'body') parts.push(Buffer.from(piece.data));
          }
        }
      };
      socket.on('data', receive);
      socket.on('error', () => undefined);
      socket.once('close', () => finish(false));
    });
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Whether the other side closes within `ms`. */
  closes(ms: number): Promise<boolean> {
    if (this.socket.closed) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.socket.once('close', () => {
        clearTimeout(timer);
        resolve(true);
      });
      this.socket.resume();
    });
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** One request like `fetch`, on a connection of its own. */
export async function overFastcgi(
  address: BoundAddress,
  path: string,
  init: RequestInit = {},
  keepConn: boolean = false,
): Promise<Response> {
  const [pathInfo, query = ''] = path.split('?');
  const client = await FastcgiClient.open(address);
  const pairs = [
    ...[
      'REQUEST_METHOD',
      init.method ?? 'GET',
      'REQUEST_URI',
      path,
      'SCRIPT_NAME',
      Buffer.from(decodeURI(pathInfo)).toString('latin1'),
    ],
    ...[
      'DOCUMENT_URI',
      Buffer.from(decodeURI(pathInfo)).toString('latin1'),
      'QUERY_STRING',
      query,
      'SERVER_PROTOCOL',
      'HTTP/1.1',
    ],
    ...['HTTP_HOST', 'localhost', 'REMOTE_ADDR', '127.0.0.1', 'SERVER_NAME', 'localhost'],
  ];
  const body = (init.body as Uint8Array | undefined) ?? new Uint8Array(0);
  const { head, body: text } = await client.request(pairs, body, keepConn);
  client.destroy();
  if (head === null) throw new Error('no response');
  const headers = head.headers.flatMap((name, i) => (i % 2 === 0 ? [[name, head.headers[i + 1]]] : []));
  const bodyless = init.method === 'HEAD' || head.status === 204 || head.status === 304;
  return new Response(bodyless ? null : text, {
    status: head.status,
    headers: headers as [string, string][],
  });
}
