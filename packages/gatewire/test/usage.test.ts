import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseBytes, parseCount, parseSeconds } from '../src/number-options.js';
import { run } from './cli.js';

const FLAGS = [
  '--interface',
  '--lifespan',
  '--root-path',
  '--env',
  '--uwsgi',
  '--fastcgi',
  '--http',
  '--chmod-socket',
  '--subscribe',
  '--subscribe-sign',
  '--max-body',
  '--header-timeout',
  '--body-timeout',
  '--keep-alive-timeout',
  '--limit-concurrency',
  '--workers',
  '--max-requests',
  '--max-rss',
  '--graceful-timeout',
  '--access-log',
  '--log-level',
  '--log-format',
  '--config',
];

describe('help', () => {
  test('serve --help names every flag, the lines for nginx and the exit codes', async () => {
    const { code, output } = await run(['serve', '--help']);
    expect(code).toBe(0);
    for (const flag of FLAGS) expect(output).toMatch(new RegExp(`^  ${flag} <`, 'm'));
    expect(output.match(/^ {2}--?[a-z-]+/gm)?.map((flag) => flag.trim())).toEqual([...FLAGS, '-h']);
    expect(output).toContain('location / { include uwsgi_params; uwsgi_pass 127.0.0.1:3031; }');
    expect(output).toContain('location / { include fastcgi_params; fastcgi_pass 127.0.0.1:9000; }');
    expect(output).toContain('fastcgi_keep_conn on;');
    expect(output).toContain('startResponse(');
    expect(output).toContain('Exit codes: 0 stopped, 2 wrong usage, 3 not started');
  });

  test('the README has a row for every flag, and no others', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    expect([...readme.matchAll(/^\| `(--[a-z-]+)/gm)].map((match) => match[1])).toEqual(FLAGS);
  });

  test('--help names the commands that there are, and no others', async () => {
    const { code, output } = await run(['--help']);
    expect(code).toBe(0);
    const commands = /Commands:\n((?: {2}.*\n)+)/.exec(output)?.[1].match(/^ {2}[a-z-]+/gm);
    expect(commands?.map((command) => command.trim())).toEqual([
      'serve',
      'request',
      'inspect',
      'cgi',
      'nginx-conf',
      'help',
    ]);
  });

  test('--version', async () => {
    const { code, output } = await run(['--version']);
    expect(code).toBe(0);
    expect(output).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+\S*\n$/);
  });
});

test.concurrent.each([
  [[], 'Usage: gatewire'],
  [['serve'], "missing required argument 'MODULE[:EXPORT]'"],
  [['bogus'], "unknown command 'bogus'"],
  [['serve', 'app.js', '--bogus'], "unknown option '--bogus'"],
  [['serve', 'app.js', 'more.js'], 'too many arguments'],
  [['serve', 'app.js', '--uwsgi', '3031'], 'for a port on this machine write :3031'],
  [['serve', 'app.js', '--fastcgi', '/run/app.sock'], 'for a unix socket write unix:/run/app.sock'],
  [['serve', 'app.js', '--http', 'http://x/'], 'this is a URL'],
  [['serve', 'app.js', '--interface', 'cgi'], 'Allowed choices are auto, asgi, wsgi, fetch, node'],
  [['serve', 'app.js', '--log-level', 'loud'], 'Allowed choices are debug, info, warning, error'],
  [['serve', 'app.js', '--root-path', 'shop'], 'Expected a path such as /shop'],
  [['serve', 'app.js', '--chmod-socket', '9'], 'Expected three octal digits, such as 660'],
  [['serve', 'app.js', '--lifespan', 'yes'], 'Allowed choices are auto, on, off'],
  [['serve', 'app.js', '--workers', '0'], 'Expected a whole number of 1 or more'],
  [['serve', 'app.js', '--env', 'NAME'], 'Expected NAME=value'],
  [['serve', 'app.js', '--env', 'wsgi.input=x'], "Names that begin with wsgi. are the server's"],
  [['serve', 'app.js', '--subscribe', 'router:3401'], 'expected [ADDRESS=]HOST:PORT:KEY'],
  [['serve', 'app.js', '--subscribe-sign', 'key.pem'], 'expected DIGEST:FILE'],
  [['cgi'], "missing required argument 'MODULE[:EXPORT]'"],
  [['cgi', 'app.js'], 'no REQUEST_METHOD in the environment'],
  [['cgi', 'app.js', '--uwsgi', ':3031'], "unknown option '--uwsgi'"],
  [['worker'], "unknown command 'worker'"],
  [['serve', 'app.js', '--max-body', '1t'], 'Expected bytes, such as 65536, 64k, 10m or 1g'],
] as const)('%j is wrong usage: exit code 2', async (args, message) => {
  const { code, output } = await run(args);
  expect(output).toContain(message);
  expect(code).toBe(2);
});

describe('numbers', () => {
  test.each([
    ['0', 0],
    ['65536', 65_536],
    ['64k', 65_536],
    ['10m', 10_485_760],
    ['1G', 1_073_741_824],
  ])('%s bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.each(['', 'k', '-1', '1.5m', '1t', '1 k', '9999999999999', '999999999999g'])(
    '%j is no size',
    (text) => {
      expect(() => parseBytes(text)).toThrow('Expected bytes');
    },
  );

  test.each([
    ['0', 0],
    ['0.5', 0.5],
    ['30', 30],
  ])('%s seconds', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  // Beyond 24 days a timer of Node fires at once.
  test.each(['', '-1', '1s', '.5', '1e3', 'Infinity', '2000001'])('%j is no time', (text) => {
    expect(() => parseSeconds(text)).toThrow('Expected seconds');
  });

  test.each(['', '0', '-1', '1.5', 'many'])('%j is no count', (text) => {
    expect(() => parseCount(text)).toThrow('Expected a whole number of 1 or more');
  });

  test('a count', () => {
    expect(parseCount('100')).toBe(100);
  });
});
