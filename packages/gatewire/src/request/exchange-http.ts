import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { headLines } from './delivery.js';
import type { Head } from './delivery.js';
import { RequestFailure } from './failure.js';
import { headerIn } from './headers.js';
import type { OutgoingRequest, Outputs } from './outgoing.js';
import { broken, received, sendBody } from './send.js';

/** Sends a request over HTTP and delivers the answer. */
export async function exchangeHttp(
  socket: Socket,
  request: OutgoingRequest,
  outputs: Outputs,
): Promise<void> {
  const { method, target, body } = request;
  const length = body === null ? [] : ['Content-Length', String(body.bytes)];
  const connection = headerIn(request.headers, 'connection') === null ? ['Connection', 'close'] : [];
  const headers = [...request.headers, ...length, ...connection];
  outputs.trace.lines('>', headLines({ line: `${method} ${target} HTTP/1.1`, status: 0, headers }));
  try {
    const outgoing = httpRequest({ createConnection: () => socket, method, path: target, headers });
    const answering = answerOf(outgoing);
    outgoing.on('information', ({ httpVersion, statusCode, statusMessage, rawHeaders }) => {
      const line = `HTTP/${httpVersion} ${statusCode} ${statusMessage}`;
      outputs.trace.lines('<', headLines({ line, status: statusCode, headers: rawHeaders }));
    });
    const sending = sendOn(outgoing, socket, request);
    await deliver(await answering, outputs);
    socket.destroy();
    await sending;
  } catch (error) {
    throw failureOf(error as NodeJS.ErrnoException, socket);
  }
}

/** A response, and the body that follows it. */
interface Answer {
  readonly response: IncomingMessage;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Resolves with the answer: after a 101 its body is whatever comes. */
function answerOf(outgoing: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', (response) => resolve({ response, body: response as AsyncIterable<Uint8Array> }));
    outgoing.on('upgrade', (response, socket: Socket, first) =>
      resolve({ response, body: following(first, socket) }),
    );
    outgoing.on('error', reject); // of a late one whoever reads the body learns
    outgoing.on('close', () => reject(new RequestFailure(52, 'closed without an answer')));
  });
}

async function* following(first: Uint8Array, socket: Socket): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* received(socket);
}

async function sendOn(outgoing: ClientRequest, socket: Socket, { body }: OutgoingRequest): Promise<void> {
  outgoing.flushHeaders();
  await sendBody(socket, body, (chunk) => {
    outgoing.write(chunk);
    return [];
  });
  outgoing.end();
}

async function deliver({ response, body }: Answer, { delivery, trace }: Outputs): Promise<void> {
  const { httpVersion, statusCode: status = 0, statusMessage = '', rawHeaders } = response;
  const line = `HTTP/${httpVersion} ${status} ${statusMessage}`.trimEnd();
  const head: Head = { line, status, headers: rawHeaders };
  trace.lines('<', headLines(head));
  await delivery.head(head);
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    await delivery.body(chunk);
  }
  trace.note(`${bytes} bytes of body`);
}

function failureOf(error: NodeJS.ErrnoException, socket: Socket): Error {
  if (error instanceof RequestFailure) return error;
  if (socket.errored instanceof RequestFailure) return socket.errored;
  const code = error.code ?? '';
  if (code.startsWith('HPE_')) return new RequestFailure(8, `the answer is malformed HTTP: ${error.message}`);
  if (code !== 'ECONNRESET' && code !== 'EPIPE') return error;
  const isClosed = socket.errored === null && socket.bytesRead === 0;
  return isClosed ? new RequestFailure(52, 'closed without an answer') : broken(socket, error);
}
