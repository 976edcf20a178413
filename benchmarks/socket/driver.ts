// Keeps a server at a unix socket busy from a process of its own: several connections, on each of them one request after
// the other. Says how many were answered; what the server took for it, others look up. Every answer is checked.
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What is sent, and whether the connection is kept for the next one. */
export interface Talk {
  /** The bytes of a request, in base64. */
  readonly request: string;
  readonly keep: boolean;
}

/** Connections that are busy at once. */
export const CONNECTIONS = 8;

/** What every answer has to hold. */
const BODY = Buffer.alloc(1024, 'b');

/** Sends requests until `go` says no, and resolves to how many were answered when the last answer is complete. */
export async function drive(path: string, { request, keep }: Talk, go: () => boolean): Promise<number> {
  const bytes = Buffer.from(request, 'base64');
  const one = keep ? kept : closed;
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => one(path, bytes, go)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A connection for each request. */
async function closed(path: string, request: Buffer, go: () => boolean): Promise<number> {
  let count = 0;
  for (; go(); count++) {
    await new Promise<void>((resolve, reject) => {
      const socket = open(path, reject);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('close', () => {
        if (isRight(Buffer.concat(chunks))) resolve();
        else reject(new Error(`not the answer: ${Buffer.concat(chunks).toString('latin1', 0, 200)}`));
      });
      socket.write(request);
    });
  }
  return count;
}

/** One connection for all of them. */
function kept(path: string, request: Buffer, go: () => boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = open(path, reject);
    let count = 0;
    let answer: Buffer = Buffer.alloc(0);
    let over = false;
    const next = (): void => {
      over = !go();
      if (over) socket.destroy();
      else socket.write(request);
    };
    socket.on('data', (chunk) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      if (!isComplete(answer)) return;
      answer = Buffer.alloc(0);
      count++;
      next();
    });
    socket.on('close', () => {
      if (over) resolve(count);
      else reject(new Error('the server has closed a connection that was to be kept'));
    });
    next();
  });
}

function open(path: string, fail: (error: Error) => void): Socket {
  return connect(path).on('error', fail);
}

/** Whether END_REQUEST, whose record has 16 bytes, or the end of the body of an HTTP message has come. */
function isComplete(answer: Buffer): boolean {
  const last = answer.length - 16;
  const ended = answer[0] === 1 ? answer[last] === 1 && answer[last + 1] === 3 : true;
  return ended && isRight(answer);
}

function isRight(answer: Buffer): boolean {
  return answer.includes('\r\n\r\n') && answer.includes(BODY);
}

async function main(path: string, said: Talk, warmUp: number): Promise<void> {
  let left = warmUp;
  await drive(path, said, () => left-- > 0);
  process.on('message', ({ milliseconds }: { milliseconds: number }) => {
    const end = performance.now() + milliseconds;
    void drive(path, said, () => performance.now() < end).then((operations) => process.send?.(operations));
  });
  process.send?.('ready');
}

const [, , flag, path, said, warmUp] = process.argv;
if (flag === '--drive') void main(path, JSON.parse(said) as Talk, Number(warmUp));
