import { ascii, cutAt, drain, joinFragments, wholeAndBytewise } from '@gatewire/testkit';
import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
import type { ResponseHead, ResponseHeadDecoderOptions, ResponseHeadEvent } from '@gatewire/fastcgi/cgi';
import { expect } from 'vitest';

/** What a response decodes to, fragments of the body joined. */
export interface Decoded {
  readonly events: ResponseHeadEvent[];
  readonly error: unknown;
}

/** Decodes chunks, end of input included. */
export function decode(chunks: Iterable<Uint8Array>, options?: ResponseHeadDecoderOptions): Decoded {
  const { events, error } = drain(new ResponseHeadDecoder(options), chunks);
  return { events: joinFragments(events), error };
}

/** Decodes text whole, byte by byte and in two chunks at every place, which must not differ. */
export function decodeEveryWay(text: string, options?: ResponseHeadDecoderOptions): Decoded {
  const bytes = ascii(text);
  const whole = decode([bytes], options);
  for (const { name, chunks } of wholeAndBytewise(bytes))
    expect(decode(chunks, options), name).toEqual(whole);
  for (let at = 1; at < bytes.length; at++)
    expect(decode(cutAt(bytes, [at]), options), `cut at ${at}`).toEqual(whole);
  return whole;
}

/**
 * What a response is, on one line: `STATUS REASON | Name: value, Name: value | body | remarks`, or `CODE at OFFSET`.
 * Remarks are what `bodyEnd` counts, and a location that is no `document`.
 */
export function told(text: string, options?: ResponseHeadDecoderOptions): string {
  const { events, error } = decodeEveryWay(text, options);
  return error === null ? events.map(tell).join(' | ') : describeFailure(error);
}

/** An error as `CODE at OFFSET`. Anything but our own fails the test. */
export function describeFailure(error: unknown): string {
  expect(error).toBeInstanceOf(ResponseHeadError);
  const { code, offset } = error as ResponseHeadError;
  return `${code} at ${offset}`;
}

/** The head of a response that must have one. */
export function headOf(text: string, options?: ResponseHeadDecoderOptions): ResponseHead {
  const { events, error } = decodeEveryWay(text, options);
  expect(error).toBeNull();
  const head = events.find((event) => event.kind === 'head');
  if (head === undefined) throw new Error('no head');
  return head;
}

function tell(event: ResponseHeadEvent): string {
  switch (event.kind) {
    case 'head':
    case 'interim': {
      const fields = event.headers
        .filter((_, i) => i % 2 === 0)
        .map((name, i) => `${name}: ${event.headers[2 * i + 1]}`);
      const location = event.location === 'document' ? '' : ` | ${event.location}`;
      const status = event.reason === '' ? String(event.status) : `${event.status} ${event.reason}`;
      return `${status} | ${fields.join(', ')}${location}`;
    }
    case 'body':
      return String.fromCharCode(...event.data);
    case 'bodyEnd':
      return `${event.missing} missing, ${event.surplus} surplus`;
  }
}
