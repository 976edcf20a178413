import { createDecipheriv } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { describeWith, freePort } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  decodeCacheCommand,
  decodeDatagram,
  decodeLegion,
  decodeSubscription,
  encodeCache,
  UWSGI_MODIFIER,
} from '@gatewire/uwsgi/kinds';
import { APPS, exchange, startUwsgi } from './harness.js';
import type { RunningUwsgi } from './harness.js';

/** A UDP socket that keeps what it receives. */
interface Inbox {
  readonly port: number;
  /** The next datagram of `modifier1`, waited for; others are dropped. */
  next(modifier1: number): Promise<Uint8Array>;
  close(): void;
}

async function openInbox(): Promise<Inbox> {
  const socket: Socket = createSocket('udp4');
  const received: Uint8Array[] = [];
  socket.on('message', (bytes) => {
    received.push(new Uint8Array(bytes));
    socket.emit('stored');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    next: async (modifier1) => {
      for (;;) {
        const bytes = received.shift();
        if (bytes === undefined) await once(socket, 'stored', { signal: AbortSignal.timeout(8_000) });
        else if (bytes[0] === modifier1) return bytes;
      }
    },
    close: () => socket.close(),
  };
}

describeWith('uwsgi', "uWSGI's datagrams to us", () => {
  let uwsgi: RunningUwsgi;
  let inbox: Inbox;

  beforeAll(async () => {
    inbox = await openInbox();
    const us = `127.0.0.1:${inbox.port}`;
    uwsgi = await startUwsgi('python3,cache', [
      ...['--chdir', APPS, '--wsgi-file', 'environ.py', '--need-app'],
      ...['--subscribe-to', `${us}:example.com,5`],
      ...[
        '--legion',
        `gatewire 127.0.0.1:${await freePort()} 98 aes-128-cbc:hello`,
        '--legion-node',
        `gatewire ${us}`,
      ],
      ...['--cache2', `name=things,items=10,node=${us}`],
    ]);
  });
  afterAll(async () => {
    await uwsgi.stop();
    inbox.close();
  });

  test('a subscription', async () => {
    const subscription = decodeSubscription(await inbox.next(UWSGI_MODIFIER.SUBSCRIPTION));
    expect(subscription).toEqual({
      key: 'example.com',
      address: `127.0.0.1:${uwsgi.port}`,
      modifier1: 5,
      modifier2: 0,
      cores: 1,
      load: 0,
      weight: 0,
      subscribe: true,
      agrees: true,
      sign: new Uint8Array(0),
      signed: new Uint8Array(0),
    });
  });

  test('a legion announcement: its datasize is that of the clear text', async () => {
    const bytes = await inbox.next(UWSGI_MODIFIER.LEGION);
    expect(decodeDatagram(bytes).agrees).toBe(false);
    const pairs = await decodeLegion(bytes, (cipherText) => {
      const key = Buffer.from('hello'.padEnd(16, '\0'), 'latin1');
      const decipher = createDecipheriv('aes-128-cbc', key, Buffer.from('0'.repeat(16), 'latin1'));
      return Buffer.concat([decipher.update(cipherText), decipher.final()]);
    });
    const names = pairs.filter((_, i) => i % 2 === 0);
    expect(names.slice(0, 8)).toEqual(['legion', 'valor', 'unix', 'lord', 'name', 'pid', 'uuid', 'checksum']);
    expect(pairs.slice(0, 4)).toEqual(['legion', 'gatewire', 'valor', '98']);
    expect(pairs[names.indexOf('uuid') * 2 + 1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a cache that is kept the same on several nodes: update and delete', async () => {
    const set = encodeCache(
      { cmd: 'set', key: 'ck', expires: 100, cache: 'things' },
      Uint8Array.of(0x63, 0x76),
    );
    expect((await exchange(uwsgi.port, set)).length).toBeGreaterThan(0);
    const update = decodeDatagram(await inbox.next(UWSGI_MODIFIER.CACHE));
    expect(update).toMatchObject({ modifier2: 10, agrees: true });
    const { key, value, expires = new Uint8Array(0) } = decodeCacheCommand(update);
    expect([key, value]).toEqual([Uint8Array.of(0x63, 0x6b), Uint8Array.of(0x63, 0x76)]);
    expect(Buffer.from(expires).toString()).toMatch(/^[0-9]{10}$/);

    await exchange(uwsgi.port, encodeCache({ cmd: 'del', key: 'ck', cache: 'things' }));
    const removal = decodeDatagram(await inbox.next(UWSGI_MODIFIER.CACHE));
    expect(removal).toMatchObject({ modifier2: 11, agrees: true });
    expect(decodeCacheCommand(removal)).toEqual({ modifier2: 11, key: Uint8Array.of(0x63, 0x6b) });
  });

  test('the subscription is withdrawn at the end', async () => {
    await uwsgi.stop();
    for (;;) {
      const { key, subscribe } = decodeSubscription(await inbox.next(UWSGI_MODIFIER.SUBSCRIPTION));
      expect(key).toBe('example.com');
      if (!subscribe) break;
    }
  });
});
