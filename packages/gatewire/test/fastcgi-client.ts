import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FCGI_KEEP_CONN, FCGI_ROLE, FcgiWebServer } from '@gatewire/fastcgi';

/** A request on its way. */
export interface Asked {
  /** Resolves with the first piece of the response. */
  readonly begun: Promise<void>;
  /** The response as the application's side sent it, with its head. Rejects when the connection ends before it does. */
  readonly answer: Promise<string>;
}

/** The web server's side of a connection that stays open, for one GET after the other. */
export class FastcgiClient {
  private readonly socket: Socket;
  private readonly web = new FcgiWebServer();

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  /** `address` is `127.0.0.1:port` or `unix:/path`. */
  static async open(address: string): Promise<FastcgiClient> {
    const [host, port] = address.split(':');
    const socket = host === 'unix' ? connect(port) : connect(Number(port), host);
    await once(socket, 'connect');
    return new FastcgiClient(socket);
  }

  /** Sends GET `path` as nginx's `fastcgi_params` have it. */
  get(path: string): Asked {
    const { socket, web } = this;
    const id = web.begin(FCGI_ROLE.RESPONDER, FCGI_KEEP_CONN);
    const pairs = [
      ...['REQUEST_METHOD', 'GET', 'SCRIPT_NAME', path, 'REQUEST_URI', path, 'DOCUMENT_URI', path],
      ...['SERVER_PROTOCOL', 'HTTP/1.1', 'SERVER_NAME', 'localhost', 'REMOTE_ADDR', '192.0.2.7'],
    ];
    for (const chunk of [...web.params(id, pairs), ...web.stdinEnd(id)]) socket.write(chunk);
    let tell = (): void => undefined;
    const begun = new Promise<void>((resolve) => (tell = resolve));
    return { begun, answer: this.read(tell) };
  }

  /** Whether the other side closes within `ms` milliseconds. */
  async closes(ms: number): Promise<boolean> {
    if (this.socket.closed) return true;
    const timer = new Promise<false>((resolve) => setTimeout(resolve, ms, false).unref());
    return Promise.race([once(this.socket, 'close').then(() => true), timer]);
  }

  destroy(): void {
    this.socket.destroy();
  }

  private read(began: () => void): Promise<string> {
    const { socket, web } = this;
    return new Promise((resolve, reject) => {
      let text = '';
      const receive = (chunk: Buffer): void => {
        web.receive(chunk);
        for (let event = web.next(); event !== null; event = web.next()) {
          if (event.kind === 'stdout') text += Buffer.from(event.data).toString('latin1');
          if (event.kind === 'stdout') began();
          if (event.kind !== 'end') continue;
          socket.off('data', receive);
          resolve(text);
        }
      };
      socket.on('data', receive);
      socket.once('close', () => reject(new Error('closed before END_REQUEST')));
    });
  }
}
