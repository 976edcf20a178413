import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Traffic } from './exchange.js';

/** Bytes kept of each direction: the largest packet, and a little of the body after it. */
const KEPT_BYTES = 4 + 65_535 + 256;

/** Something between a web server and an application server that passes everything on and remembers it. */
export interface Tap {
  /** `127.0.0.1:port`, for `uwsgi_pass` or `fastcgi_pass`. */
  readonly address: string;
  /** What went to the application server on the connection that was opened last, and what came back. */
  last(): { readonly sent: Traffic; readonly returned: Traffic };
  close(): Promise<void>;
}

/** Starts a tap in front of `target`. */
export async function startTap(target: { readonly host: string; readonly port: number }): Promise<Tap> {
  let sent = new Recording();
  let returned = new Recording();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    client.on('data', (sent = new Recording()).record);
    upstream.on('data', (returned = new Recording()).record);
    join(client, upstream, sockets);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    last: () => ({ sent: sent.traffic(), returned: returned.traffic() }),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Both ways, each end passed on; an error on one side ends the other. */
function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  }
}

class Recording {
  private readonly chunks: Uint8Array[] = [];
  private kept = 0;
  private size = 0;
  private reads = 0;

  readonly record = (chunk: Uint8Array): void => {
    const start = chunk.subarray(0, KEPT_BYTES - this.kept);
    if (start.length > 0) this.chunks.push(start);
    this.kept += start.length;
    this.size += chunk.length;
    this.reads++;
  };

  traffic(): Traffic {
    return { start: Buffer.concat(this.chunks), size: this.size, reads: this.reads };
  }
}
