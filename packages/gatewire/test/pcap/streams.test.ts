import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Connections } from '../../src/pcap/connections.js';
import type { TcpConnection } from '../../src/pcap/connections.js';
import type { TcpStream } from '../../src/pcap/stream.js';
import type { TcpSegment } from '../../src/pcap/tcp.js';
import { CLIENT, segment, SERVER, syn } from './wire.js';

function connectionsOf(...segments: TcpSegment[]): TcpConnection[] {
  const connections = new Connections();
  for (const one of segments) connections.add(one);
  return connections.build();
}

/** What the client sent on the only connection. */
function sentOf(...segments: TcpSegment[]): TcpStream & { readonly text: string } {
  const connections = connectionsOf(...segments);
  expect(connections).toHaveLength(1);
  const stream = connections[0].fromClient;
  return { ...stream, text: textOf(stream) };
}

function textOf({ pieces }: TcpStream): string {
  return Buffer.concat(pieces.map(({ bytes }) => bytes)).toString('latin1');
}

describe('one stream', () => {
  test('in order, with an end', () => {
    const sent = sentOf(syn(100), segment(101, 'abc'), segment(104, 'def'), segment(107, '', { fin: true }));
    expect(sent).toMatchObject({
      text: 'abcdef',
      bytes: 6,
      gap: null,
      hasStart: true,
      end: 'fin',
      conflicts: 0,
    });
    expect(sent.pieces.map(({ at }) => at)).toEqual([0, 3]);
  });

  test('out of order, before the SYN too', () => {
    expect(sentOf(segment(104, 'def'), syn(100), segment(107, 'g'), segment(101, 'abc'))).toMatchObject({
      ...{ text: 'abcdefg', gap: null, hasStart: true },
    });
  });

  test('retransmissions and overlaps', () => {
    const sent = sentOf(
      ...[syn(100), syn(100), segment(101, 'abc'), segment(101, 'abc'), segment(102, 'bcdef')],
      ...[segment(101, 'ab'), segment(105, 'efgh')],
    );
    expect(sent).toMatchObject({ text: 'abcdefgh', gap: null, conflicts: 0 });
  });

  test('bytes that come again and differ: the first ones stay, and it is said', () => {
    expect(sentOf(syn(100), segment(101, 'abcd'), segment(102, 'XcY'))).toMatchObject({
      ...{ text: 'abcd', conflicts: 2, gap: null },
    });
  });

  test('a keep-alive probe is no data', () => {
    expect(sentOf(syn(100), segment(101, 'abc'), segment(103, '\0'))).toMatchObject({
      text: 'abc',
      conflicts: 0,
    });
  });

  test('numbers begin anew after 2^32', () => {
    const sent = sentOf(syn(0xfffffffd), segment(0xfffffffe, 'ab'), segment(2, 'ef'), segment(0, 'cd'));
    expect(sent).toMatchObject({ text: 'abcdef', gap: null });
  });

  test('the text of a RST is none', () => {
    expect(sentOf(syn(100), segment(101, 'abc'), segment(104, 'gone', { rst: true }))).toMatchObject({
      ...{ text: 'abc', end: 'rst', gap: null },
    });
  });
});

