// What JavaScript may call `serve` with, which no type has seen.
import { serve } from '@gatewire/server';
import type { ServeOptions } from '@gatewire/server';
import { expect, test } from 'vitest';
import { answering } from './client.js';

const app = answering('200 OK', [], []);

test.each([
  ['no options', undefined],
  ['no listen', {}],
  ['one address without a list', { listen: { protocol: 'http', host: '127.0.0.1', port: 0 } }],
])('%s: a TypeError', async (_, options) => {
  const expected = new TypeError('options.listen is no array of addresses');
  await expect(serve(app, options as unknown as ServeOptions)).rejects.toThrow(expected);
});

test.each([
  ['another protocol', { protocol: 'https', host: '127.0.0.1', port: 0 }],
  ['no host, which would be every interface', { protocol: 'http', port: 0 }],
  ['no port', { protocol: 'http', host: '127.0.0.1' }],
  ['a port as text', { protocol: 'http', host: '127.0.0.1', port: '80' }],
  ['an empty path', { protocol: 'http', path: '' }],
  ['null', null],
])('%s: a TypeError that shows it', async (_, address) => {
  const options = { listen: [address] } as unknown as ServeOptions;
  const shown = `${JSON.stringify(address)} is no address: expected { protocol, host, port }`;
  await expect(serve(app, options)).rejects.toThrow(shown);
});

test('an interface that does not exist: a TypeError', async () => {
  const options = { listen: [], interface: 'cgi' } as unknown as ServeOptions;
  await expect(serve(app, options)).rejects.toThrow(`interface is "cgi", expected 'auto', 'wsgi'`);
});
