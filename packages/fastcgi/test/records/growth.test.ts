import {
  encodeBeginRequest,
  encodePairs,
  encodeParams,
  FcgiApplication,
  FcgiDecoder,
  FcgiPairsView,
} from '@gatewire/fastcgi';
import { bytewise, drain, growthExponent } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { joined, stdin, stdout } from './wire.js';

/** Above linear by more than noise makes it, and well below quadratic. */
const LINEAR = 1.35;

const pairsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => [
    `HTTP_X_HEADER_${i}`,
    i % 2 === 0 ? '' : `value number ${i}`,
  ]).flat();

describe('cost is linear in the input', () => {
  test.each([
    [
      'parameters to pairs',
      (pairs: string[]) => {
        const bytes = joined(encodeBeginRequest(1, 1, 1), encodeParams(1, pairs));
        return () => {
          const application = new FcgiApplication();
          application.receive(bytes);
          return application.next();
        };
      },
    ],
    [
      'a view',
      (pairs: string[]) => {
        const block = encodePairs(pairs);
        return () => new FcgiPairsView(block, 0, block.length).size;
      },
    ],
    ['encodeParams', (pairs: string[]) => () => encodeParams(1, pairs)],
  ])('in pairs: %s', (_, prepare) => {
    expect(growthExponent([60, 250, 1000, 4000], (count) => prepare(pairsOf(count)))).toBeLessThan(LINEAR);
  });

  test('in the size of parameters that come byte by byte', () => {
    const exponent = growthExponent([1000, 4000, 16_000, 64_000], (size) => {
      const bytes = encodeParams(1, ['A', 'v'.repeat(size)]);
      return () => drain(new FcgiDecoder(), bytewise(bytes)).events.length;
    });
    expect(exponent).toBeLessThan(LINEAR);
  });

  test('in the number of records in one chunk', () => {
    const exponent = growthExponent([500, 2000, 8000], (count) => {
      const one = stdout(1, Uint8Array.of(1));
      const bytes = joined(...Array.from({ length: count }, () => one));
      return () => {
        const decoder = new FcgiDecoder();
        decoder.receive(bytes);
        let events = 0;
        while (decoder.next() !== null) events++;
        if (events !== count) throw new Error('lost');
      };
    });
    expect(exponent).toBeLessThan(LINEAR);
  });

  test('in the number of requests on a connection', () => {
    const exponent = growthExponent([100, 400, 1600], (count) => {
      const one = joined(encodeBeginRequest(1, 1, 1), encodeParams(1, ['A', 'b']), stdin(1));
      return () => {
        const application = new FcgiApplication();
        for (let i = 0; i < count; i++) {
          application.receive(one);
          while (application.next() !== null);
          application.end(1);
        }
      };
    });
    expect(exponent).toBeLessThan(LINEAR);
  });
});
