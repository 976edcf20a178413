import { FCGI_HEADER_LEN, FCGI_MAX_LENGTH, FCGI_VERSION_1 } from '@gatewire/fastcgi';
import { expect, test } from 'vitest';

test('§8: the constants of the protocol', () => {
  expect([FCGI_VERSION_1, FCGI_HEADER_LEN, FCGI_MAX_LENGTH]).toEqual([1, 8, 65_535]);
});
