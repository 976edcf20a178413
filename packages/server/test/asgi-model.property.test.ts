// Any sequence of events against a model of what the specification allows (www.rst, "HTTP"), written apart from the server.
import type { ASGISendEvent, HTTPSendEvent } from '@gatewire/interfaces';
import { cutAt } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BodyQueue } from '../src/body-queue.js';
import { Client } from '../src/client.js';
import { HTTPConversation } from '../src/asgi-http.js';
import type { Exchange, ResponseSink } from '../src/exchange.js';
import { text } from './client.js';

/** What a step of a sequence is called. */
type Step = 'hint' | 'start' | 'start+trailers' | 'more' | 'last' | 'trailers+' | 'trailers' | 'unknown';

const EVENTS: Readonly<Record<Step, HTTPSendEvent | { readonly type: string }>> = {
  hint: { type: 'http.response.early_hint', links: [text('</a>')] },
  start: { type: 'http.response.start', status: 200 },
  'start+trailers': { type: 'http.response.start', status: 200, trailers: true },
  more: { type: 'http.response.body', body: text('ab'), more_body: true },
  last: { type: 'http.response.body', body: text('c') },
  'trailers+': { type: 'http.response.trailers', headers: [], more_trailers: true },
  trailers: { type: 'http.response.trailers', headers: [] },
  unknown: { type: 'http.response.unheard' },
};

type State = 'nothing' | 'plain' | 'trailing' | 'due' | 'over';

/** State and step to the next state; what is not here is refused and changes nothing. Once it is over, all is ignored. */
const MODEL: Readonly<Record<State, Partial<Record<Step, State>>>> = {
  nothing: { hint: 'nothing', start: 'plain', 'start+trailers': 'trailing' },
  plain: { more: 'plain', last: 'over' },
  trailing: { more: 'trailing', last: 'due' },
  due: { 'trailers+': 'due', trailers: 'over' },
  over: Object.fromEntries(Object.keys(EVENTS).map((step) => [step, 'over'])),
};

/** A response that is only written down. */
function paper(): { readonly sink: ResponseSink; readonly written: string[] } {
  const written: string[] = [];
  const show = (data?: Uint8Array): string => Buffer.from(data ?? []).toString();
  const sink: ResponseSink = {
    head: (status) => void written.push(`head ${status} `),
    write: (data) => (written.push(show(data)), undefined),
    end: (data) => void written.push(`${show(data)} end`),
    cut: () => void written.push('cut'),
    earlyHints: () => void written.push('hint '),
    trailers: () => undefined,
  };
  return { sink, written };
}

function conversation(sink: ResponseSink): { readonly http: HTTPConversation; readonly body: BodyQueue } {
  const body = new BodyQueue({ pause: () => undefined, resume: () => undefined }, Infinity, () => undefined);
  const exchange = {
    environ: { REQUEST_METHOD: 'GET', PATH_INFO: '/' },
    scope: () => ({ type: 'http' }),
    body,
    client: new Client(),
    response: sink,
    upgrade: null,
  } as unknown as Exchange;
  return { http: new HTTPConversation(exchange, { log: () => undefined }), body };
}

const steps = fc.array(fc.constantFrom(...(Object.keys(EVENTS) as Step[])), { maxLength: 12 });

/** Sequences that are mostly legal: blind ones end in the first state nine times of ten. */
const likely = fc.array(fc.nat(1000), { maxLength: 12 }).map((choices) => {
  let state: State = 'nothing';
  return choices.map((choice): Step => {
    const legal = Object.keys(MODEL[state]) as Step[];
    const all = Object.keys(EVENTS) as Step[];
    const step = choice % 7 === 0 ? all[choice % all.length] : legal[choice % legal.length];
    state = MODEL[state][step] ?? state;
    return step;
  });
});

test('legal events never reject, others always do and change nothing, and the response is what the legal ones say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(steps, likely), fc.boolean(), async (sequence, awaited) => {
      const { sink, written } = paper();
      const { http } = conversation(sink);
      let state: State = 'nothing';
      let expected = '';
      let headSent = false;
      const outcomes: Promise<boolean>[] = [];
      const legal: boolean[] = [];
      for (const step of sequence) {
        const outcome = http.send(EVENTS[step] as ASGISendEvent).then(
          () => true,
          () => false,
        );
        outcomes.push(outcome);
        if (awaited) await outcome;
        const next: State | undefined = MODEL[state][step];
        legal.push(next !== undefined);
        if (next === undefined || state === 'over') continue;
        if (step === 'hint') expected += 'hint ';
        if ((step === 'more' || step === 'last') && !headSent) {
          expected += 'head 200 ';
          headSent = true;
        }
        if (step === 'more') expected += 'ab';
        if (step === 'last') expected += 'c';
        if (next === 'over') expected += ' end';
        state = next;
      }
      expect(await Promise.all(outcomes)).toEqual(legal);
      expect(written.join('')).toBe(expected);
      expect(http.complete).toBe(state === 'over');
    }),
    { numRuns: 400 },
  );
});

test('receive: the same body at any chunking, more_body until its end, then a disconnect for ever', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cuts, async (bytes, sizes) => {
      const { sink } = paper();
      const { http, body } = conversation(sink);
      let room = bytes.length;
      const fitting = sizes.filter((size) => (room -= size) >= 0);
      const chunks =
        fitting.reduce((sum, size) => sum + size, 0) <= bytes.length ? cutAt(bytes, fitting) : [bytes];
      // One at a time: a transport is paused until the chunk before is taken.
      const received: Uint8Array[] = [];
      let more = true;
      for (let i = 0; more; i++) {
        if (i < chunks.length) body.push(chunks[i]);
        if (i >= chunks.length - 1) body.end();
        const event = await http.receive();
        if (event.type !== 'http.request') throw new Error(`${event.type} in the middle of the body`);
        received.push(event.body ?? new Uint8Array(0));
        more = event.more_body === true;
      }
      expect(Buffer.concat(received).equals(bytes)).toBe(true);
      const after = [http.receive(), http.receive()];
      await http.send(EVENTS.start as ASGISendEvent);
      await http.send(EVENTS.last as ASGISendEvent);
      expect((await Promise.all(after)).map(({ type }) => type)).toEqual([
        'http.disconnect',
        'http.disconnect',
      ]);
    }),
  );
});
