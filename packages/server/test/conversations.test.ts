// What streams: the body in, the response out, and what happens when one of the three (client, application, Content-Length)
// stops early. The same application in two interfaces, over every protocol.
import { asgiHeaders, defineApp, markAs } from '@gatewire/interfaces';
import type { DefinedApplication, WSGIApplication, WSGIBody } from '@gatewire/interfaces';
import { afterEach, describe, expect, test } from 'vitest';
import { answering, PLAIN, pause, start, text, until } from './client.js';
import type { TestServer } from './client.js';
import { behindEveryFront } from './paths.js';
import { WIRES } from './wire.js';
import type { Conversation, Wire } from './wire.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const BLOCK = new Uint8Array(65_536);
const BLOCKS = 400;
/** As much as Apache sends on at once; less than that waits there, and it does not see its client go. */
const TICK = new Uint8Array(16_384);

/** What an application has noticed. */
interface Notes {
  produced: number;
  readonly seen: string[];
  /** Lets it read. */
  go: () => void;
  readonly gate: Promise<void>;
}

function newNotes(): Notes {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  return { produced: 0, seen: [], go, gate };
}

/** One behaviour per kind of test. */
interface Behaviours {
  /** Answers without a look at the body. */
  early(): DefinedApplication;
  /** Sends `BLOCKS` blocks. */
  produce(notes: Notes): DefinedApplication;
  /** Reads nothing until it may, then all; answers with the number of bytes, or notes why not. */
  consume(notes: Notes): DefinedApplication;
  /** Sends something now and then, for ever. */
  tick(notes: Notes): DefinedApplication;
  /** Sends half of a response, then fails. */
  fail(): DefinedApplication;
  /** Fails when it may, without having sent anything. */
  failLate(notes: Notes): DefinedApplication;
  /** Promises ten bytes and sends five. */
  short(): DefinedApplication;
}

const wsgi = (app: WSGIApplication): DefinedApplication => markAs(app, 'wsgi') as never;

const WSGI: Behaviours = {
  early: () => wsgi(answering('200 OK', PLAIN, [text('early')])),
  produce: (notes) =>
    wsgi(function* (_, startResponse) {
      startResponse('200 OK', PLAIN);
      for (; notes.produced < BLOCKS; notes.produced++) yield BLOCK;
    } as WSGIApplication),
  consume: (notes) =>
    wsgi(async (environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      await notes.gate;
      let bytes = 0;
      try {
        for await (const chunk of environ['wsgi.input']) bytes += chunk.length;
      } catch (error) {
        notes.seen.push((error as Error).name);
        throw error;
      }
      return [text(String(bytes))];
    }),
  tick: (notes) =>
    wsgi((environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      environ['gatewire.client']?.signal.addEventListener('abort', () => notes.seen.push('told'));
      const ticks = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            yield TICK;
            await pause(10);
          }
        } finally {
          notes.seen.push('stopped');
        }
      };
      return Object.assign(ticks(), { close: () => notes.seen.push('closed') }) as WSGIBody;
    }),
  fail: () =>
    wsgi(async function* (_, startResponse) {
      startResponse('200 OK', PLAIN);
      yield text('half');
      await pause(20);
      throw new Error('broken');
    } as WSGIApplication),
  failLate: (notes) =>
    wsgi(async () => {
      await notes.gate;
      throw new Error('late');
    }),
  short: () => wsgi(answering('200 OK', [['Content-Length', '10']], [text('short')])),
};

const START = { type: 'http.response.start', status: 200 } as const;

