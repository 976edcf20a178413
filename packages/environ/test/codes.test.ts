import { errorCodes, provokedCodes, tableCodes } from '@gatewire/testkit';
import { expect, test } from 'vitest';

test('the codes in the source, in the table of the README and in the tests are one set', () => {
  const codes = errorCodes('packages/environ/src/errors.ts');
  expect(codes.length).toBeGreaterThan(0);
  expect(tableCodes('packages/environ/README.md', 'ENVIRON_')).toEqual(codes);
  expect(provokedCodes('packages/environ/test', 'ENVIRON_')).toEqual(codes);
});
