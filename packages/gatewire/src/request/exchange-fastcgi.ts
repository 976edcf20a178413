import type { Socket } from 'node:net';
import { FCGI_PROTOCOL_STATUS, FcgiProtocolError, FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiResponseEvent } from '@gatewire/fastcgi';
import { RequestFailure } from './failure.js';
import type { OutgoingRequest, Outputs } from './outgoing.js';
import { ResponseReader } from './response-reader.js';
import { received, send, sendBody } from './send.js';
import type { Trace } from './trace.js';

/**
 * Sends a request over FastCGI and delivers the answer, which END_REQUEST ends.
 *
 * @throws RangeError when FastCGI cannot carry the variables: a NUL, or more than 65,535 bytes in one.
 */
export async function exchangeFastcgi(
  socket: Socket,
  pairs: readonly string[],
  request: OutgoingRequest,
  outputs: Outputs,
): Promise<void> {
  const webServer = new FcgiWebServer({ emptyNames: 'accept' });
  const id = webServer.begin();
  const out = (chunks: readonly Uint8Array[]): readonly Uint8Array[] => traced(outputs.trace, chunks);
  const head = out(webServer.params(id, pairs));
  const sending = send(socket, head)
    .then(() => sendBody(socket, request.body, (chunk) => out(webServer.stdin(id, chunk))))
    .then((isComplete) => (isComplete ? send(socket, out(webServer.stdinEnd(id))) : false));
  const answer = new FastcgiAnswer(webServer, request.method, outputs);
  for await (const chunk of received(socket)) {
    outputs.trace.records('<', chunk);
    if (await answer.receive(chunk)) break;
  }
  await answer.finish();
  socket.destroy();
  await sending;
}

function traced(trace: Trace, chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  for (const chunk of chunks) trace.records('>', chunk);
  return chunks;
}

/** What comes back for the one request of a connection. */
class FastcgiAnswer {
  private readonly webServer: FcgiWebServer;
  private readonly reader: ResponseReader;
  private readonly outputs: Outputs;
  private end: Extract<FcgiResponseEvent, { kind: 'end' }> | null = null;
  private received = 0;
  private isStdoutEnded = false;

  constructor(webServer: FcgiWebServer, method: string, outputs: Outputs) {
    this.webServer = webServer;
    this.reader = new ResponseReader(method, outputs.delivery, outputs.trace);
    this.outputs = outputs;
  }

  /** `true` when the request has ended. */
  async receive(chunk: Uint8Array): Promise<boolean> {
    this.received += chunk.length;
    this.webServer.receive(chunk);
    for (let event = this.next(); event !== null; event = this.next()) {
      if (event.kind === 'stdout') await this.reader.receive(event.data);
      else if (event.kind === 'stderr') this.outputs.log(event.data);
      else if (event.kind === 'stdoutEnd') this.isStdoutEnded = true;
      else if (event.kind === 'end') this.end = event;
    }
    return this.end !== null;
  }

  /** @throws RequestFailure 52, 18 or 8 when it is no complete answer. */
  async finish(): Promise<void> {
    const { end, reader } = this;
    if (this.received === 0) throw new RequestFailure(52, 'closed without an answer');
    if (end === null) {
      const got = this.isStdoutEnded ? 'its end' : `${reader.bytes} bytes of it`;
      throw new RequestFailure(18, `closed without END_REQUEST; of the answer ${got} had come`);
    }
    if (end.protocolStatus !== FCGI_PROTOCOL_STATUS.REQUEST_COMPLETE) throw refused(end.protocolStatus);
    if (end.appStatus !== 0) this.outputs.trace.note(`the application ended with status ${end.appStatus}`);
    await reader.finish();
  }

  private next(): FcgiResponseEvent | null {
    try {
      return this.webServer.next();
    } catch (error) {
      if (error instanceof FcgiProtocolError)
        throw new RequestFailure(8, `this is no FastCGI: ${error.message}`);
      throw error;
    }
  }
}

function refused(status: number): RequestFailure {
  const names: Readonly<Record<string, number>> = FCGI_PROTOCOL_STATUS;
  const name = Object.keys(names).find((key) => names[key] === status) ?? `protocol status ${status}`;
  return new RequestFailure(8, `the application refused the request: ${name}`);
}
