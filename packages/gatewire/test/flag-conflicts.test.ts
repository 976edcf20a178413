import { describe, expect, test } from 'vitest';
import { conflictOf } from '../src/flag-conflicts.js';
import { parseAddress } from '../src/address.js';
import { parseSubscription } from '../src/subscribe/target.js';
import type { ServeFlags } from '../src/serve-options.js';
import { run } from './cli.js';

const APP = 'gatewire/demo-app';
const ROUTER = '127.0.0.1:3401:example.com';

describe('flags that cannot go together are wrong usage: exit code 2, and what to write instead', () => {
  test.concurrent.each([
    [
      ['--http', ':0', '--subscribe', ROUTER],
      'error: --subscribe announces uwsgi listeners, and there is none: add --uwsgi ADDRESS; ' +
        '--subscribe [ADDRESS=]HOST:PORT:KEY tells where else this server is',
    ],
    [
      ['--uwsgi', '0.0.0.0:0', '--subscribe', ROUTER],
      'error: --subscribe cannot announce 0.0.0.0:0, which is every interface: choose one; ' +
        '--subscribe [ADDRESS=]HOST:PORT:KEY tells where else this server is',
    ],
    [
      ['--subscribe-sign', 'SHA1:/nowhere/key.pem'],
      'error: --subscribe-sign signs what --subscribe tells a router: add --subscribe HOST:PORT:KEY',
    ],
    [
      ['--uwsgi', ':3999', '--fastcgi', '127.0.0.1:3999'],
      'error: 127.0.0.1:3999 is given twice, by --uwsgi and --fastcgi: each listener needs an address of its own',
    ],
    [
      ['--uwsgi', ':0', '--chmod-socket', '660'],
      'error: --chmod-socket is for unix sockets, and there is none: add --uwsgi unix:/PATH',
    ],
    [
      ['--interface', 'fetch', '--lifespan', 'on'],
      'error: --lifespan on is for ASGI applications, and --interface is fetch: leave one of them out',
    ],
  ] as const)('serve %j', async (flags, message) => {
    const { code, output } = await run(['serve', APP, ...flags]);
    expect(output).toBe(`${message}\n(gatewire serve --help tells more)\n`);
    expect(code).toBe(2);
  });
});

describe('by the flags themselves', () => {
  const flags = (more: Partial<ServeFlags>): ServeFlags => ({
    interface: 'auto',
    lifespan: 'auto',
    accessLog: '-',
    logLevel: 'info',
    logFormat: 'text',
    ...more,
  });
  const uwsgi = (...addresses: readonly string[]): Partial<ServeFlags> => ({
    uwsgi: addresses.map((address) => ({ protocol: 'uwsgi', ...parseAddress(address) })),
  });
  const http = (...addresses: readonly string[]): Partial<ServeFlags> => ({
    http: addresses.map((address) => ({ protocol: 'http', ...parseAddress(address) })),
  });
  const subscribe = (...targets: readonly string[]): Partial<ServeFlags> => ({
    subscribe: targets.map(parseSubscription),
  });

  test.each<[string, Partial<ServeFlags>]>([
    ['nothing', {}],
    ['the default listener is announced', subscribe(ROUTER)],
    ['one of several is uwsgi', { ...uwsgi(':3031'), ...http(':8000'), ...subscribe(ROUTER) }],
    ['only a descriptor, of which the system knows more', { ...uwsgi('fd:3'), ...subscribe(ROUTER) }],
    ['where it is reached is said', { ...http(':8000'), ...subscribe(`10.0.0.7:3031=${ROUTER}`) }],
    ['and every interface then', { ...uwsgi('[::]:3031'), ...subscribe(`10.0.0.7:3031=${ROUTER}`) }],
    ['port 0 is another one each time', { ...uwsgi(':0', ':0'), ...http(':0') }],
    ['one port on two addresses', uwsgi('127.0.0.1:3031', '[::1]:3031')],
    ['lifespan of what is asked', { lifespan: 'on' }],
    ['lifespan of an ASGI application', { lifespan: 'on', interface: 'asgi' }],
    ['no lifespan', { lifespan: 'off', interface: 'wsgi' }],
  ])('%s: fine', (_, more) => {
    expect(conflictOf(flags(more))).toBeNull();
  });

  test.each<[Partial<ServeFlags>, string]>([
    [{ ...http(':1'), ...subscribe(`10.0.0.7:3031=${ROUTER}`, ROUTER) }, 'and there is none: add --uwsgi'],
    [{ ...uwsgi(':3031', '[::]:3031'), ...subscribe(ROUTER) }, 'cannot announce [::]:3031,'],
    [
      uwsgi('unix:/run/a.sock', 'unix:/run/a.sock'),
      'unix:/run/a.sock is given twice, by --uwsgi and --uwsgi',
    ],
    [{ ...uwsgi('fd:3'), ...http('fd:3') }, 'fd:3 is given twice, by --uwsgi and --http'],
    [uwsgi('[::1]:3031', '[::1]:3031'), '[::1]:3031 is given twice'],
    [{ lifespan: 'on', interface: 'node' }, '--interface is node'],
  ])('%j: %s', (more, message) => {
    expect(conflictOf(flags(more))).toContain(message);
  });
});