const ASGI: Behaviours = {
  early: () =>
    defineApp({
      async http(_scope, _receive, send) {
        await send(START);
        await send({ type: 'http.response.body', body: text('early') });
      },
    }),
  produce: (notes) =>
    defineApp({
      async http(_scope, _receive, send) {
        await send(START);
        for (; notes.produced < BLOCKS; notes.produced++)
          await send({ type: 'http.response.body', body: BLOCK, more_body: true });
        await send({ type: 'http.response.body' });
      },
    }),
  consume: (notes) =>
    defineApp({
      async http(_scope, receive, send) {
        await notes.gate;
        let bytes = 0;
        for (let more = true; more;) {
          const event = await receive();
          if (event.type === 'http.disconnect') {
            notes.seen.push(event.type, (await receive()).type);
            return;
          }
          bytes += event.body?.length ?? 0;
          more = event.more_body === true;
        }
        await send(START);
        await send({ type: 'http.response.body', body: text(String(bytes)) });
      },
    }),
  tick: (notes) =>
    defineApp({
      async http(_scope, receive, send) {
        await receive();
        const gone = receive().then(({ type }) => notes.seen.push(type));
        await send(START);
        for (let sending = true; sending;) {
          await pause(10);
          await send({ type: 'http.response.body', body: TICK, more_body: true }).catch((error: unknown) => {
            notes.seen.push((error as Error).name);
            sending = false;
          });
        }
        await gone;
      },
    }),
  fail: () =>
    defineApp({
      async http(_scope, _receive, send) {
        await send(START);
        await send({ type: 'http.response.body', body: text('half'), more_body: true });
        await pause(20);
        throw new Error('broken');
      },
    }),
  failLate: (notes) =>
    defineApp({
      async http() {
        await notes.gate;
        throw new Error('late');
      },
    }),
  short: () =>
    defineApp({
      async http(_scope, _receive, send) {
        await send({ ...START, headers: asgiHeaders({ 'content-length': '10' }) });
        await send({ type: 'http.response.body', body: text('short') });
      },
    }),
};

const serveIt = (app: DefinedApplication): Promise<TestServer> =>
  start(app, { lifespan: 'off', gracefulTimeout: 2 });

/** Sends blocks until `size` bytes are sent; `sent` tells how far it has come. */
async function pour(conversation: Conversation, size: number, progress: { sent: number }): Promise<void> {
  for (; progress.sent < size; progress.sent += BLOCK.length) await conversation.write(BLOCK);
  conversation.end();
}

function suite(wire: Wire, behaviours: Behaviours): void {
  test('an answer before the body was read arrives, and what still comes of the body does no harm', async () => {
    server = await serveIt(behaviours.early());
    const conversation = await wire.begin(server, 'POST', 64 * BLOCK.length);
    await conversation.write(BLOCK);
    const response = conversation.response();
    await until(() => server!.access.length === 1);
    await pour(conversation, 63 * BLOCK.length, { sent: 0 });
    expect(await response).toMatchObject({ status: 200, body: Buffer.from('early'), complete: true });
    expect(server.log).toEqual([]);
  });

  test('a slow reader holds the application', async () => {
    const notes = newNotes();
    server = await serveIt(behaviours.produce(notes));
    const conversation = await wire.begin(server, 'GET', 0);
    conversation.end();
    await until(() => notes.produced > 0);
    await settled(() => notes.produced);
    // What the kernel's buffers take, not all there are.
    expect(notes.produced).toBeLessThan(BLOCKS / 2);
    const { body, complete } = await conversation.response();
    expect([body.length, complete, notes.produced]).toEqual([BLOCKS * BLOCK.length, true, BLOCKS]);
  });

  test('a slow application holds the sender', async () => {
    const notes = newNotes();
    server = await serveIt(behaviours.consume(notes));
    const size = 320 * BLOCK.length;
    const conversation = await wire.begin(server, 'POST', size);
    const progress = { sent: 0 };
    const poured = pour(conversation, size, progress);
    await settled(() => progress.sent);
    expect(progress.sent).toBeLessThan(size);
    notes.go();
    await poured;
    expect((await conversation.response()).body.toString()).toBe(String(size));
  });

  test('a client that goes in the middle of the response: the application is told, and stops', async () => {
    const notes = newNotes();
    server = await serveIt(behaviours.tick(notes));
    const conversation = await wire.begin(server, 'GET', 0);
    conversation.end();
    void conversation.response();
    await until(() => server!.calls === 1).then(() => pause(50));
    conversation.leave();
    const expected = behaviours === WSGI ? ['told', 'stopped', 'closed'] : ['http.disconnect', 'ClientGone'];
    await until(() => notes.seen.length === expected.length);
    expect([...notes.seen].sort()).toEqual(expected.sort());
    await until(() => server!.access.length === 1);
    expect(server.access).toMatchObject([{ status: 200, aborted: true }]);
  });

  test('a client that goes in the middle of its body: never a short body', async () => {
    const notes = newNotes();
    server = await serveIt(behaviours.consume(notes));
    const conversation = await wire.begin(server, 'POST', 1000);
    await conversation.write(text('12345'));
    await until(() => server!.calls === 1);
    conversation.leave();
    notes.go();
    const expected = behaviours === WSGI ? ['ClientGone'] : ['http.disconnect', 'http.disconnect'];
    await until(() => notes.seen.length === expected.length);
    expect(notes.seen).toEqual(expected);
  });

  test('an application that fails when its client has gone: one line on the log, and no harm', async () => {
    const notes = newNotes();
    server = await serveIt(behaviours.failLate(notes));
    const conversation = await wire.begin(server, 'GET', 0);
    conversation.end();
    await until(() => server!.calls === 1);
    conversation.leave();
    await pause(20);
    notes.go();
    await until(() => server!.access.length === 1 && server!.log.length === 1);
    expect(server.access).toMatchObject([{ aborted: true }]);
    // A WSGI application is given up when its client goes, with all that it still says.
    expect(server.log).toMatchObject([{ event: behaviours === WSGI ? 'client_gone' : 'application_error' }]);
  });

  test.each(['fail', 'short'] as const)(
    '%s: a response that stops early does not look complete',
    async (how) => {
      server = await serveIt(behaviours[how]());
      const conversation = await wire.begin(server, 'GET', 0);
      conversation.end();
      const { complete } = await conversation.response();
      expect(complete).toBe(false);
      expect(server.log[0].message).toMatch(/the response was cut off: /);
    },
  );
}

