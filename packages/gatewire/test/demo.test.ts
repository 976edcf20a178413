import { describeWith } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { noNginxLine } from '../demo/no-nginx.js';
import { demo, demoHead, ended } from './cli.js';

const PLAIN = { env: { NO_COLOR: '1' } };

/** What is shown of the request that goes over both, in order. */
const BESIDE =
  /^request\n[^]*?^packet over uwsgi_pass\n[^]*?^records over fastcgi_pass\n[^]*?^environ over uwsgi_pass\n[^]*?^environ over fastcgi_pass\n[^]*?^response\n[^]*?^response on the wire, uwsgi_pass\n[^]*?^response on the wire, fastcgi_pass\n[^]*?^sizes and times\n[^]*?^verdict {3}as expected$/gm;

/** What is shown of the others. */
const ALONE =
  /^request\n[^]*?^packet\n[^]*?^environ\n[^]*?^response\n[^]*?^time {6}[^]*?^verdict {3}as expected$/gm;

/** What the `fastcgi_params` of nginx 1.22 has and its `uwsgi_params` has not. */
const BEYOND_UWSGI_PARAMS = [
  'DOCUMENT_URI',
  'GATEWAY_INTERFACE',
  'REDIRECT_STATUS',
  'REMOTE_USER',
  'SERVER_ADDR',
  'SERVER_SOFTWARE',
];

function expectParts(output: string): void {
  expect(output.match(BESIDE)).toHaveLength(1);
  expect(output.slice(output.indexOf('── 3 of 4')).match(ALONE)).toHaveLength(2);
}

/** Names of the variables that are shown to differ. */
function differencesIn(output: string): string[] {
  const part = /^environ over fastcgi_pass\n([^]*?)\n\n/m.exec(output)?.[1] ?? '';
  return [...part.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name]) => name);
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

describe('npm run demo, from recorded traffic', () => {
  test('shows four requests, ends with a summary and exit code 0', async () => {
    const { code, output } = await ended(await demo(['--no-nginx'], PLAIN));
    expect(lastLine(output)).toMatch(
      /^demo: 4 requests recorded from nginx [0-9.]+, 4 answered as expected, [0-9.]+ s$/,
    );
    expectParts(output);
    expect(output).toContain('name, 9 bytes: PATH_INFO\n');
    expect(output).toMatch(/^ {2}PATH_INFO {16}\/café\/日本$/m);
    expect(output).toMatch(/^ {2}body size: 1048576 bytes$/m);
    expect(output).toContain('version 1, BEGIN_REQUEST, request 1, 8 bytes, padding 0\n');
    expect(output).toContain('lengths 11 and 13, name: SCRIPT_NAME\n');
    expect(output).toContain('protocol status 0: REQUEST_COMPLETE\n');
    expect(output).toMatch(/^ {2}uwsgi_pass {4}389 bytes /m);
    expect(output).toMatch(/^ {2}fastcgi_pass {2}536 bytes /m);
    expect(differencesIn(output)).toEqual([...BEYOND_UWSGI_PARAMS, 'REMOTE_PORT'].sort());
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

  test('a reader that goes away early is no error', async () => {
    const { output } = await ended(await demoHead(['--no-nginx'], PLAIN));
    expect(output).toMatch(/^application {3}uwsgi /);
    expect(output).not.toContain('EPIPE');
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
  test('shows four requests, ends with a summary and exit code 0', async () => {
    const { code, output } = await ended(await demo([], PLAIN));
    expect(lastLine(output)).toMatch(
      /^demo: 4 requests through nginx [0-9.]+, 4 answered as expected, [0-9.]+ s$/,
    );
    expectParts(output);
    expect(output).toMatch(/^ {2}PATH_INFO {16}\/café\/€$/m);
    expect(differencesIn(output)).toEqual([...BEYOND_UWSGI_PARAMS, 'REMOTE_PORT', 'SERVER_PORT'].sort());
    expect(output).toMatch(/^ {2}Server: nginx\//m);
    expect(code).toBe(0);
  });

  test('--keep leaves it running for a browser until INT', async () => {
    const program = await demo(['--keep'], { ...PLAIN, ready: { output: /^open http:\S+ /m } });
    const url = /^open (http:\S+) /m.exec(program.output())?.[1] ?? '';
    const page = await fetch(`${url}page`, { headers: { Accept: 'text/html' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<dt>PATH_INFO</dt><dd>/page</dd>');
    const other = /, or (http:\S+) for fastcgi_pass;$/m.exec(program.output())?.[1] ?? '';
    expect(await (await fetch(`${other}page`)).text()).toContain('GATEWAY_INTERFACE = "CGI/1.1"');
    process.kill(program.pid, 'SIGINT');
    expect((await ended(program)).code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });
});
