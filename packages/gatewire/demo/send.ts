import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Answer, DemoRequest } from './exchange.js';

/** An answer, and how long it took in milliseconds from the first byte sent: to its head, and to its end. */
export interface TimedAnswer {
  readonly answer: Answer;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** Sends `request` over HTTP to 127.0.0.1 and reads the whole answer. Rejects when the connection fails. */
export function send(port: number, request: DemoRequest): Promise<TimedAnswer> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: request.method,
        path: request.target,
        headers: Object.fromEntries(request.headers),
        agent: false,
        timeout: 20_000,
      },
      (response) => {
        const firstByteMs = performance.now() - startedAt;
        const chunks: Uint8Array[] = [];
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = answerOf(response, Buffer.concat(chunks));
          resolve({ answer, firstByteMs, totalMs: performance.now() - startedAt });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 20 s')));
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

function answerOf(response: IncomingMessage, body: Buffer): Answer {
  const { statusCode: status = 0, statusMessage: reason = '', rawHeaders } = response;
  const headers: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) headers.push([rawHeaders[i], rawHeaders[i + 1]]);
  return { status, reason, headers, body: body.toString('utf8') };
}
