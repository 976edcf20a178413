import { statSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import { expect, test } from 'vitest';
import { gatewire } from './cli.js';

test.each([
  ['--chmod-socket 660', ['--chmod-socket', '660'], 0o660],
  ['--chmod-socket 0600, with workers', ['--chmod-socket', '0600', '--workers', '1'], 0o600],
  ['nothing', [], 0o666],
  ['nothing, with workers', ['--workers', '1'], 0o666],
] as const)('%s: the mode of the unix socket, and no word on another listener', async (_, flags, mode) => {
  const temp = await makeTempDir('gatewire-chmod');
  const path = join(temp.path, 'app.sock');
  const listeners = ['--uwsgi', `unix:${path}`, '--fastcgi', ':0'];
  const program = await gatewire(['serve', 'gatewire/demo-app', ...listeners, ...flags], {
    ready: { output: /listening on fastcgi/ },
  });
  expect(statSync(path).mode & 0o777).toBe(mode);
  await program.stop();
  await temp.remove();
});
