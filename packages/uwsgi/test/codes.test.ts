import { errorCodes, provokedCodes, tableCodes } from '@gatewire/testkit';
import { expect, test } from 'vitest';

test('the codes in the source, in the table of the README and in the tests are one set', () => {
  const codes = errorCodes('packages/uwsgi/src/errors.ts');
  expect(codes.length).toBeGreaterThan(0);
  expect(tableCodes('packages/uwsgi/README.md', 'UWSGI_')).toEqual(codes);
  // uWSGI's own variables begin with the same letters: UWSGI_FILE is no code.
  const provoked = provokedCodes('packages/uwsgi/test', 'UWSGI_').filter((name) => codes.includes(name));
  expect(provoked).toEqual(codes);
});
