import { expect, test } from 'vitest';

// Imported inside the tests: what fails while a module is loaded fails a test, and not the file without any.
test('the entries load, the second one with its table', async () => {
  const { UWSGI_MODIFIER_REQUEST } = await import('@gatewire/uwsgi');
  expect(UWSGI_MODIFIER_REQUEST).toBe(0);
  const { UWSGI_KINDS, UWSGI_MODIFIER } = await import('@gatewire/uwsgi/kinds');
  expect(UWSGI_KINDS[0]).toMatchObject({ name: 'REQUEST', modifier1: 0 });
  expect(UWSGI_MODIFIER.RESPONSE).toBe(255);
});
