import { encodeParams, encodeRecord, FcgiDecoder } from '@gatewire/fastcgi';
import type { FcgiDecodeOptions } from '@gatewire/fastcgi';
import { ascii, drain, hex, joinFragments, wholeAndBytewise } from '@gatewire/testkit';
import { expect, test } from 'vitest';
import { describeFailure } from './failure.js';

const run = (chunks: Iterable<Uint8Array>, options?: FcgiDecodeOptions) => {
  const { events, error } = drain(new FcgiDecoder(options), chunks);
  return { events: joinFragments(events), error };
};
const failure = (bytes: Uint8Array, options?: FcgiDecodeOptions): string => {
  const seen = new Set<string>();
  for (const { chunks } of wholeAndBytewise(bytes)) seen.add(describeFailure(run(chunks, options).error));
  return [...seen].join(' or ');
};

test('limit: maxParamsBytes is checked at the header, before anything is stored', () => {
  const options = { maxParamsBytes: 6 };
  const three = hex`01 04 00 01 00 03 00 00 01 00 41`;
  const end = hex`01 04 00 01 00 00 00 00`;
  expect(run([hex`${three}${three}${end}`], options).error).toBeNull();
  expect(failure(hex`${three}${three} 01 04 00 01 00 01 00 00`, options)).toBe('FCGI_LIMIT_PARAMS at 26');
  // Of parameters, not of a body behind them.
  expect(
    run([hex`${three}${three}${end} 01 05 00 01 00 07 00 00 ${three.subarray(4)}`], options).error,
  ).toBeNull();
  // Per request, not in all.
  const other = hex`01 04 00 02 00 06 00 00 01 00 41 01 00 42`;
  expect(run([hex`${three}${other}${three}${end}`], options).error).toBeNull();
});

test('limit: 1 MiB of parameters by default', () => {
  const pair = ['N', 'v'.repeat(65_530 - 8)];
  const records = encodeParams(1, Array.from({ length: 16 }, () => pair).flat()).slice(0, -8);
  const more = encodeRecord(4, 1, new Uint8Array(0x100000 - 16 * 65_528));
  expect(run([records, more]).error).toBeNull();
  const at = records.length + 4;
  const { error } = run([records, encodeRecord(4, 1, new Uint8Array(0x100000 - 16 * 65_528 + 1))]);
  expect(describeFailure(error)).toBe(`FCGI_LIMIT_PARAMS at ${at}`);
});

test('limit: parameters of maxRequests requests at once', () => {
  const begun = (id: number): Uint8Array => hex`01 04 00 ${id} 00 03 00 00 01 00 41`;
  const two = hex`${begun(1)}${begun(2)}`;
  expect(run([two], { maxRequests: 2 }).error).toBeNull();
  expect(failure(hex`${two}${begun(3)}`, { maxRequests: 2 })).toBe('FCGI_LIMIT_REQUESTS at 24');
  // One that has ended, or was given up, counts no longer.
  for (const over of [hex`01 04 00 02 00 00 00 00`, hex`01 02 00 01 00 00 00 00`]) {
    expect(run([hex`${two}${over}${begun(3)}`], { maxRequests: 2 }).error).toBeNull();
  }
});

test('limit: management records of maxValuesBytes', () => {
  const values = (bytes: number): Uint8Array => encodeRecord(9, 0, ascii('\x01\0A'.repeat(bytes / 3)));
  expect(run([values(4095)]).error).toBeNull();
  expect(failure(values(4098))).toBe('FCGI_LIMIT_VALUES at 4');
  expect(run([values(3)], { maxValuesBytes: 3 }).error).toBeNull();
  expect(failure(values(6), { maxValuesBytes: 5 })).toBe('FCGI_LIMIT_VALUES at 4');
  // UNKNOWN_TYPE has no values.
  const unknownType = hex`01 0b 00 00 00 08 00 00  0c 00 00 00 00 00 00 00`;
  expect(run([unknownType], { maxValuesBytes: 0 }).events).toEqual([{ kind: 'unknownType', type: 12 }]);
});
