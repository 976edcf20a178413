import { createHash } from 'node:crypto';
import { FcgiApplication, FcgiDecoder, FcgiProtocolError } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import { listFixtures, loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { Fixture } from '@gatewire/fixtures';
import { bytewise, drain, joinFragments, randomCuts } from '@gatewire/testkit';
import type { PullDecoder } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

// Traffic recorded from real web servers. What it has to be decoded to is in the sidecars; no codec wrote it.

const [KEEP_CONN, STDIN] = [1, 5];

/** An application that ends each request when its input is there, so that the next one can have its id. */
function answering(): PullDecoder<FcgiRequestEvent> & { readonly application: FcgiApplication } {
  const application = new FcgiApplication();
  return {
    application,
    receive: (chunk) => application.receive(chunk),
    finish: () => application.finish(),
    next: () => {
      const event = application.next();
      if (event?.kind === 'bodyEnd' || event?.kind === 'abort') application.end(event.requestId);
      return event;
    },
  };
}

/** The events with data as size and sha256. */
function summary(events: readonly object[]): unknown {
  return joinFragments(events).map((event) => {
    if (!('data' in event) || !(event.data instanceof Uint8Array)) return event;
    const { data, ...rest } = event;
    return { ...rest, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
  });
}

/** What the application level makes of the connection. */
function asApplication(chunks: Iterable<Uint8Array>): unknown {
  const decoder = answering();
  const { events, error } = drain(decoder, chunks);
  if (error !== null) throw error as Error;
  expect(decoder.application.takeReplies()).toEqual([]);
  expect(decoder.application.shouldClose).toBe(true);
  return summary(events);
}

/** The same, from the sidecar. */
function expectedRequests({ sidecar }: Fixture<'fastcgi'>): unknown {
  return sidecar.expected.requests.flatMap((request) => {
    const { requestId, role, keepConn, pairs, contentLength, bodyBytes, bodySha256, end } = request;
    return [
      { kind: 'request', requestId, role, keepConn, pairs: pairs.flat(), contentLength },
      ...(bodyBytes === 0 ? [] : [{ kind: 'body', requestId, bytes: bodyBytes, sha256: bodySha256 }]),
      { kind: end === 'complete' ? 'bodyEnd' : 'abort', requestId },
    ];
  });
}

/** What the record level makes of it. */
function asRecords(chunks: Iterable<Uint8Array>): unknown {
  const { events, error } = drain(new FcgiDecoder(), chunks);
  if (error !== null) throw error as Error;
  return summary(events);
}

/** The same, from the sidecar. */
function expectedRecords({ sidecar }: Fixture<'fastcgi'>): unknown {
  return sidecar.expected.requests.flatMap((request) => {
    const { requestId, role, keepConn, pairs, bodyBytes, bodySha256, end } = request;
    const data = { kind: 'data', requestId, stream: STDIN, bytes: bodyBytes, sha256: bodySha256 };
    return [
      { kind: 'begin', requestId, role, flags: keepConn ? KEEP_CONN : 0 },
      { kind: 'params', requestId, pairs: pairs.flat() },
      ...(bodyBytes === 0 ? [] : [data]),
      ...(end === 'complete' ? [{ kind: 'dataEnd', requestId, stream: STDIN }] : []),
    ];
  });
}

const names = listFixtures({ protocol: 'fastcgi' });

test('there are recordings, some with several requests, some aborted', () => {
  const all = names.map((name) => loadFixture(name).sidecar.expected.requests);
  expect(all.length).toBeGreaterThanOrEqual(25);
  expect(all.filter((requests) => requests.length > 1).length).toBeGreaterThanOrEqual(5);
  expect(all.filter((requests) => requests.at(-1)?.end === 'aborted').length).toBeGreaterThanOrEqual(3);
});

describe.each(names)('%s', (name) => {
  const fixture = loadFixture(name);
  const { bytes } = fixture;
  const numRuns = bytes.length > 100_000 ? 10 : 50;

  test('whole', () => {
    expect(asApplication([bytes])).toEqual(expectedRequests(fixture));
    expect(asRecords([bytes])).toEqual(expectedRecords(fixture));
  });

  test('byte by byte', () => {
    expect(asApplication(bytewise(bytes))).toEqual(expectedRequests(fixture));
    expect(asRecords(bytewise(bytes))).toEqual(expectedRecords(fixture));
  });

  test('at the recorded reads', () => {
    expect(asApplication(recordedChunks(fixture))).toEqual(expectedRequests(fixture));
    expect(asRecords(recordedChunks(fixture))).toEqual(expectedRecords(fixture));
  });

  test('at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(bytes), (chunks) => {
        expect(asApplication(chunks)).toEqual(expectedRequests(fixture));
        expect(asRecords(chunks)).toEqual(expectedRecords(fixture));
      }),
      { numRuns },
    );
  });

  test('with the cuts inside BEGIN_REQUEST and the parameters', () => {
    const params = 16 + 8 + 256 * bytes[20] + bytes[21] + bytes[22] + 8;
    fc.assert(
      fc.property(randomCuts(bytes.subarray(0, params)), (chunks) => {
        expect(asApplication([...chunks, bytes.subarray(params)])).toEqual(expectedRequests(fixture));
      }),
      { numRuns },
    );
  });
});

test('any recording with bytes changed, cut out or put in decodes or throws FcgiProtocolError, the same at every chunking', () => {
  const small = names.map((name) => loadFixture(name)).filter(({ bytes }) => bytes.length < 3000);
  const edit = fc.record({ at: fc.nat(3000), remove: fc.nat(4), insert: fc.uint8Array({ maxLength: 4 }) });
  const mutated = fc
    .tuple(fc.constantFrom(...small), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([{ bytes }, edits]) =>
      edits.reduce((text, { at, remove, insert }) => {
        const place = at % text.length;
        return Uint8Array.from([...text.subarray(0, place), ...insert, ...text.subarray(place + remove)]);
      }, bytes),
    );
  const outcome = (chunks: Iterable<Uint8Array>): unknown => {
    const decoder = answering();
    const { events, error } = drain(decoder, chunks);
    if (error !== null) expect(error).toBeInstanceOf(FcgiProtocolError);
    return { events: joinFragments(events), error, replies: decoder.application.takeReplies() };
  };
  fc.assert(
    fc.property(
      mutated.chain((bytes) => fc.tuple(fc.constant(bytes), randomCuts(bytes))),
      ([bytes, chunks]) => {
        expect(outcome(chunks)).toEqual(outcome([bytes]));
      },
    ),
    { numRuns: 2000 },
  );
});
