import { statSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '@gatewire/server';
import type { ListenAddress } from '@gatewire/server';
import { makeTempDir } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { answering, request, text } from './client.js';

const app = answering('200 OK', [], [text('fine')]);

describe('the permissions of a unix socket', () => {
  test.each([
    [undefined, 0o666],
    [0o666, 0o666],
    [0o660, 0o660],
    [0o600, 0o600],
  ])('mode %s', async (mode, expected) => {
    const temp = await makeTempDir('gatewire-server');
    const before = process.umask(0o077);
    for (const protocol of ['uwsgi', 'fastcgi', 'http'] as const) {
      const path = join(temp.path, `${protocol}.sock`);
      const listen = [{ protocol, path, ...(mode !== undefined && { mode }) }];
      const server = await serve(app, { listen });
      expect(statSync(path).mode & 0o777).toBe(expected);
      if (protocol === 'uwsgi') expect((await request(server.addresses[0])).body.toString()).toBe('fine');
      await server.close();
    }
    process.umask(before);
    await temp.remove();
  });

  test.each([-1, 0o1000, 1.5, NaN, '660'])(
    'invalid: %s is a TypeError, and nothing listens',
    async (mode) => {
      const listen = [{ protocol: 'uwsgi', path: '/nowhere/app.sock', mode }] as unknown as ListenAddress[];
      await expect(serve(app, { listen })).rejects.toThrow(TypeError);
    },
  );
});
