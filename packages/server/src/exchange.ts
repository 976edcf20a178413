import type { Environ } from '@gatewire/environ';
import type { BodyQueue } from './body-queue.js';

/** One request and the way to its response: what a protocol's connection gives to an application's runner. */
export interface Exchange {
  /** CGI variables. */
  readonly environ: Environ;
  readonly body: BodyQueue;
  /** Aborted when nobody waits for the response any more. */
  readonly signal: AbortSignal;
  readonly response: ResponseSink;
}

/** Where a response goes. The runner has already checked everything that it passes on. */
export interface ResponseSink {
  /** Stores the head; it leaves with the first `write`, or with `end`. `headers` is flat. */
  head(status: number, reason: string, headers: readonly string[]): void;
  /** Sends bytes. A promise when the receiver is slow: wait for it before sending more. Rejects with `ClientGone`. */
  write(data: Uint8Array): Promise<void> | undefined;
  /** Ends the response, with a last piece of it perhaps. */
  end(data?: Uint8Array): void;
  /** Gives up half-way, so that the receiver sees that the body is not complete wherever the protocol can tell. */
  cut(): void;
}

/** Answers with a status and a line of text: for what the server itself has to say. Nothing of an error leaks. */
export function sendPlain(
  sink: ResponseSink,
  method: string,
  status: number,
  reason: string,
  line: string = reason,
): void {
  const text = Buffer.from(`${line}\n`, 'latin1');
  const headers = ['Content-Type', 'text/plain; charset=iso-8859-1', 'Content-Length', String(text.length)];
  sink.head(status, reason, headers);
  sink.end(method === 'HEAD' ? undefined : text);
}
