import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { FcgiApplication } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';

/** A request as the application saw it. */
export interface Seen {
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
  readonly requestId: number;
  readonly role: number;
  readonly keepConn: boolean;
  readonly pairs: readonly string[];
  readonly contentLength: number | null;
  readonly body: Buffer;
  /** Whether it was given up before its body was complete. */
  readonly aborted: boolean;
}

/** An application made of {@link FcgiApplication} and node:net, behind real web servers. */
export interface TestApplication {
  readonly port: number;
  /** The next request, or what was wrong with a connection; oldest first; waits for it. */
  seen(): Promise<Seen | Error>;
  /** Forgets what nobody has asked for. */
  forget(): void;
  /** Bytes that came on all connections. */
  received(): Buffer;
  close(): Promise<void>;
}

type Request = Extract<FcgiRequestEvent, { kind: 'request' }>;

/** Starts one. What it answers, the path says: see `answer` below. */
export async function startApplication(): Promise<TestApplication> {
  const reports = new Queue<Seen | Error>();
  const meeting: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => received.push(chunk));
    new Connection(socket, ++connections, reports, meeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => reports.take(),
    forget: () => reports.clear(),
    received: () => Buffer.concat(received),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One connection. It writes without looking at backpressure: the responses are small. */
class Connection {
  private readonly application = new FcgiApplication();
  private readonly open = new Map<number, { readonly request: Request; readonly body: Buffer[] }>();
  private readonly socket: Socket;
  private readonly number: number;
  private readonly reports: Queue<Seen | Error>;
  private readonly meeting: (() => void)[];

  constructor(socket: Socket, number: number, reports: Queue<Seen | Error>, meeting: (() => void)[]) {
    this.socket = socket;
    this.number = number;
    this.reports = reports;
    this.meeting = meeting;
    // A web server that has its answer may reset the connection.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => this.guarded(() => this.application.receive(chunk)));
    socket.on('end', () => this.guarded(() => this.application.finish()));
  }

  private guarded(feed: () => void): void {
    try {
      feed();
      for (let event = this.application.next(); event !== null; event = this.application.next())
        this.handle(event);
      this.send(this.application.takeReplies());
    } catch (error) {
      this.reports.put(error as Error);
      this.socket.destroy();
    }
    this.closeIfDone();
  }

  private handle(event: FcgiRequestEvent): void {
    if (event.kind === 'request') this.open.set(event.requestId, { request: event, body: [] });
    const entry = this.open.get(event.requestId);
    if (entry === undefined)
      throw new Error(`${event.kind} for request ${event.requestId}, which is not open`);
    if (event.kind === 'body') entry.body.push(Buffer.from(event.data));
    if (event.kind !== 'bodyEnd' && event.kind !== 'abort') return;
    this.open.delete(event.requestId);
    const { requestId, role, keepConn, pairs, contentLength } = entry.request;
    const body = Buffer.concat(entry.body);
    const aborted = event.kind === 'abort';
    this.reports.put({
      ...{ connection: this.number, requestId, role, keepConn, pairs, contentLength, body, aborted },
    });
    if (aborted) this.send(this.application.end(requestId));
    else this.answer(entry.request, body);
  }

  /** The path of the target says what: `/app/echo`, `/app/big/N`, `/app/stderr`, `/app/missing`, `/app/meet/N`. */
  private answer({ requestId, role, pairs }: Request, body: Buffer): void {
    const [, , what, count] = (valueOf(pairs, 'REQUEST_URI') ?? '').replace(/\?.*/, '').split('/');
    const isHead = valueOf(pairs, 'REQUEST_METHOD') === 'HEAD';
    const respond = (status: number, text: Uint8Array): void => {
      const head = encodeResponseHead(status, ['Content-Type', 'text/plain', 'X-Seen', 'yes'], {
        form: 'cgi',
      });
      this.send(this.application.stdout(requestId, head));
      if (!isHead) this.send(this.application.stdout(requestId, text));
      this.send(this.application.end(requestId));
      this.closeIfDone();
    };
    if (role === 2) this.authorize(requestId, pairs);
    else if (what === 'echo') respond(200, body);
    else if (what === 'big') respond(200, Buffer.alloc(Number(count), 'x'));
    else if (what === 'missing') respond(404, Buffer.from('not here\n'));
    else if (what === 'stderr') {
      this.send(this.application.stderr(requestId, Buffer.from('said on stderr\n')));
      respond(200, Buffer.from('done\n'));
    } else if (what === 'meet') {
      this.meeting.push(() => respond(200, Buffer.from(`met as ${requestId}\n`)));
      // The last one to come is answered first.
      if (this.meeting.length === Number(count)) for (const go of this.meeting.splice(0).reverse()) go();
    } else respond(200, Buffer.from('ours'));
  }

  /** §6.3: 200 lets the request pass, anything else goes to the client. */
  private authorize(requestId: number, pairs: readonly string[]): void {
    const allowed =
      valueOf(pairs, 'HTTP_X_WORD') === 'sesame' || valueOf(pairs, 'REMOTE_PASSWD') === 'sesame';
    const [status, field, text] = allowed ? [200, 'Variable-LEVEL', ''] : [403, 'X-Refused', 'go away\n'];
    const head = encodeResponseHead(status, ['Content-Type', 'text/plain', field, '7'], { form: 'cgi' });
    this.send(this.application.stdout(requestId, head));
    this.send(this.application.stdout(requestId, Buffer.from(text)));
    this.send(this.application.end(requestId));
    this.closeIfDone();
  }

  private send(records: readonly Uint8Array[]): void {
    for (const record of records) this.socket.write(record);
  }

  private closeIfDone(): void {
    if (this.application.shouldClose && !this.socket.writableEnded) this.socket.end();
  }
}

/** The first value of a variable. */
export function valueOf(pairs: readonly string[], name: string): string | undefined {
  const at = pairs.findIndex((text, i) => i % 2 === 0 && text === name);
  return at < 0 ? undefined : pairs[at + 1];
}

/** What is put comes out in order; who asks before has to wait. */
class Queue<T> {
  private readonly items: T[] = [];
  private readonly waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const next = this.waiting.shift();
    if (next === undefined) this.items.push(item);
    else next(item);
  }

  take(): Promise<T> {
    const first = this.items.shift();
    return first === undefined
      ? new Promise((resolve) => this.waiting.push(resolve))
      : Promise.resolve(first);
  }

  clear(): void {
    this.items.length = 0;
  }
}
