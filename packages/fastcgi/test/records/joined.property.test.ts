import { FcgiApplication, FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import { ascii } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joined } from './wire.js';

/** Cuts what goes over a line into chunks of changing sizes, and brings them to a decoder. */
class Line {
  private readonly sizes: readonly number[];
  private turn = 0;

  constructor(sizes: readonly number[]) {
    this.sizes = sizes;
  }

  carry<Event>(
    chunks: readonly Uint8Array[],
    to: { receive(chunk: Uint8Array): void; next(): Event | null },
    handle: (event: Event) => void,
  ): void {
    const bytes = joined(...chunks);
    for (let at = 0; at < bytes.length;) {
      const size = this.sizes[this.turn++ % this.sizes.length];
      const chunk = bytes.slice(at, at + size);
      to.receive(chunk);
      for (let event = to.next(); event !== null; event = to.next()) handle(event);
      chunk.fill(0xee); // a view that is kept too long shows
      at += size;
    }
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const text = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 200 })
  .map((codes) => String.fromCharCode(...codes));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.integer({ min: 65_500, max: 65_600 }).map((length) => new Uint8Array(length).fill(length & 0xff)),
);

/** `toEqual` would look at each of 65,000 bytes in its own right. */
function same(pieces: readonly Uint8Array[], whole: Uint8Array): void {
  expect(Buffer.compare(joined(...pieces), whole)).toBe(0);
}

