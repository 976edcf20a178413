import { describeWith } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { noNginxLine } from '../demo/no-nginx.js';
import { demo, ended } from './cli.js';

const PLAIN = { env: { NO_COLOR: '1' } };

/** What each request's part has, in order. */
const PARTS =
  /^request\n[^]*?^packet\n[^]*?^environ\n[^]*?^response\n[^]*?^time {6}[^]*?^verdict {3}as expected$/gm;

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

describe('npm run demo, from recorded traffic', () => {
  test('shows three requests, ends with a summary and exit code 0', async () => {
    const { code, output } = await ended(await demo(['--no-nginx'], PLAIN));
    expect(lastLine(output)).toMatch(
      /^demo: 3 requests recorded from nginx [0-9.]+, 3 answered as expected, [0-9.]+ s$/,
    );
    expect(output.match(PARTS)).toHaveLength(3);
    expect(output).toContain('name, 9 bytes: PATH_INFO\n');
    expect(output).toMatch(/^ {2}PATH_INFO {16}\/café\/日本$/m);
    expect(output).toMatch(/^ {2}body size: 1048576 bytes$/m);
    expect(output).not.toContain('\x1b');
    expect(code).toBe(0);
  });

  test('--full leaves nothing out; colours when asked', async () => {
    const { code, output } = await ended(
      await demo(['--no-nginx', '--full'], { env: { NO_COLOR: '', FORCE_COLOR: '1' } }),
    );
    expect(output).not.toMatch(/… [0-9]+ more/);
    expect(output).toContain('\x1b[36mPATH_INFO\x1b[39m');
    expect(code).toBe(0);
  });

  test('where nginx is missing, one line says how to get it', () => {
    expect(noNginxLine()).toMatch(/^nginx is not installed: .*apt-get install nginx, or brew install nginx$/);
  });
});

describe('usage', () => {
  test('--help', async () => {
    const { code, output } = await ended(await demo(['--help']));
    for (const flag of ['--keep', '--no-nginx', '--full', '--help']) expect(output).toContain(`  ${flag} `);
    expect(code).toBe(0);
  });

  test('an unknown flag: exit code 2', async () => {
    const { code, output } = await ended(await demo(['--bogus']));
    expect(output).toContain("Unknown option '--bogus'");
    expect(code).toBe(2);
  });
});

describeWith('nginx', 'npm run demo, through nginx', () => {
  test('shows three requests, ends with a summary and exit code 0', async () => {
    const { code, output } = await ended(await demo([], PLAIN));
    expect(lastLine(output)).toMatch(
      /^demo: 3 requests through nginx [0-9.]+, 3 answered as expected, [0-9.]+ s$/,
    );
    expect(output.match(PARTS)).toHaveLength(3);
    expect(output).toMatch(/^ {2}PATH_INFO {16}\/café\/€$/m);
    expect(output).toMatch(/^ {2}Server: nginx\//m);
    expect(code).toBe(0);
  });

  test('--keep leaves it running for a browser until INT', async () => {
    const program = await demo(['--keep'], { ...PLAIN, ready: { output: /^open http:\S+ /m } });
    const url = /^open (http:\S+) /m.exec(program.output())?.[1] ?? '';
    const page = await fetch(`${url}page`, { headers: { Accept: 'text/html' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<dt>PATH_INFO</dt><dd>/page</dd>');
    process.kill(program.pid, 'SIGINT');
    expect((await ended(program)).code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });
});