describe('missing pieces are said, not guessed', () => {
  test('in the middle', () => {
    expect(sentOf(syn(100), segment(101, 'abc'), segment(108, 'hij'), segment(111, 'k'))).toMatchObject({
      ...{ text: 'abc', bytes: 3, gap: { at: 3, bytes: 4, why: 'lost', bytesAfter: 4 } },
    });
  });

  test('a second gap is behind the first', () => {
    expect(sentOf(syn(100), segment(103, 'c'), segment(105, 'e'))).toMatchObject({
      ...{ text: '', gap: { at: 0, bytes: 2, why: 'lost', bytesAfter: 2 } },
    });
  });

  test('cut when it was captured', () => {
    expect(sentOf(syn(100), segment(101, 'abc', { missing: 5 }), segment(109, 'i'))).toMatchObject({
      ...{ text: 'abc', gap: { at: 3, bytes: 5, why: 'cut', bytesAfter: 1 } },
    });
    expect(sentOf(syn(100), segment(101, 'abc', { missing: 5 }))).toMatchObject({
      ...{ text: 'abc', gap: { at: 3, bytes: 5, why: 'cut', bytesAfter: 0 } },
    });
  });

  test('cut, but there as a whole in a retransmission', () => {
    expect(sentOf(syn(100), segment(101, 'abc', { missing: 2 }), segment(101, 'abcde'))).toMatchObject({
      ...{ text: 'abcde', gap: null },
    });
  });

  test('at the end: the FIN, or what the other side acknowledged, is further on', () => {
    expect(sentOf(syn(100), segment(101, 'abc'), segment(110, '', { fin: true }))).toMatchObject({
      ...{ text: 'abc', gap: { at: 3, bytes: 6, why: 'lost', bytesAfter: 0 } },
    });
    const acked = segment(500, '', { from: 'server', acknowledged: 114 });
    expect(sentOf(syn(100), segment(101, 'abc'), acked)).toMatchObject({ gap: { at: 3, bytes: 9 } });
    const all = segment(500, '', { from: 'server', acknowledged: 104 });
    expect(sentOf(syn(100), segment(101, 'abc'), all)).toMatchObject({ gap: null });
  });

  test('the start', () => {
    expect(sentOf(segment(104, 'def'), segment(101, 'abc'))).toMatchObject({
      text: 'abcdef',
      hasStart: false,
      gap: null,
    });
  });
});

describe('connections', () => {
  test('both directions; the client is who sent the SYN, whatever was captured first', () => {
    const answer = segment(900, '', { from: 'server', syn: true, acknowledged: 101 });
    const [only, ...others] = connectionsOf(
      ...[answer, syn(100), segment(901, 'response', { from: 'server' }), segment(101, 'request')],
    );
    expect(others).toEqual([]);
    expect([only.client, only.server]).toEqual([CLIENT, SERVER]);
    expect([textOf(only.fromClient), textOf(only.fromServer)]).toEqual(['request', 'response']);
    expect([only.fromClient.hasStart, only.fromServer.hasStart]).toEqual([true, true]);
  });

  test('without a SYN the client is who sent data first', () => {
    const [only] = connectionsOf(segment(900, '', { from: 'server' }), segment(101, 'request'));
    expect(only.client).toEqual(CLIENT);
  });

  test('the same ports again are another connection', () => {
    const all = connectionsOf(syn(100), segment(101, 'one'), syn(7000), segment(7001, 'two'));
    expect(all.map(({ fromClient }) => textOf(fromClient))).toEqual(['one', 'two']);
  });

  test('other ports are another connection', () => {
    const source = { ...CLIENT, port: 40_001 };
    const all = connectionsOf(segment(1, 'one'), { ...segment(1, 'two'), source }, segment(4, '!'));
    expect(all.map(({ fromClient }) => textOf(fromClient))).toEqual(['one!', 'two']);
  });
});

test('any cuts, any order, any repeats: the same stream', () => {
  const cuts = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 30 }), fc.nat(1000)), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), cuts, (initial, extra) => {
      const text = Array.from({ length: 60 }, (_, i) => String.fromCharCode(33 + i)).join('');
      const whole = [0, 10, 25, 40].map((at, i, all) => [at, (all[i + 1] ?? 60) - at, 0] as const);
      const segments = [...whole, ...extra]
        .map(([at, length, order]) => ({
          order,
          one: segment(initial + 1 + at, text.slice(at, at + length)),
        }))
        .sort((a, b) => a.order - b.order)
        .map(({ one }) => one);
      expect(sentOf(syn(initial), ...segments)).toMatchObject({ text, gap: null, conflicts: 0 });
    }),
  );
});
