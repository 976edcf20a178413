import { ascii, drain, hex, joinFragments } from '@gatewire/testkit';
import { decodeVars, encodeRequest, UwsgiApplication } from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const sent = (pairs: readonly string[], options?: Parameters<typeof encodeRequest>[1]): string[] => {
  const [packet] = encodeRequest(pairs, options);
  return decodeVars(packet, 4, packet.length);
};

describe('encodeRequest', () => {
  test('spec: packet, then the body by identity; CONTENT_LENGTH is derived', () => {
    const body = ascii('a=b');
    const chunks = encodeRequest(['A', 'b'], { body, modifier1: 5, modifier2: 1 });
    expect(chunks[0]).toEqual(
      hex`05 19 00 01  01 00 41 01 00 62  0e 00 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 01 00 33`,
    );
    expect(chunks[1]).toBe(body);
    expect(chunks).toHaveLength(2);
  });

  test('without a body one chunk, and CONTENT_LENGTH is 0', () => {
    expect(sent(['A', 'b'])).toEqual(['A', 'b', 'CONTENT_LENGTH', '0']);
    expect(encodeRequest(['A', 'b'], { body: new Uint8Array(0) })).toHaveLength(1);
  });

  test('contentLength announces a body that the caller sends', () => {
    expect(sent(['A', 'b'], { contentLength: 2 ** 40 })).toEqual([
      'A',
      'b',
      'CONTENT_LENGTH',
      '1099511627776',
    ]);
  });

  test('a CONTENT_LENGTH that is given must be the size of the body', () => {
    expect(sent(['CONTENT_LENGTH', '2', 'A', 'b'], { body: ascii('hi') })).toEqual([
      'CONTENT_LENGTH',
      '2',
      'A',
      'b',
    ]);
    expect(sent(['CONTENT_LENGTH', ''])).toEqual(['CONTENT_LENGTH', '']);
    for (const text of ['3', '02', '', '+2']) {
      expect(() => encodeRequest(['CONTENT_LENGTH', text], { body: ascii('hi') })).toThrow(
        /the body has 2 bytes/,
      );
    }
  });

  test('hop-by-hop headers are left out unless kept, Proxy and friends always', () => {
    const pairs = [
      ...[
        'HTTP_CONNECTION',
        'upgrade',
        'HTTP_KEEP_ALIVE',
        '1',
        'HTTP_PROXY_CONNECTION',
        'x',
        'HTTP_TE',
        'trailers',
      ],
      ...['HTTP_TRAILER', 'x', 'HTTP_UPGRADE', 'websocket', 'HTTP_TRANSFER_ENCODING', 'chunked'],
      ...[
        'HTTP_PROXY',
        'http://evil.test/',
        'HTTP_CONTENT_LENGTH',
        '0',
        'HTTP_CONTENT_TYPE',
        'x',
        'HTTP_HOST',
        'a',
      ],
    ];
    expect(sent(pairs)).toEqual(['HTTP_HOST', 'a', 'CONTENT_LENGTH', '0']);
    expect(sent(pairs, { hopByHop: 'keep' }).filter((_, i) => i % 2 === 0)).toEqual([
      'HTTP_CONNECTION',
      'HTTP_KEEP_ALIVE',
      'HTTP_PROXY_CONNECTION',
      'HTTP_TE',
      'HTTP_TRAILER',
      'HTTP_UPGRADE',
      'HTTP_HOST',
      'CONTENT_LENGTH',
    ]);
  });

  test('a name that comes twice is a RangeError unless kept', () => {
    expect(() => encodeRequest(['A', '1', 'A', '2'])).toThrow(/A is given twice/);
    expect(sent(['A', '1', 'A', '2'], { duplicates: 'keep' })).toEqual([
      'A',
      '1',
      'A',
      '2',
      'CONTENT_LENGTH',
      '0',
    ]);
  });

  test('onOversize is told of a block past bufferSize, 4,096 bytes unless given', () => {
    const told: number[] = [];
    const onOversize = (bytes: number): void => void told.push(bytes);
    // A=..., CONTENT_LENGTH=0: 5 and 19 bytes beside the value.
    encodeRequest(['A', 'v'.repeat(4096 - 24)], { onOversize });
    encodeRequest(['A', 'v'.repeat(4097 - 24)], { onOversize });
    encodeRequest(['A', 'v'.repeat(100 - 24)], { onOversize, bufferSize: 99 });
    encodeRequest(['A', 'v'.repeat(8192)], { onOversize, bufferSize: 65_535 });
    expect(told).toEqual([4097, 100]);
    // Nobody needs to listen.
    expect(encodeRequest(['A', 'v'.repeat(8192)])).toHaveLength(1);
  });

  test('misuse', () => {
    expect(() => encodeRequest(['A'])).toThrow(TypeError);
    expect(() => encodeRequest([], { body: ascii('x'), contentLength: 1 })).toThrow(TypeError);
    for (const contentLength of [-1, 1.5, NaN]) {
      expect(() => encodeRequest([], { contentLength })).toThrow(RangeError);
    }
  });

  test('roundtrip: the application gets the pairs and the body', () => {
    const name = fc.stringMatching(/^[A-Z][A-Z_]{0,20}$/);
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        names,
        fc.string({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 300 }),
        (list, text, body) => {
          const value = String.fromCharCode(...new TextEncoder().encode(text));
          const pairs = list
            .filter((each) => !/^(?:HTTP_|CONTENT_LENGTH$)/.test(each))
            .flatMap((each) => [each, value]);
          const { events, error } = drain(new UwsgiApplication(), encodeRequest(pairs, { body }));
          expect(error).toBeNull();
          const [request, ...rest] = joinFragments(events);
          expect(request).toMatchObject({ pairs: [...pairs, 'CONTENT_LENGTH', String(body.length)] });
          const data = rest.flatMap((event) => (event.kind === 'body' ? [...event.data] : []));
          expect(data).toEqual([...body]);
          expect(rest.at(-1)?.kind).toBe('bodyEnd');
        },
      ),
    );
  });
});
