import { createHash } from 'node:crypto';
import { listFixtures, loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { Fixture } from '@gatewire/fixtures';
import { bytewise, drain, edited, joinFragments, randomCuts } from '@gatewire/testkit';
import { decodeVars, UwsgiApplication, UwsgiDecoder, UwsgiProtocolError } from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

// Traffic recorded from real web servers. What it has to be decoded to is in the sidecars; no codec wrote it.

const EMPTY = createHash('sha256').digest('hex');

/** What the application level makes of the connection, with the body as size and sha256. */
function asApplication(fixture: Fixture<'uwsgi'>, chunks: Iterable<Uint8Array>): unknown {
  const application = new UwsgiApplication({ modifiers: [fixture.sidecar.expected.modifier1] });
  const { events, error } = drain(application, chunks);
  if (error !== null) throw error as Error;
  return joinFragments(events).map((event) => {
    if (event.kind !== 'body') return event;
    const { requestId, data } = event;
    return {
      kind: 'body',
      requestId,
      bytes: data.length,
      sha256: createHash('sha256').update(data).digest('hex'),
    };
  });
}

/** The same, from the sidecar. */
function expectedEvents({ sidecar }: Fixture<'uwsgi'>): unknown {
  const { modifier1, modifier2, pairs, contentLength, bodyBytes, bodySha256, end } = sidecar.expected;
  return [
    { kind: 'request', requestId: 0, modifier1, modifier2, pairs: pairs.flat(), contentLength },
    ...(bodyBytes === 0 ? [] : [{ kind: 'body', requestId: 0, bytes: bodyBytes, sha256: bodySha256 }]),
    { kind: end === 'complete' ? 'bodyEnd' : 'abort', requestId: 0 },
  ];
}

/** What the packet level makes of it: packets decoded to pairs, and all that follows as size and sha256. */
function asPackets(chunks: Iterable<Uint8Array>): unknown {
  const decoder = new UwsgiDecoder();
  const packets: unknown[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const chunk of chunks) {
    decoder.receive(chunk);
    if (packets.length === 0) {
      const packet = decoder.next();
      if (packet === null) continue;
      const { modifier1, modifier2, payload } = packet;
      packets.push({ modifier1, modifier2, pairs: decodeVars(payload, 0, payload.length) });
    }
    const body = decoder.takeBody(Infinity);
    if (body === null) continue;
    bytes += body.length;
    hash.update(body);
  }
  decoder.finish();
  return { packets, bytes, sha256: hash.digest('hex') };
}

/** The same, from the sidecar. Tunnelled bytes follow the body. */
function expectedPackets({ sidecar, bytes }: Fixture<'uwsgi'>): unknown {
  const { modifier1, modifier2, pairs, bodyBytes, bodySha256, tunnel } = sidecar.expected;
  const tunnelled = Buffer.from(tunnel ?? '', 'hex');
  const rest = bytes.subarray(bytes.length - tunnelled.length - bodyBytes);
  const sha256 = tunnel === undefined ? bodySha256 : createHash('sha256').update(rest).digest('hex');
  return {
    packets: [{ modifier1, modifier2, pairs: pairs.flat() }],
    bytes: bodyBytes + tunnelled.length,
    sha256,
  };
}

const names = listFixtures({ protocol: 'uwsgi' });

test('there are recordings, some of them without a body', () => {
  expect(names.length).toBeGreaterThanOrEqual(25);
  expect(
    names.filter((name) => loadFixture(name).sidecar.expected.bodySha256 === EMPTY).length,
  ).toBeGreaterThan(20);
});

describe.each(names)('%s', (name) => {
  const fixture = loadFixture(name);
  const { bytes } = fixture;
  const large = bytes.length > 10_000;

  test('whole', () => {
    expect(asApplication(fixture, [bytes])).toEqual(expectedEvents(fixture));
    expect(asPackets([bytes])).toEqual(expectedPackets(fixture));
  });

  test('byte by byte', () => {
    expect(asApplication(fixture, bytewise(bytes))).toEqual(expectedEvents(fixture));
    expect(asPackets(bytewise(bytes))).toEqual(expectedPackets(fixture));
  });

  test('at the recorded reads', () => {
    expect(asApplication(fixture, recordedChunks(fixture))).toEqual(expectedEvents(fixture));
    expect(asPackets(recordedChunks(fixture))).toEqual(expectedPackets(fixture));
  });

  test('at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(bytes), (chunks) => {
        expect(asApplication(fixture, chunks)).toEqual(expectedEvents(fixture));
        expect(asPackets(chunks)).toEqual(expectedPackets(fixture));
      }),
      { numRuns: large ? 10 : 50 },
    );
  });

  test('with the cuts inside the header and the variables', () => {
    const packet = 4 + bytes[1] + 256 * bytes[2];
    fc.assert(
      fc.property(randomCuts(bytes.subarray(0, packet)), (chunks) => {
        const all = [...chunks, bytes.subarray(packet)];
        expect(asApplication(fixture, all)).toEqual(expectedEvents(fixture));
      }),
      { numRuns: large ? 10 : 50 },
    );
  });
});

test('any recording with bytes changed, cut out or put in decodes or throws UwsgiProtocolError, the same at every chunking', () => {
  const small = names.map((name) => loadFixture(name).bytes).filter(({ length }) => length < 3000);
  const mutated = edited(small);
  const outcome = (chunks: Iterable<Uint8Array>): unknown => {
    const { events, error } = drain(new UwsgiApplication(), chunks);
    if (error !== null) expect(error).toBeInstanceOf(UwsgiProtocolError);
    return { events: joinFragments(events), error };
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
