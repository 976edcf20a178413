import type { Duplex } from 'node:stream';
import type { Environ } from '@gatewire/environ';
import type { HTTPScope, WebSocketScope } from '@gatewire/interfaces';
import type { BodyQueue } from './body-queue.js';
import { ClientGone } from './client.js';
import type { Client } from './client.js';

/** One request and the way to its response: what a protocol's connection gives to an application's runner. */
export interface Exchange {
  /** CGI variables. */
  readonly environ: Environ;
  /** Builds the scope: of a WebSocket where the connection can become one, otherwise of HTTP. */
  readonly scope: () => HTTPScope | WebSocketScope;
  readonly body: BodyQueue;
  readonly client: Client;
  readonly response: ResponseSink;
  /** The handshake of a WebSocket, when the client asks for one and the protocol can carry it. */
  readonly upgrade: Upgrade | null;
}

/** Where a response goes. The runner has already checked everything that it passes on. */
export interface ResponseSink {
  /** Stores the head; it leaves with the first `write`, or with `end`. `headers` is flat. */
  head(status: number, reason: string, headers: readonly string[]): void;
  /**
   * Sends bytes, none perhaps: then the head alone. A promise when the receiver is slow: wait for it before sending
   * more. Rejects with `ClientGone`.
   */
  write(data: Uint8Array): Promise<void> | undefined;
  /** Ends the response, with a last piece of it perhaps. */
  end(data?: Uint8Array): void;
  /** Gives up half-way, so that the receiver sees that the body is not complete wherever the protocol can tell. */
  cut(): void;
  /** Sends a 103 with these values of `Link`; null where the protocol has no interim responses. */
  readonly earlyHints: ((links: readonly string[]) => void) | null;
  /** Stores fields for behind the body; null where there can be none. */
  readonly trailers: ((fields: readonly (readonly [string, string])[]) => void) | null;
}

/** A connection that becomes a WebSocket when the application accepts it. */
export interface Upgrade {
  /** Gives the connection away, paused, with the bytes that came early. The response sink must not be used any more. */
  take(): { readonly socket: Duplex; readonly early: Buffer };
  /** For the access log: the handshake is done; payload came and went; the connection ended by a closing handshake. */
  switched(): void;
  count(bytesIn: number, bytesOut: number): void;
  ended(): void;
}

/**
 * Answers with a status and a line of text: for what the server itself has to say. Nothing of an error leaks. Does nothing
 * when nobody waits for it any more.
 */
export function sendPlain(
  sink: ResponseSink,
  method: string,
  status: number,
  reason: string,
  line: string = reason,
  headers: readonly string[] = [],
): void {
  const text = Buffer.from(`${line}\n`, 'latin1');
  const plain = ['Content-Type', 'text/plain; charset=iso-8859-1', 'Content-Length', String(text.length)];
  try {
    sink.head(status, reason, [...plain, ...headers]);
    sink.end(method === 'HEAD' ? undefined : text);
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
  }
}
