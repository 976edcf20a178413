import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FCGI_KEEP_CONN, FCGI_ROLE, FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiResponseEvent, FcgiWebServerOptions } from '@gatewire/fastcgi';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import type { ResponseHead } from '@gatewire/fastcgi/cgi';

/** Source of a program in `programs/`. */
export function programText(name: string): string {
  return readFileSync(new URL(`./programs/${name}`, import.meta.url), 'utf8');
}

/** What came back for one request. */
export interface Answer {
  readonly status: number;
  /** Names in lower case; of one that comes twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** Latin-1. */
  readonly body: string;
  /** Latin-1. */
  readonly stderr: string;
  readonly appStatus: number;
  readonly protocolStatus: number;
  /** Whether an empty STDOUT record came before END_REQUEST. */
  readonly stdoutEnded: boolean;
}

/** One request that is under way. */
interface Pending {
  readonly head: ResponseHeadDecoder;
  response: ResponseHead | null;
  readonly body: Buffer[];
  readonly stderr: Buffer[];
  stdoutEnded: boolean;
  resolve(answer: Answer): void;
}

/** Options of {@link FcgiConnection.ask}. */
export interface AskOptions {
  readonly body?: Uint8Array;
  /** Leave the body open. */
  readonly unfinished?: boolean;
  /** Default true. */
  readonly keepConn?: boolean;
}

/** A web server's connection to an application: {@link FcgiWebServer} and node:net. */
export class FcgiConnection {
  /** Resolves when the application has closed, with what was wrong with its bytes, if something was. */
  readonly closed: Promise<unknown>;
  /** Events that belong to no request. */
  readonly others: FcgiResponseEvent[] = [];
  private readonly server: FcgiWebServer;
  private readonly socket: Socket;
  private readonly pending = new Map<number, Pending>();
  private readonly given = new Set<number>();
  private failure: unknown = null;

  constructor(path: string, options?: FcgiWebServerOptions) {
    this.server = new FcgiWebServer(options);
    this.socket = connect(path);
    this.socket.on('error', (error) => (this.failure ??= error));
    this.socket.on('data', (chunk) => this.guarded(() => this.receive(chunk)));
    this.socket.on('end', () => this.guarded(() => this.server.finish()));
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve(this.failure)));
  }

  /** Sends a request and gives its id and what will come back; rejects when the application closes before. */
  begin(
    pairs: readonly string[],
    { body, unfinished, keepConn = true }: AskOptions = {},
  ): [number, Promise<Answer>] {
    const { server } = this;
    const id = server.begin(FCGI_ROLE.RESPONDER, keepConn ? FCGI_KEEP_CONN : 0);
    const method = pairs[pairs.indexOf('REQUEST_METHOD') + 1];
    const answer = new Promise<Answer>((resolve, reject) => {
      const head = new ResponseHeadDecoder({ forms: 'cgi', method });
      this.pending.set(id, { head, response: null, body: [], stderr: [], stdoutEnded: false, resolve });
      void this.closed.then((why) =>
        reject(new Error(`closed before the end of request ${id}: ${String(why)}`)),
      );
    });
    this.send(server.params(id, pairs));
    if (body !== undefined) this.send(server.stdin(id, body));
    if (unfinished !== true) this.send(server.stdinEnd(id));
    return [id, answer];
  }

  /** Sends a request, and waits for its answer. */
  ask(pairs: readonly string[], options?: AskOptions): Promise<Answer> {
    return this.begin(pairs, options)[1];
  }

  /** Gives a request up: its answer has what came before. */
  abort(id: number): void {
    this.given.add(id);
    this.send(this.server.abort(id));
  }

  getValues(): void {
    this.send(this.server.getValues());
  }

  close(): void {
    this.socket.destroy();
  }

  private send(records: readonly Uint8Array[]): void {
    for (const record of records) this.socket.write(record);
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failure ??= error;
      this.socket.destroy();
    }
  }

  private receive(chunk: Uint8Array): void {
    this.server.receive(chunk);
    for (let event = this.server.next(); event !== null; event = this.server.next()) this.handle(event);
  }

  private handle(event: FcgiResponseEvent): void {
    if (event.kind === 'values' || event.kind === 'unknownType') {
      this.others.push(event);
      return;
    }
    const pending = this.pending.get(event.requestId);
    // A request that was given up may end twice.
    if (pending === undefined && event.kind === 'end' && this.given.has(event.requestId)) return;
    if (pending === undefined) throw new Error(`${event.kind} for request ${event.requestId}, which is over`);
    if (event.kind === 'end') {
      this.pending.delete(event.requestId);
      pending.resolve(answerOf(pending, event.appStatus, event.protocolStatus));
    } else if (event.kind === 'stdoutEnd') pending.stdoutEnded = true;
    else if (event.kind === 'stdout') pass(pending, event.data);
    else pending.stderr.push(Buffer.from(event.data));
  }
}

function pass(pending: Pending, data: Uint8Array): void {
  const { head, body } = pending;
  head.receive(data);
  for (let event = head.next(); event !== null; event = head.next()) {
    if (event.kind === 'head') pending.response = event;
    else if (event.kind === 'body') body.push(Buffer.from(event.data));
  }
}

function answerOf(pending: Pending, appStatus: number, protocolStatus: number): Answer {
  const { response, body, stderr, stdoutEnded } = pending;
  const { headers } = response ?? { headers: [] };
  const named = headers.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), headers[i + 1]]] : []));
  return {
    status: response?.status ?? 0,
    headers: Object.fromEntries(named) as Record<string, string>,
    body: Buffer.concat(body).toString('latin1'),
    stderr: Buffer.concat(stderr).toString('latin1'),
    appStatus,
    protocolStatus,
    stdoutEnded,
  };
}
