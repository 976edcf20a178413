import { errorCodes, provokedCodes, tableCodes } from '@gatewire/testkit';
import { expect, test } from 'vitest';

test('the codes in the source, in the table of the README and in the tests are one set', () => {
  const codes = errorCodes('packages/fastcgi/src/errors.ts');
  expect(codes.length).toBeGreaterThan(0);
  expect(tableCodes('packages/fastcgi/README.md', 'FCGI_')).toEqual(codes);
  // Constants and the values that web servers ask for begin with the same letters: FCGI_MAX_CONNS is no code.
  const provoked = provokedCodes('packages/fastcgi/test/records', 'FCGI_').filter((name) =>
    codes.includes(name),
  );
  expect(provoked).toEqual(codes);
});
