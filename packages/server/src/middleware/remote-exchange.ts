// What the protocols of remote() have in common.
import type { Socket } from 'node:net';
import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
import type { VariablesOptions } from '@gatewire/environ/variables';
import type { HTTPScope } from '@gatewire/interfaces';
import type { Answer, RequestPump } from '../adapters/forward.js';

/** The other server failed, with the status that tells the client. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly status: 502 | 504;

  constructor(status: 502 | 504, message: string) {
    super(message);
    this.status = status;
  }
}

/** One request to another server, over a connection of its own. */
export interface RemoteCall {
  readonly scope: HTTPScope;
  readonly socket: Socket;
  readonly body: RequestPump;
  readonly answer: Answer;
  readonly variables: VariablesOptions;
}

/** Sends a request by one protocol and delivers the answer. @throws RemoteError, EnvironError. */
export type RemoteExchange = (call: RemoteCall) => Promise<void>;

/** Reads a response of CGI or HTTP form, as uwsgi and FastCGI applications write it. */
export class AnswerReader {
  private readonly decoder: ResponseHeadDecoder;
  private readonly answer: Answer;
  private ended = false;

  constructor(method: string, answer: Answer) {
    this.decoder = new ResponseHeadDecoder({ method });
    this.answer = answer;
  }

  async receive(chunk: Uint8Array): Promise<void> {
    this.decoder.receive(chunk);
    await this.drain();
  }

  /** @throws RemoteError when the response is not complete. */
  async finish(): Promise<void> {
    understood(() => this.decoder.finish());
    await this.drain();
    if (!this.ended) throw new RemoteError(502, 'Bad Gateway');
    await this.answer.end();
  }

  private async drain(): Promise<void> {
    const next = (): ReturnType<ResponseHeadDecoder['next']> => understood(() => this.decoder.next());
    for (let event = next(); event !== null; event = next()) {
      if (event.kind === 'head') await this.answer.head(event.status, event.headers);
      else if (event.kind === 'body') await this.answer.body(event.data);
      else if (event.kind === 'bodyEnd') {
        if (event.missing > 0) throw new RemoteError(502, `${event.missing} bytes of the body are missing`);
        this.ended = true;
      }
    }
  }
}

/** @throws RemoteError 502 for a response that is none, or ends in its head. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ResponseHeadError ? new RemoteError(502, 'Bad Gateway') : error;
  }
}

/** What a socket receives. A connection that breaks is a {@link RemoteError}. */
export async function* received(socket: Socket): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of socket) yield chunk as Uint8Array;
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    throw new RemoteError(502, 'Bad Gateway');
  }
}
