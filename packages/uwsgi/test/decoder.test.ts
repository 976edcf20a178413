import { drain, hex, randomCuts, wholeAndBytewise } from '@gatewire/testkit';
import { encodePacket, UwsgiDecoder } from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure, failureOf } from './failure.js';

const TWO = hex`
  65 02 00 00  68 69
  00 05 00 01  01 00 41 00 00`;
const TWO_PACKETS = [
  { modifier1: 101, modifier2: 0, payload: hex`68 69` },
  { modifier1: 0, modifier2: 1, payload: hex`01 00 41 00 00` },
];

describe('UwsgiDecoder', () => {
  test.each(wholeAndBytewise(TWO))('spec: two packets, $name', ({ chunks }) => {
    expect(drain(new UwsgiDecoder(), chunks)).toEqual({ events: TWO_PACKETS, error: null });
  });

  test('two packets, at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(TWO), (chunks) => {
        expect(drain(new UwsgiDecoder(), chunks)).toEqual({ events: TWO_PACKETS, error: null });
      }),
    );
  });

  test('any packets, at any cuts', () => {
    const packet = fc.tuple(fc.constantFrom(0, 5, 110, 224), fc.uint8Array({ maxLength: 400 }));
    const stream = fc.array(packet, { maxLength: 6 }).map((packets) => ({
      packets: packets.map(([modifier1, payload]) => ({ modifier1, modifier2: 0, payload })),
      bytes: Uint8Array.from(packets.flatMap(([m1, p]) => [m1, p.length & 0xff, p.length >> 8, 0, ...p])),
    }));
    fc.assert(
      fc.property(
        stream.chain(({ packets, bytes }) => fc.tuple(fc.constant(packets), randomCuts(bytes))),
        ([packets, chunks]) => {
          expect(drain(new UwsgiDecoder(), chunks)).toEqual({ events: packets, error: null });
        },
      ),
    );
  });

  test('invalid: every prefix of a packet is UWSGI_TRUNCATED at its end', () => {
    for (let length = 1; length < 6; length++) {
      for (const { chunks } of wholeAndBytewise(TWO.subarray(0, length))) {
        const { events, error } = drain(new UwsgiDecoder(), chunks);
        expect(events).toEqual([]);
        expect(describeFailure(error)).toBe(`UWSGI_TRUNCATED at ${length}`);
      }
    }
    const { events, error } = drain(new UwsgiDecoder(), [TWO.subarray(0, 8)]);
    expect(events).toEqual(TWO_PACKETS.slice(0, 1));
    expect(describeFailure(error)).toBe('UWSGI_TRUNCATED at 8');
  });

  test('no input is no error', () => {
    expect(drain(new UwsgiDecoder(), [])).toEqual({ events: [], error: null });
  });

  test('limit: maxPacketBytes is checked as soon as the size is known, nothing is buffered for it', () => {
    for (const { chunks } of wholeAndBytewise(hex`64 00 00 00  00 65 00 00`)) {
      const { events, error } = drain(new UwsgiDecoder({ maxPacketBytes: 100 }), chunks);
      expect(events).toHaveLength(1);
      expect(describeFailure(error)).toBe('UWSGI_LIMIT_PACKET at 5');
    }
    const decoder = new UwsgiDecoder({ maxPacketBytes: 5 });
    decoder.receive(hex`00 05 00 00 01 00 41 00 00`);
    expect(decoder.next()?.payload).toHaveLength(5);
  });

  test('a packet of 65,535 bytes comes whole, byte by byte too', () => {
    const packet = encodePacket(0, 0, ['A', 'v'.repeat(65_530)]);
    for (const { chunks } of wholeAndBytewise(packet)) {
      const { events, error } = drain(new UwsgiDecoder(), chunks);
      expect(error).toBeNull();
      expect(events).toHaveLength(1);
      expect(Buffer.compare(events[0].payload, packet.subarray(4))).toBe(0);
    }
  });

  test('a failure is final: the same object from every method', () => {
    const decoder = new UwsgiDecoder();
    decoder.receive(hex`47 45 54 20`);
    const thrown: unknown[] = [];
    const calls = [
      () => decoder.next(),
      () => decoder.next(),
      () => decoder.receive(hex`00`),
      () => decoder.takeBody(1),
      () => decoder.finish(),
    ];
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        thrown.push(error);
      }
    }
    expect(thrown).toHaveLength(5);
    expect(new Set(thrown).size).toBe(1);
  });

  test('a packet that is whole in its chunk is a view of it, to the last byte; a spread one is not', () => {
    for (const chunk of [TWO, hex`64 00 00 00`]) {
      const decoder = new UwsgiDecoder();
      decoder.receive(chunk);
      for (let left = chunk === TWO ? 2 : 1; left > 0; left--)
        expect(decoder.next()?.payload.buffer).toBe(chunk.buffer);
      expect(decoder.next()).toBeNull();
    }
    const decoder = new UwsgiDecoder();
    decoder.receive(TWO.subarray(0, 5));
    expect(decoder.next()).toBeNull();
    decoder.receive(TWO.subarray(5));
    expect(decoder.next()?.payload.buffer).not.toBe(TWO.buffer);
  });

  test('takeBody hands out views of what follows, as much as is asked for', () => {
    const decoder = new UwsgiDecoder();
    const chunk = hex`65 00 00 00  61 62 63`;
    decoder.receive(chunk);
    expect(decoder.next()?.modifier1).toBe(101);
    const body = decoder.takeBody(2);
    expect(body).toEqual(hex`61 62`);
    expect(body?.buffer).toBe(chunk.buffer);
    expect(decoder.offset).toBe(6);
    expect(decoder.takeBody(0)).toBeNull();
    expect(decoder.takeBody(Infinity)).toEqual(hex`63`);
    expect(decoder.takeBody(Infinity)).toBeNull();
    expect(decoder.offset).toBe(7);
  });

  test('misuse is a TypeError', () => {
    const decoder = new UwsgiDecoder();
    expect(() => decoder.receive('text' as never)).toThrow(TypeError);
    decoder.receive(hex`65 00 00 00 61`);
    expect(() => decoder.receive(hex`00`)).toThrow(/before next\(\) gave null/);
    decoder.next();
    decoder.next();
    expect(() => decoder.takeBody(1)).toThrow(/inside a packet/);
    const ended = new UwsgiDecoder();
    ended.finish();
    expect(() => ended.receive(hex`00`)).toThrow(/after finish/);
    expect(() => new UwsgiDecoder({ maxVars: -1 })).toThrow(RangeError);
  });

  test('a limit error keeps the packets before it', () => {
    const decoder = new UwsgiDecoder({ maxPacketBytes: 2 });
    decoder.receive(TWO);
    expect(decoder.next()?.payload).toEqual(hex`68 69`);
    expect(failureOf(() => decoder.next())).toBe('UWSGI_LIMIT_PACKET at 7');
    expect(decoder.offset).toBe(6);
  });
});
