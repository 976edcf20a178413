import { expect, test } from 'vitest';

// Imported in the test itself: what throws while a module is loaded is seen here as a failed test.
test('both entries load, with the values of the specification', async () => {
  const { FCGI_TYPE, FcgiApplication } = await import('@gatewire/fastcgi');
  expect(FCGI_TYPE.BEGIN_REQUEST).toBe(1);
  expect(new FcgiApplication().next()).toBeNull();
  const { encodeResponseHead } = await import('@gatewire/fastcgi/cgi');
  const head = encodeResponseHead(204, [], { form: 'cgi' });
  expect(new TextDecoder().decode(head)).toBe('Status: 204 \r\n\r\n');
});
