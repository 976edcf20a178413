import { ascii, joinFragments, randomCuts } from '@gatewire/testkit';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import type { ResponseHeadDecoderOptions } from '@gatewire/fastcgi/cgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, describeFailure } from './head-helpers.js';

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
const content = fc
  .stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/)
  .map((text) => text.replace(/^[\t ]+|[\t ]+$/g, ''));
/** Names that the decoder treats like any other. */
const plainName = token.filter(
  (name) =>
    !/^(status|location|content-(type|length)|transfer-encoding|connection|keep-alive|proxy-connection|te|trailer|upgrade)$/i.test(
      name,
    ),
);

describe('properties', () => {
  test.each(['cgi', 'http'] as const)('roundtrip: what encodeResponseHead writes, %s', (form) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(101), fc.integer({ min: 200, max: 999 })),
        content,
        fc.array(fc.tuple(plainName, content), { maxLength: 10 }),
        fc.option(content.filter((text) => text !== '')),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (status, reason, fields, contentType, sizes) => {
          const headers = fields.flat();
          if (contentType !== null) headers.unshift('Content-Type', contentType);
          const bytes = encodeResponseHead(status, headers, { form, reason });
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < bytes.length;) {
            const { value } = sizes.next() as { value: number };
            chunks.push(bytes.subarray(at, (at += value)));
          }
          const { events, error } = decode(chunks, { forms: form, upgrade: 'accept' });
          expect(error).toBeNull();
          expect(events[0]).toEqual({
            kind: 'head',
            form,
            httpVersion: form === 'http' ? '1.1' : null,
            status,
            reason,
            headers,
            location: 'document',
            contentType,
            contentLength: null,
          });
        },
      ),
    );
  });

  const NEAR_MISSES = [
    'Content-type: text/plain\nSet-Cookie: a=1\r\nstatus: 404 Not Found\nSet-Cookie: b=2\n\r\nno\n\nhere',
    'HTTP/1.1 302 Found\r\nLocation: http://a/\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi',
    'HTTP/2 103\n\nHTTP/2 200\nTransfer-Encoding: x\n\n',
  ].map(ascii);

  test('any bytes: events or a ResponseHeadError, the same at every chunking', () => {
    const options: fc.Arbitrary<ResponseHeadDecoderOptions> = fc.record({
      forms: fc.constantFrom('both', 'cgi', 'http'),
      method: fc.constantFrom('GET', 'HEAD'),
      interim: fc.constantFrom('accept', 'reject'),
      upgrade: fc.constantFrom('accept', 'reject'),
      transferEncoding: fc.constantFrom('keep', 'reject'),
      hopByHop: fc.constantFrom('drop', 'keep'),
      maxHeadBytes: fc.integer({ min: 1, max: 100 }),
      maxLineBytes: fc.integer({ min: 1, max: 100 }),
      maxFields: fc.integer({ min: 1, max: 4 }),
    });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(
          fc.constantFrom('HTTP/', '1.1', ' ', '200', 'A', ':', '\r', '\n', '\t', 'Status', '\0', '\xff'),
          {
            maxLength: 20,
          },
        )
        .map((parts) => ascii(parts.join(''))),
      fc
        .tuple(fc.constantFrom(...NEAR_MISSES), fc.nat(200), fc.nat(255))
        .map(([near, at, byte]) => near.with(at % near.length, byte)),
    );
    fc.assert(
      fc.property(
        options,
        bytes.chain((input) => fc.tuple(fc.constant(input), randomCuts(input))),
        (rules, [input, chunks]) => {
          const whole = decode([input], rules);
          const cut = decode(chunks, rules);
          expect(cut.events).toEqual(joinFragments(whole.events));
          expect(cut.error).toEqual(whole.error);
          if (whole.error !== null) expect(describeFailure(whole.error)).toMatch(/^CGI_[A-Z_]+ at \d+$/);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('what is decoded can be encoded again, and says the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NEAR_MISSES), fc.nat(200), fc.nat(255), (near, at, byte) => {
        const { events } = decode([near.with(at % near.length, byte)]);
        const head = events.find((event) => event.kind === 'head');
        if (head === undefined) return;
        const { form, status, reason, headers } = head;
        const [again] = decode([encodeResponseHead(status, headers, { form, reason })]).events;
        expect(again).toMatchObject({ kind: 'head', form, status, reason, headers });
      }),
      { numRuns: 2000 },
    );
  });
});
