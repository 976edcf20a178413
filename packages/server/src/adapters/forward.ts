// A request that is passed on, and its answer that comes back: for who forwards what an ASGI server gives.
import type { Writable } from 'node:stream';
import { latin1Bytes } from './bytes.js';
import type { HTTPReceive, HTTPSend } from './only-http.js';

/** What is closed when the client goes. */
interface Connection {
  destroy(error?: Error): unknown;
}

/** The request body on its way, and the one who knows when the client goes. */
export class RequestPump {
  /** Whether the client has gone, or has its answer. */
  gone = false;
  private readonly receive: HTTPReceive;
  private readonly connection: Connection;

  constructor(receive: HTTPReceive, connection: Connection) {
    this.receive = receive;
    this.connection = connection;
  }

  /** Passes the body on, `end` after it, then waits for the client's going and closes the connection. Never rejects. */
  async run(
    to: Writable,
    frame: (data: Uint8Array) => readonly Uint8Array[],
    end: () => void,
  ): Promise<void> {
    try {
      for (;;) {
        const event = await this.receive();
        if (event.type !== 'http.request') break;
        const { body, more_body: more } = event;
        if (body !== undefined && body.length > 0) await write(to, frame(body));
        if (more !== true) end();
      }
      this.gone = true;
      this.connection.destroy();
    } catch (error) {
      this.connection.destroy(error as Error);
    }
  }
}

/** Writes, and waits where the receiver is slow. */
async function write(to: Writable, chunks: readonly Uint8Array[]): Promise<void> {
  let isFull = false;
  for (const chunk of chunks) isFull = !to.write(chunk);
  if (isFull && !to.destroyed) await drained(to);
}

/** Resolves when the receiver has taken what waited, or is closed. Leaves no listener behind: a body waits often. */
function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
  });
}

/** The answer as events. */
export class Answer {
  started = false;
  private readonly send: HTTPSend;

  constructor(send: HTTPSend) {
    this.send = send;
  }

  async head(status: number, headers: readonly string[]): Promise<void> {
    const pairs: [Uint8Array, Uint8Array][] = [];
    for (let i = 0; i < headers.length; i += 2) {
      pairs.push([latin1Bytes(headers[i].toLowerCase()), latin1Bytes(headers[i + 1])]);
    }
    this.started = true;
    await this.send({ type: 'http.response.start', status, headers: pairs });
  }

  body(data: Uint8Array): Promise<void> {
    return this.send({ type: 'http.response.body', body: data, more_body: true });
  }

  end(): Promise<void> {
    return this.send({ type: 'http.response.body' });
  }
}
