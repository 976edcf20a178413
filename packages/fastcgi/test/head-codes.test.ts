import { errorCodes, provokedCodes, tableCodes } from '@gatewire/testkit';
import { expect, test } from 'vitest';

test('the codes in the source, in the table of CGI.md and in the tests are one set', () => {
  const codes = errorCodes('packages/fastcgi/src/cgi/errors.ts');
  expect(codes.length).toBeGreaterThan(0);
  expect(tableCodes('packages/fastcgi/CGI.md', 'CGI_')).toEqual(codes);
  expect(provokedCodes('packages/fastcgi/test', 'CGI_').filter((name) => codes.includes(name))).toEqual(
    codes,
  );
});
