import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What became of the requests of {@link startLoad}. */
export interface LoadResult {
  /** Whole responses with status 200. */
  readonly answered: number;
  /** What was not one of those, by what it was. */
  readonly failures: Readonly<Record<string, number>>;
  /** The distinct bodies, and how often each came. */
  readonly bodies: Readonly<Record<string, number>>;
}

/** Requests that are sent as fast as they are answered. */
export interface Load {
  readonly answered: number;
  /** The distinct bodies so far. */
  readonly bodies: Readonly<Record<string, number>>;
  /** Resolves when that many have been answered. */
  reached(count: number): Promise<void>;
  /** Sends no more, awaits those under way, and counts. */
  stop(): Promise<LoadResult>;
}

/** Sends GET requests to a server on 127.0.0.1, over as many connections as given, which are kept. */
export function startLoad(port: number, connections: number, host = 'localhost'): Load {
  const run = new Run(port, `GET /load HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const all = Array.from({ length: connections }, () => run.connection());
  return {
    get answered() {
      return run.answered;
    },
    bodies: run.bodies,
    reached: (count) => run.reached(count),
    stop: async () => {
      run.stopping = true;
      await Promise.all(all);
      return { answered: run.answered, failures: run.failures, bodies: run.bodies };
    },
  };
}

class Run {
  answered = 0;
  stopping = false;
  readonly failures: Record<string, number> = {};
  readonly bodies: Record<string, number> = {};
  private readonly port: number;
  private readonly request: string;
  private waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(port: number, request: string) {
    this.port = port;
    this.request = request;
  }

  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ count, resolve });
    });
  }

  /** One connection after the other: an answer may close it. */
  async connection(): Promise<void> {
    while (!this.stopping) await this.onSocket(connect(this.port, '127.0.0.1'));
  }

  private onSocket(socket: Socket): Promise<void> {
    let text = '';
    let open = true;
    socket.setEncoding('latin1').write(this.request);
    return new Promise((resolve) => {
      const ended = (how: string): void => {
        if (open) this.count(this.failures, how);
        open = false;
        resolve();
      };
      socket.on('error', (error) => ended(error.message));
      socket.on('close', () => ended(text === '' ? 'closed without an answer' : 'closed within an answer'));
      socket.on('data', (chunk: string) => {
        text += chunk;
        const body = this.bodyOf(text);
        if (body === null) return;
        open = false;
        this.finish(text, body);
        const goOn = !this.stopping && !/^connection: close/im.test(text);
        text = '';
        if (!goOn) socket.end();
        else {
          open = true;
          socket.write(this.request);
        }
      });
    });
  }

  /** The body, once it is there. */
  private bodyOf(text: string): string | null {
    const end = text.indexOf('\r\n\r\n');
    const length = Number(/^content-length: ([0-9]+)/im.exec(text)?.[1]);
    return end === -1 || text.length < end + 4 + length ? null : text.slice(end + 4);
  }

  private finish(text: string, body: string): void {
    if (!text.startsWith('HTTP/1.1 200 ')) {
      this.count(this.failures, text.slice(0, text.indexOf('\r\n')));
      return;
    }
    this.answered++;
    this.count(this.bodies, body);
    const { answered } = this;
    for (const { count, resolve } of this.waiting) if (count === answered) resolve();
  }

  private count(counts: Record<string, number>, what: string): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }
}
