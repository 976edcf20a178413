import { createHash } from 'node:crypto';
import { FcgiApplication, FcgiDecoder, FcgiProtocolError } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import { listFixtures, loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { Fixture } from '@gatewire/fixtures';
import { bytewise, drain, edited, joinFragments, randomCuts } from '@gatewire/testkit';
import type { PullDecoder } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

// Traffic recorded from real web servers. What it has to be decoded to is in the sidecars; no codec wrote it.

const [KEEP_CONN, STDIN, GET_VALUES] = [1, 5, 9];

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

/** Where requests overlap, the events of one after those of the other: how they interleave is up to the chunks. */
function inOrder<E extends object>({ sidecar }: Fixture<'fastcgi'>, events: readonly E[]): readonly E[] {
  if (sidecar.expected.interleaved !== true) return events;
  const id = (event: object): number => ('requestId' in event ? Number(event.requestId) : 0);
  return [...events].sort((a, b) => id(a) - id(b));
}

/** What the application level makes of the connection. */
function asApplication(fixture: Fixture<'fastcgi'>, chunks: Iterable<Uint8Array>): unknown {
  const decoder = answering();
  const { events, error } = drain(decoder, chunks);
  if (error !== null) throw error as Error;
  const asked = fixture.sidecar.expected.getValues !== undefined;
  expect(decoder.application.takeReplies()).toHaveLength(asked ? 1 : 0);
  expect(decoder.application.shouldClose).toBe(true);
  return summary(inOrder(fixture, events));
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
function asRecords(fixture: Fixture<'fastcgi'>, chunks: Iterable<Uint8Array>): unknown {
  const { events, error } = drain(new FcgiDecoder(), chunks);
  if (error !== null) throw error as Error;
  return summary(inOrder(fixture, events));
}

/** The same, from the sidecar. */
function expectedRecords({ sidecar }: Fixture<'fastcgi'>): unknown {
  const { getValues, requests } = sidecar.expected;
  const values =
    getValues === undefined
      ? []
      : [{ kind: 'values', result: false, pairs: getValues.flatMap((name) => [name, '']) }];
  return [
    ...values,
    ...requests.flatMap((request) => {
      const { requestId, role, keepConn, pairs, bodyBytes, bodySha256, end } = request;
      const data = { kind: 'data', requestId, stream: STDIN, bytes: bodyBytes, sha256: bodySha256 };
      return [
        { kind: 'begin', requestId, role, flags: keepConn ? KEEP_CONN : 0 },
        { kind: 'params', requestId, pairs: pairs.flat() },
        ...(bodyBytes === 0 ? [] : [data]),
        ...(end === 'complete' ? [{ kind: 'dataEnd', requestId, stream: STDIN }] : []),
        // Others close the connection.
        ...(end === 'aborted' && sidecar.server.name === 'haproxy' ? [{ kind: 'abort', requestId }] : []),
      ];
    }),
  ];
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
  const numRuns = bytes.length > 10_000 ? 10 : 50;

  test('whole', () => {
    expect(asApplication(fixture, [bytes])).toEqual(expectedRequests(fixture));
    expect(asRecords(fixture, [bytes])).toEqual(expectedRecords(fixture));
  });

  test('byte by byte', () => {
    expect(asApplication(fixture, bytewise(bytes))).toEqual(expectedRequests(fixture));
    expect(asRecords(fixture, bytewise(bytes))).toEqual(expectedRecords(fixture));
  });

  test('at the recorded reads', () => {
    expect(asApplication(fixture, recordedChunks(fixture))).toEqual(expectedRequests(fixture));
    expect(asRecords(fixture, recordedChunks(fixture))).toEqual(expectedRecords(fixture));
  });

  test('at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(bytes), (chunks) => {
        expect(asApplication(fixture, chunks)).toEqual(expectedRequests(fixture));
        expect(asRecords(fixture, chunks)).toEqual(expectedRecords(fixture));
      }),
      { numRuns },
    );
  });

  test('with the cuts inside BEGIN_REQUEST and the parameters', () => {
    // Of the first request, behind a GET_VALUES where there is one.
    const begin = bytes[1] === GET_VALUES ? 8 + bytes[5] + bytes[6] : 0;
    const [high, low, padding] = bytes.subarray(begin + 20, begin + 23);
    const params = begin + 16 + 8 + 256 * high + low + padding + 8;
    fc.assert(
      fc.property(randomCuts(bytes.subarray(0, params)), (chunks) => {
        expect(asApplication(fixture, [...chunks, bytes.subarray(params)])).toEqual(
          expectedRequests(fixture),
        );
      }),
      { numRuns },
    );
  });
});

test('any recording with bytes changed, cut out or put in decodes or throws FcgiProtocolError, the same at every chunking', () => {
  const small = names.map((name) => loadFixture(name).bytes).filter(({ length }) => length < 3000);
  const mutated = edited(small);
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
