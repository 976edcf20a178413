import { bytewise, drain, growthExponent } from '@gatewire/testkit';
import {
  decodeVars,
  encodePacket,
  encodeRequest,
  UwsgiApplication,
  UwsgiDecoder,
  VarsView,
} from '@gatewire/uwsgi';
import { describe, expect, test } from 'vitest';

/** Above linear by more than noise makes it, and well below quadratic. */
const LINEAR = 1.35;

const varsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => [`HTTP_X_HEADER_${i}`, `value number ${i}`]).flat();
const packetOf = (bytes: number): Uint8Array => encodePacket(0, 0, ['A', 'v'.repeat(bytes)]);

describe('cost is linear in the input', () => {
  test('this test sees quadratic work', () => {
    const exponent = growthExponent([250, 500, 1000, 2000], (size) => {
      const list = Array.from({ length: size }, (_, i) => i);
      return () => list.map((item) => list.lastIndexOf(item % 2));
    });
    expect(exponent).toBeGreaterThan(1.6);
  });

  test.each([
    [
      'decodeVars',
      (pairs: string[]) => {
        const packet = encodePacket(0, 0, pairs);
        return () => decodeVars(packet, 4, packet.length);
      },
    ],
    [
      'decodeVars that refuses duplicates',
      (pairs: string[]) => {
        const packet = encodePacket(0, 0, pairs);
        return () => decodeVars(packet, 4, packet.length, { duplicates: 'reject' });
      },
    ],
    [
      'decodeVars of a block broken at its end',
      (pairs: string[]) => {
        const packet = encodePacket(0, 0, pairs);
        return () => {
          try {
            decodeVars(packet, 4, packet.length - 1);
          } catch (error) {
            return error;
          }
          throw new Error('decoded');
        };
      },
    ],
    [
      'VarsView',
      (pairs: string[]) => {
        const packet = encodePacket(0, 0, pairs);
        return () => new VarsView(packet, 4, packet.length).get('HTTP_X_HEADER_0');
      },
    ],
    ['encodePacket', (pairs: string[]) => () => encodePacket(0, 0, pairs)],
    ['encodeRequest', (pairs: string[]) => () => encodeRequest(pairs)],
  ])('in vars: %s', (_, prepare) => {
    expect(growthExponent([30, 120, 480, 1000], (count) => prepare(varsOf(count)))).toBeLessThan(LINEAR);
  });

  test('in the size of a packet that comes byte by byte', () => {
    const exponent = growthExponent([1000, 4000, 16_000, 64_000], (size) => {
      const packet = packetOf(size);
      return () => drain(new UwsgiDecoder(), bytewise(packet)).events.length;
    });
    expect(exponent).toBeLessThan(LINEAR);
  });

  test('in the size of a body, in chunks of 100 bytes', () => {
    const exponent = growthExponent([10_000, 100_000, 1_000_000], (size) => {
      const [packet] = encodeRequest(['REQUEST_METHOD', 'POST'], { contentLength: size });
      const chunk = new Uint8Array(100);
      const chunks = [packet, ...Array.from({ length: size / 100 }, () => chunk)];
      return () => {
        const application = new UwsgiApplication();
        let bytes = 0;
        for (const each of chunks) {
          application.receive(each);
          for (let event = application.next(); event !== null; event = application.next()) {
            if (event.kind === 'body') bytes += event.data.length;
          }
        }
        if (bytes !== size) throw new Error('lost');
      };
    });
    expect(exponent).toBeLessThan(LINEAR);
  });
});
