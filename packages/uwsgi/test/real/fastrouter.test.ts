import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { describeWith, findProgram, freePort, makeTempDir, startProgram } from '@gatewire/testkit';
import type { RunningProgram, TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRequest } from '@gatewire/uwsgi';
import { encodeSubscription, signSubscription } from '@gatewire/uwsgi/kinds';
import type { UwsgiSubscription } from '@gatewire/uwsgi/kinds';
import { exchange, parseResponse, startBackend } from './harness.js';
import type { Backend, SeenRequest } from './harness.js';

interface Router extends RunningProgram {
  readonly port: number;
  readonly subscriptions: number;
}

async function startRouter(...args: readonly string[]): Promise<Router> {
  const [port, subscriptions] = [await freePort(), await freePort()];
  const program = await startProgram(
    findProgram('uwsgi') ?? 'uwsgi',
    [
      ...['--plugin', 'fastrouter', '--master', '--die-on-term', '--fastrouter', `127.0.0.1:${port}`],
      ...['--fastrouter-subscription-server', `127.0.0.1:${subscriptions}`, ...args],
    ],
    { ready: { output: /spawned uWSGI fastrouter 1 / } },
  );
  return Object.assign(program, { port, subscriptions });
}

async function sendDatagram(port: number, bytes: Uint8Array): Promise<void> {
  const socket = createSocket('udp4');
  socket.send(bytes, port, '127.0.0.1', () => socket.close());
  await once(socket, 'close');
}

describeWith('uwsgi', "uWSGI's fastrouter and our subscriptions", () => {
  let router: Router;
  let backend: Backend;
  let node: UwsgiSubscription;

  beforeAll(async () => {
    backend = await startBackend('from our server', [5]);
    node = { key: 'our.test', address: `127.0.0.1:${backend.port}`, modifier1: 5, modifier2: 7 };
    router = await startRouter();
  });
  afterAll(async () => {
    await router.stop();
    await backend.close();
  });

  async function ask(host: string, body?: Uint8Array): Promise<Uint8Array> {
    const pairs = [
      'REQUEST_METHOD',
      body ? 'POST' : 'GET',
      'PATH_INFO',
      '/p',
      'QUERY_STRING',
      '',
      'HTTP_HOST',
      host,
    ];
    return exchange(router.port, encodeRequest([...pairs, 'HTTP_X', 'a\xff'], body ? { body } : {}));
  }

  test('nobody has subscribed: the router closes the connection', async () => {
    expect(await ask('our.test')).toHaveLength(0);
  });

  test('after our subscription a request reaches our server, with the modifiers we asked for', async () => {
    await sendDatagram(router.subscriptions, encodeSubscription(node));
    await router.waitForOutput(/our\.test => new node: 127\.0\.0\.1/);
    expect(parseResponse(await ask('our.test'))).toMatchObject({ status: '200 OK', body: 'from our server' });
    const seen = (await backend.seen()) as SeenRequest;
    expect([seen.modifier1, seen.modifier2]).toEqual([5, 7]);
    expect(seen.pairs).toEqual([
      ...['REQUEST_METHOD', 'GET', 'PATH_INFO', '/p', 'QUERY_STRING', '', 'HTTP_HOST', 'our.test'],
      ...['HTTP_X', 'a\xff', 'CONTENT_LENGTH', '0'],
    ]);
  });

  test('a body of 100,000 bytes follows', async () => {
    const body = new Uint8Array(100_000).map((_, i) => (i * 7) & 0xff);
    expect(parseResponse(await ask('our.test', body)).status).toBe('200 OK');
    const seen = (await backend.seen()) as SeenRequest;
    expect(seen.contentLength).toBe(100_000);
    expect(Buffer.compare(seen.body, body)).toBe(0);
  });

  test('another host is not ours', async () => {
    expect(await ask('other.test')).toHaveLength(0);
  });

  test('after our withdrawal the router knows us no more', async () => {
    await sendDatagram(router.subscriptions, encodeSubscription(node, false));
    await router.waitForOutput(/our\.test => (marking|removing|unsubscribing) 127\.0\.0\.1/);
    expect(await ask('our.test')).toHaveLength(0);
  });
});

describeWith('uwsgi', 'a fastrouter that wants signatures', () => {
  let router: Router;
  let backend: Backend;
  let dir: TempDir;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  beforeAll(async () => {
    dir = await makeTempDir();
    await writeFile(join(dir.path, 'our.test.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    backend = await startBackend('signed');
    router = await startRouter('--subscriptions-sign-check', `SHA1:${dir.path}`);
  });
  afterAll(async () => {
    await router.stop();
    await backend.close();
    await dir.remove();
  });

  const ask = (): Promise<Uint8Array> => exchange(router.port, encodeRequest(['HTTP_HOST', 'our.test']));

  test('takes ours and no other', async () => {
    const node = {
      key: 'our.test',
      address: `127.0.0.1:${backend.port}`,
      unix: Math.floor(Date.now() / 1000),
    };
    const unsigned = encodeSubscription(node);
    await sendDatagram(router.subscriptions, unsigned);
    const signed = await signSubscription(unsigned, (bytes) => sign('sha1', bytes, privateKey));
    const forged = signed.slice();
    forged[forged.length - 1] ^= 1;
    await sendDatagram(router.subscriptions, forged);
    expect(await ask()).toHaveLength(0);
    expect(router.output()).not.toMatch(/new node/);

    await sendDatagram(router.subscriptions, signed);
    await router.waitForOutput(/our\.test => new node: 127\.0\.0\.1/);
    expect(parseResponse(await ask()).body).toBe('signed');
  });
});