/** Waits until a number that grows has stopped to. */
async function settled(value: () => number): Promise<void> {
  for (let before = -1, still = 0; still < 5;) {
    const now = value();
    still = now === before && now > 0 ? still + 1 : 0;
    before = now;
    await pause(20);
  }
}

describe.each([
  ['WSGI', WSGI],
  ['ASGI', ASGI],
] as const)('%s', (_, behaviours) => {
  for (const wire of WIRES) describe(`over ${wire.name}`, () => suite(wire, behaviours));

  test.each(WIRES.filter(({ name }) => name !== 'uwsgi'))(
    'a body of unknown size over $name',
    async (wire) => {
      const notes = newNotes();
      server = await serveIt(behaviours.consume(notes));
      notes.go();
      const conversation = await wire.begin(server, 'POST', null);
      await pour(conversation, 4 * BLOCK.length, { sent: 0 });
      expect((await conversation.response()).body.toString()).toBe(String(4 * BLOCK.length));
    },
  );

  behindEveryFront((path, name) => {
    test('a client that goes in the middle of the response: the application is told, and stops', async () => {
      const notes = newNotes();
      server = await serveIt(behaviours.tick(notes));
      const stop = new AbortController();
      const answer = path('/', { signal: stop.signal }).then((response) => response.text());
      answer.catch(() => undefined);
      await pause(100);
      stop.abort();
      await expect(answer).rejects.toThrow();
      await until(() => notes.seen.length >= 2);
      expect(notes.seen).toContain(behaviours === WSGI ? 'stopped' : 'ClientGone');
    });

    test('a chunked upload arrives whole', async () => {
      const notes = newNotes();
      server = await serveIt(behaviours.consume(notes));
      notes.go();
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let i = 0; i < 4; i++) controller.enqueue(BLOCK);
          controller.close();
        },
      });
      const response = await path('/', { method: 'POST', body, duplex: 'half' });
      // mod_proxy_uwsgi refuses what has no length; the others find it out.
      if (name === 'uwsgi behind Apache') expect(response.status).toBe(411);
      else expect(await response.text()).toBe(String(4 * BLOCK.length));
    });
  });
});