describe('web server and application, joined over random cuts', () => {
  test('the same request, the same response', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            text.map((name) => `N${name}`),
            text,
          ),
          { maxLength: 20 },
        ),
        bytes,
        bytes,
        bytes,
        fc.nat(0xffffffff),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
        (list, body, response, log, appStatus, cuts) => {
          const pairs = [...list.flat(), 'CONTENT_LENGTH', String(body.length)];
          const server = new FcgiWebServer();
          const application = new FcgiApplication();
          const line = new Line(cuts);
          const id = server.begin();
          const requests: FcgiRequestEvent[] = [];
          line.carry(
            [...server.params(id, pairs), ...server.stdin(id, body), ...server.stdinEnd(id)],
            application,
            (event) => requests.push('data' in event ? { ...event, data: event.data.slice() } : event),
          );
          const expected = { requestId: 1, role: 1, keepConn: false, contentLength: body.length };
          expect(requests.filter(({ kind }) => kind !== 'body')).toEqual([
            { kind: 'request', ...expected, pairs },
            { kind: 'bodyEnd', requestId: 1 },
          ]);
          same(
            requests.flatMap((event) => (event.kind === 'body' ? [event.data] : [])),
            body,
          );
          const back: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
          const ends: unknown[] = [];
          line.carry(
            [
              ...application.stdout(1, response.subarray(0, 3)),
              ...application.stderr(1, log),
              ...application.stdout(1, response.subarray(3)),
              ...application.end(1, appStatus),
            ],
            server,
            (event) => {
              if (event.kind === 'stdout' || event.kind === 'stderr')
                back[event.kind].push(event.data.slice());
              else ends.push(event);
            },
          );
          server.finish();
          same(back.stdout, response);
          same(back.stderr, log);
          expect(ends).toEqual([
            { kind: 'stdoutEnd', requestId: 1 },
            { kind: 'end', requestId: 1, appStatus, protocolStatus: 0 },
          ]);
          expect(application.shouldClose).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** What a test knows of one request, without any bytes. */
interface Model {
  readonly id: number;
  readonly pairs: string[];
  sent: string;
  /** What the application has seen. */
  got: string;
  answered: string;
  received: string;
  events: string[];
  phase: 'body' | 'answer' | 'over';
}

/** Both ends of a connection and the models of its requests; every step sends something over the line. */
class Connection {
  readonly application = new FcgiApplication();
  readonly server = new FcgiWebServer({ maxRequests: 256, bodyWithoutLength: 'accept' });
  readonly models = new Map<number, Model>();
  readonly done: Model[] = [];
  private readonly line: Line;
  private serial = 0;

  constructor(cuts: readonly number[]) {
    this.line = new Line(cuts);
  }

  begin(): void {
    const id = this.server.begin(1, 1);
    const pairs = ['SERIAL', String(++this.serial), '__proto__', 'x'];
    expect(this.models.has(id)).toBe(false);
    this.models.set(id, {
      id,
      pairs,
      sent: '',
      got: '',
      answered: '',
      received: '',
      events: [],
      phase: 'body',
    });
    this.up(this.server.params(id, pairs));
  }

  step(choice: number, action: number): void {
    const open = [...this.models.values()].filter(({ phase }) => phase !== 'over');
    if (open.length === 0) {
      this.begin();
      return;
    }
    const model = open[choice % open.length];
    const { id } = model;
    const piece = `<${id}.${model.sent.length}.${model.answered.length}>`;
    switch (action) {
      case 0:
        if (model.phase !== 'body') return;
        model.sent += piece;
        {
          this.up(this.server.stdin(id, ascii(piece)));
          return;
        }
      case 1:
        if (model.phase !== 'body') return;
        model.phase = 'answer';
        {
          this.up(this.server.stdinEnd(id));
          return;
        }
      case 2:
        model.answered += piece;
        {
          this.down(this.application.stdout(id, ascii(piece)));
          return;
        }
      case 3:
        // An early end too: the body need not have ended.
        model.phase = 'over';
        this.down(this.application.end(id));
        {
          this.over(model, ['stdoutEnd', 'end']);
          return;
        }
      case 4:
        model.phase = 'over';
        this.up(this.server.abort(id));
        expect(model.events.pop()).toBe('abort');
        this.down(this.application.end(id));
        {
          this.over(model, ['end']);
          return;
        }
      default: {
        this.begin();
        return;
      }
    }
  }

  private over(model: Model, ends: readonly string[]): void {
    expect(model.events.splice(-ends.length)).toEqual(ends);
    expect(model.events.join(' ')).toMatch(/^request( bodyEnd)?$/);
    expect(model.got).toBe(model.sent);
    expect(model.received).toBe(model.answered);
    this.models.delete(model.id);
    this.done.push(model);
  }

  private up(chunks: readonly Uint8Array[]): void {
    this.line.carry(chunks, this.application, (event) => {
      const model = this.of(event.requestId);
      if (event.kind === 'body') model.got += String.fromCharCode(...event.data);
      else model.events.push(event.kind);
      if (event.kind === 'request') expect(event.pairs).toEqual(model.pairs);
    });
    expect(this.application.takeReplies()).toEqual([]);
  }

  private down(chunks: readonly Uint8Array[]): void {
    this.line.carry(chunks, this.server, (event) => {
      if (event.kind === 'values' || event.kind === 'unknownType') throw new Error('not asked for');
      const model = this.of(event.requestId);
      if (event.kind === 'stdout') model.received += String.fromCharCode(...event.data);
      else model.events.push(event.kind);
    });
  }

  private of(id: number): Model {
    const model = this.models.get(id);
    if (model === undefined) throw new Error(`nothing is known of request ${id}`);
    return model;
  }
}

test('random interleavings of multiplexed requests do what the model says', () => {
  const steps = fc.array(fc.tuple(fc.nat(20), fc.constantFrom(0, 0, 0, 1, 2, 2, 2, 3, 4, 5, 5)), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(steps, sizes, (list, cuts) => {
      const connection = new Connection(cuts);
      connection.begin();
      for (const [choice, action] of list) connection.step(choice, action);
      expect(connection.server.openRequests).toBe(connection.models.size);
      for (const model of connection.models.values()) {
        expect(model.got).toBe(model.sent);
        expect(model.received).toBe(model.answered);
      }
    }),
    { numRuns: 200 },
  );
});
