// An error that is nobody's mistake ends a decoder as a peer's mistake does: had it happened while parameters were kept,
// going on would make a request with fewer of them.
import { FcgiApplication, FcgiDecoder } from '@gatewire/fastcgi';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import { ascii, thrownBy } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { begin, joined, params, record, stdin } from './wire.js';

const FAILURE = new RangeError('Array buffer allocation failed');

/** A chunk that memory does not suffice for a view of. */
const unaffordable = (bytes: Uint8Array): Uint8Array =>
  Object.assign(bytes.slice(), {
    subarray: () => {
      throw FAILURE;
    },
  });

const FIRST = joined(begin(1), record(4, 1, ascii('\x01\x01A')));
const REST = joined(record(4, 1, ascii('b')), record(4, 1), stdin(1));

describe('when memory runs out', () => {
  test.each([
    ['when the chunk is left', unaffordable(FIRST), REST],
    ['when their stream ends', FIRST, unaffordable(REST)],
  ])('parameters that could not be kept, %s: no request from then on', (_, ...chunks) => {
    const application = new FcgiApplication();
    const decoder = new FcgiDecoder();
    for (const reader of [application, decoder]) {
      const thrown = thrownBy(() => {
        for (const chunk of chunks) {
          reader.receive(chunk);
          for (let event = reader.next(); event !== null; event = reader.next())
            expect(event.kind).toBe('begin');
        }
      });
      expect(thrown).toBe(FAILURE);
      expect(thrownBy(() => reader.next())).toBe(FAILURE);
      expect(thrownBy(() => reader.receive(params(1, [])))).toBe(FAILURE);
      expect(thrownBy(() => reader.finish())).toBe(FAILURE);
    }
    expect(application.shouldClose).toBe(true);
  });

  test('a line of a head that could not be kept: no head from then on', () => {
    const decoder = new ResponseHeadDecoder();
    decoder.receive(unaffordable(ascii('Set-Cookie: s')));
    expect(thrownBy(() => decoder.next())).toBe(FAILURE);
    expect(thrownBy(() => decoder.next())).toBe(FAILURE);
    expect(thrownBy(() => decoder.receive(ascii('; HttpOnly\n\n')))).toBe(FAILURE);
    expect(thrownBy(() => decoder.finish())).toBe(FAILURE);
  });
});
