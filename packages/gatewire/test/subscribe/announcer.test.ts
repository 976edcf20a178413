import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { BoundAddress, LogEntry } from '@gatewire/server';
import { ascii } from '@gatewire/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Announcer } from '../../src/subscribe/announcer.js';
import { parseSignature } from '../../src/subscribe/signature.js';
import { parseSubscription } from '../../src/subscribe/target.js';

describe('--subscribe', () => {
  test.each([
    ['10.0.0.1:3401:a.io', { host: '10.0.0.1', port: 3401, key: 'a.io' }],
    ['router:3401:a.io:8080', { host: 'router', port: 3401, key: 'a.io:8080' }],
    ['[::1]:3401:a.io/path', { host: '::1', port: 3401, key: 'a.io/path' }],
    [
      '10.0.0.7:3031=10.0.0.1:3401:a.io',
      { host: '10.0.0.1', port: 3401, key: 'a.io', address: '10.0.0.7:3031' },
    ],
    [
      'unix:/run/a.sock=10.0.0.1:3401:a.io',
      { host: '10.0.0.1', port: 3401, key: 'a.io', address: '/run/a.sock' },
    ],
  ])('%s', (text, target) => {
    expect(parseSubscription(text)).toEqual(target);
  });

  test.each([
    ['', 'expected [ADDRESS=]HOST:PORT:KEY'],
    ['10.0.0.1:3401', 'expected [ADDRESS=]HOST:PORT:KEY'],
    ['10.0.0.1:3401:', 'expected [ADDRESS=]HOST:PORT:KEY'],
    ['10.0.0.1:0:a.io', 'expected [ADDRESS=]HOST:PORT:KEY'],
    ['10.0.0.1:65536:a.io', 'expected [ADDRESS=]HOST:PORT:KEY'],
    ['10.0.0.1:3401:a b', 'expected [ADDRESS=]HOST:PORT:KEY'],
    [':3031=10.0.0.1:3401:a.io', '":3031" is no address for a router'],
    ['10.0.0.7=10.0.0.1:3401:a.io', '"10.0.0.7" is no address for a router'],
    [`10.0.0.1:3401:${'k'.repeat(256)}`, 'a key of 256 bytes, a router takes 255'],
  ])('%j is refused', (text, message) => {
    expect(() => parseSubscription(text)).toThrow(RangeError);
    expect(() => parseSubscription(text)).toThrow(message);
  });

  test('a signature', () => {
    expect(parseSignature('SHA1:/etc/key.pem')).toEqual({ digest: 'SHA1', keyFile: '/etc/key.pem' });
    expect(() => parseSignature('/etc/key.pem')).toThrow('expected DIGEST:FILE');
    expect(() => parseSignature('SHA9:/etc/key.pem')).toThrow('no digest "SHA9" here');
  });
});

describe('announcements', () => {
  let router: Socket;
  let received: Buffer[];
  let logged: LogEntry[];
  const UWSGI: BoundAddress = { protocol: 'uwsgi', address: '127.0.0.1:3031', host: '127.0.0.1', port: 3031 };

  beforeEach(async () => {
    received = [];
    logged = [];
    router = createSocket('udp4');
    router.on('message', (datagram) => received.push(datagram));
    router.bind(0, '127.0.0.1');
    await once(router, 'listening');
  });
  afterEach(() => {
    router.close();
  });

  function announcer(text: string, ...listeners: readonly BoundAddress[]): Announcer {
    const targets = [parseSubscription(text.replace('ROUTER', `127.0.0.1:${router.address().port}`))];
    return new Announcer({ targets, listeners, cores: () => 2, log: (entry) => logged.push(entry) });
  }

  /** One pair as it is in the packet: two bytes of length, then the text, twice. */
  function pair(name: string, value: string): string {
    const size = (text: string): string => String.fromCharCode(text.length & 255, text.length >> 8);
    return size(name) + name + size(value) + value;
  }

  test('are repeated after a second, and withdrawn', async () => {
    const it = announcer('ROUTER:a.io', UWSGI, {
      protocol: 'http',
      address: '127.0.0.1:80',
      host: '127.0.0.1',
    });
    it.start();
    await expect.poll(() => received.length, { timeout: 5000 }).toBe(2);
    await it.withdraw();
    await expect.poll(() => received.length).toBe(3);
    // As uWSGI sends them: kind 224, 0 or 1 for a withdrawal, and these fields in this order.
    const fields =
      pair('key', 'a.io') +
      pair('address', '127.0.0.1:3031') +
      pair('modifier1', '0') +
      pair('modifier2', '0') +
      pair('cores', '2') +
      pair('load', '0') +
      pair('weight', '1');
    const packet = (withdrawal: number): Buffer =>
      Buffer.from(
        ascii(`\xe0${String.fromCharCode(fields.length)}\0${String.fromCharCode(withdrawal)}${fields}`),
      );
    expect(received).toEqual([packet(0), packet(0), packet(1)]);
    expect(logged).toEqual([]);
  });

  test('name the address that is given, or every uwsgi listener', async () => {
    const given = announcer('10.0.0.7:3031=ROUTER:a.io', {
      protocol: 'http',
      address: '0.0.0.0:80',
      host: '0.0.0.0',
    });
    given.start();
    await expect.poll(() => received.length).toBe(1);
    expect(received[0].toString('latin1')).toContain(pair('address', '10.0.0.7:3031'));
    await given.withdraw();
    received.length = 0;
    const all = announcer('ROUTER:a.io', UWSGI, {
      protocol: 'uwsgi',
      address: 'unix:/run/a',
      path: '/run/a',
    });
    all.start();
    await expect.poll(() => received.length).toBe(2);
    const text = received.map((datagram) => datagram.toString('latin1')).join('');
    expect(text).toContain(pair('address', '127.0.0.1:3031'));
    expect(text).toContain(pair('address', '/run/a'));
    await all.withdraw();
  });

  test.each([
    [[], '--subscribe announces uwsgi listeners, and there is none'],
    [[{ protocol: 'uwsgi', address: '0.0.0.0:1', host: '0.0.0.0' }], 'a router cannot be told 0.0.0.0:1'],
    [[{ protocol: 'uwsgi', address: '[::]:1', host: '::' }], 'a router cannot be told [::]:1'],
    [[{ protocol: 'uwsgi', address: 'fd:3' }], 'where fd:3 can be reached is not known'],
  ] as const)('%j cannot be announced', (listeners, message) => {
    expect(() => announcer('ROUTER:a.io', ...listeners)).toThrow(message);
  });

  test('a router that cannot be told is a warning, once', async () => {
    const it = announcer('no-such-host.invalid:3401:a.io', UWSGI);
    it.start();
    await it.withdraw();
    expect(logged.map(({ level, event }) => [level, event])).toEqual([['warning', 'subscribe_failed']]);
  });
});
