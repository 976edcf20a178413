import { describe, expect, test } from 'vitest';
import { runApart } from './cli.js';

async function lines(...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await runApart(['nginx-conf', ...flags]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString();
}

describe('gatewire nginx-conf', () => {
  test.concurrent.each([
    ['0', 'client_max_body_size 1;'],
    ['1k', 'client_max_body_size 1k;'],
    ['3145728', 'client_max_body_size 3m;'],
    ['2147483648', 'client_max_body_size 2g;'],
    ['1000', 'client_max_body_size 1000;'],
  ])('--max-body %s', async (size, line) => {
    expect(await lines('--max-body', size)).toContain(`    ${line}\n`);
  });

  test.concurrent.each([
    ['1', null],
    ['1.5', null],
    ['2', 'keepalive_timeout 1s;'],
    ['500', 'keepalive_timeout 60s;'],
  ])(
    '--keep-alive-timeout %s: a connection is given up before the server closes it',
    async (seconds, line) => {
      const text = await lines('--http', ':8000', '--keep-alive-timeout', seconds);
      expect(/^ {2}(keepalive_timeout .+)$/m.exec(text)?.[1] ?? null).toBe(line);
      expect(/^ {2}keepalive 16;$/m.test(text)).toBe(line !== null);
    },
  );

  test.concurrent('HTTP as another way: what it needs stands before it', async () => {
    const text = await lines('--uwsgi', ':3031', '--http', ':8000');
    expect(text).toMatch(/^ {2}# Over http instead, with its upstream above:$/m);
    expect(text).toMatch(/^ {2}# before the server: map \$http_upgrade /m);
  });

  test.concurrent('a socket below the current folder, by its whole path', async () => {
    const text = await lines('--uwsgi', 'unix:app.sock', '--fastcgi', ':9000', '--params', 'inline');
    expect(text).toContain(`  server unix:${process.cwd()}/app.sock;\n`);
    expect(text).toMatch(/^ {2}# {3}fastcgi_param SCRIPT_NAME /m);
  });
});
