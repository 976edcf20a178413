import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWith, makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodePacket, encodeRequest, UwsgiDecoder, varsBytes } from '@gatewire/uwsgi';
import type { UwsgiPacket } from '@gatewire/uwsgi';
import {
  decodeCache,
  decodeReply,
  decodeRpcReply,
  decodeSpool,
  encodeCache,
  encodeCacheCommand,
  encodePayload,
  encodePing,
  encodeRpc,
  encodeSignal,
  encodeSpool,
  UWSGI_MODIFIER,
} from '@gatewire/uwsgi/kinds';
import type { UwsgiCacheMessage } from '@gatewire/uwsgi/kinds';
import { APPS, exchange, startUwsgi } from './harness.js';
import type { RunningUwsgi } from './harness.js';

describeWith('uwsgi', 'our packets to uWSGI', () => {
  let uwsgi: RunningUwsgi;
  let dir: TempDir;

  beforeAll(async () => {
    dir = await makeTempDir();
    await mkdir(join(dir.path, 'spool'));
    uwsgi = await startUwsgi(
      'python3,ping,signal,rpc,cache,spooler,echo',
      [
        ...['--chdir', APPS, '--wsgi-file', 'services.py', '--need-app'],
        ...[
          '--cache2',
          'name=things,items=10',
          '--spooler',
          join(dir.path, 'spool'),
          '--spooler-frequency',
          '1',
        ],
      ],
      { GATEWIRE_TEST_DIR: dir.path },
    );
  });
  afterAll(async () => {
    await uwsgi.stop();
    await dir.remove();
  });

  const send = (...chunks: Uint8Array[]): Promise<Uint8Array> => exchange(uwsgi.port, chunks);

  test('ping', async () => {
    expect(decodeReply(whole(await send(encodePing())))).toEqual({ ok: true, warning: '' });
  });

  test('a signal runs its handler', async () => {
    expect(decodeReply(whole(await send(encodeSignal(17)))).ok).toBe(true);
    expect(await file(join(dir.path, 'signal'))).toBe('17');
  });

  test('echo answers with the bytes alone', async () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i & 0xff);
    expect(await send(encodePayload(UWSGI_MODIFIER.ECHO, 0, bytes))).toEqual(bytes);
  });

  test('a call, and its result in a packet', async () => {
    const answer = whole(await send(encodeRpc('join', ['a', Uint8Array.of(0xff, 0), 'c'])));
    expect(decodeRpcReply(answer)).toEqual({ data: bytesOf('a|\xff\0|c'), outsideBytes: 0 });
  });

  test('a call, and a result of 70,000 bytes behind the packet', async () => {
    const { packet, after } = first(await send(encodeRpc('repeat', ['0123456789', '7000'])));
    expect(packet.modifier2).toBe(5);
    expect(decodeRpcReply(packet).outsideBytes).toBe(70_000);
    expect(after).toEqual(bytesOf('0123456789'.repeat(7000)));
  });

  test('65,535 bytes are the last in the packet for uWSGI too', async () => {
    const { packet, after } = first(await send(encodeRpc('repeat', ['x', '65535'])));
    expect([decodeRpcReply(packet).data.length, after.length]).toEqual([65_535, 0]);
  });

  test('a call with modifier2 1 is answered by the result alone', async () => {
    expect(await send(encodeRpc('join', ['a', 'b'], 1))).toEqual(bytesOf('a|b'));
  });

  test('254 arguments arrive, the last too', async () => {
    const args = Array.from({ length: 254 }, (_, i) => String(i));
    expect(await send(encodeRpc('join', args, 1))).toEqual(bytesOf(args.join('|')));
  });

  test('an unknown function is answered by the end of the connection', async () => {
    expect(await send(encodeRpc('nothing'))).toHaveLength(0);
  });

  /** Sends a cache message and returns the answer with its value, or `null` when there is none. */
  async function cache(
    message: UwsgiCacheMessage,
    value?: Uint8Array,
  ): Promise<[UwsgiCacheMessage, string] | null> {
    const answer = await send(...encodeCache({ ...message, cache: 'things' }, value));
    if (answer.length === 0) return null;
    const { packet, after } = first(answer);
    return [decodeCache(packet), Buffer.from(after).toString('latin1')];
  }

  test('cache: set, get, exists, update, del, clear', async () => {
    const key = 'k\xff';
    expect(await cache({ cmd: 'set', key }, bytesOf('hi\0'))).toEqual([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'get', key })).toMatchObject([{ status: 'ok', size: 3 }, 'hi\0']);
    expect(await cache({ cmd: 'exists', key })).toMatchObject([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'set', key }, bytesOf('again'))).toBeNull(); // it is there
    expect(await cache({ cmd: 'update', key, expires: 60 }, bytesOf('new'))).toEqual([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'get', key })).toMatchObject([{ status: 'ok', size: 3 }, 'new']);
    expect(await cache({ cmd: 'del', key })).toEqual([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'get', key })).toBeNull();
    expect(await cache({ cmd: 'set', key: 'other' }, bytesOf('x'))).toEqual([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'clear' })).toEqual([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'exists', key: 'other' })).toBeNull();
  });

  test('cache: a value of 60,000 bytes lies outside the packet', async () => {
    const value = bytesOf('0123456789'.repeat(6000));
    expect(await cache({ cmd: 'set', key: 'large' }, value)).toEqual([{ status: 'ok' }, '']);
    expect(await cache({ cmd: 'get', key: 'large' })).toMatchObject([
      { size: 60_000 },
      '0123456789'.repeat(6000),
    ]);
    expect(await cache({ cmd: 'del', key: 'large' })).toEqual([{ status: 'ok' }, '']);
  });

  test('cache: set and del in the plain form', async () => {
    expect(await send(encodeCacheCommand({ modifier2: 1, key: 'plain', value: 'v' }))).toHaveLength(0);
    expect(await cache({ cmd: 'get', key: 'plain' })).toMatchObject([{ size: 1 }, 'v']);
    expect(await send(encodeCacheCommand({ modifier2: 2, key: 'plain' }))).toHaveLength(0);
    expect(await cache({ cmd: 'get', key: 'plain' })).toBeNull();
  });

  test('spooler: the file that uWSGI writes is what we decode, and the task runs', async () => {
    // Far in the future, so that the file stays; then one that is due.
    const later = ['job', 'caf\xe9', 'empty', '', 'at', '4000000000'];
    const [packet] = encodeSpool(later);
    expect(decodeReply(whole(await send(packet))).ok).toBe(true);
    const [name] = await readdir(join(dir.path, 'spool'));
    expect(name).toMatch(/^uwsgi_spoolfile_on_/);
    const bytes = new Uint8Array(await readFile(join(dir.path, 'spool', name)));
    expect(decodeSpool(bytes)).toEqual({ pairs: later, body: new Uint8Array(0) });
    expect(bytes).toEqual(packet);

    expect(decodeReply(whole(await send(...encodeSpool(['job', 'now'])))).ok).toBe(true);
    expect(JSON.parse(await file(join(dir.path, 'spooled-now')))).toMatchObject({ job: 'now' });
  });

  test('spooler: uWSGI runs a file of ours, its body included', async () => {
    const ours = Buffer.concat(encodeSpool(['job', 'file', 'a', 'b'], bytesOf('BODY\0\xff')));
    await writeFile(join(dir.path, 'ours'), ours);
    await rename(join(dir.path, 'ours'), join(dir.path, 'spool', 'uwsgi_spoolfile_on_test_1'));
    expect(JSON.parse(await file(join(dir.path, 'spooled-file')))).toMatchObject({
      job: 'file',
      a: 'b',
      body: 'BODY\0\xff',
    });
  });

  test('4,096 bytes of variables are what uWSGI takes unless told, one more is cut off', async () => {
    const pairs = ['REQUEST_METHOD', 'GET', 'CONTENT_LENGTH', '', 'HTTP_X', ''];
    const fill = 4096 - varsBytes(pairs);
    const ask = (more: number): Promise<Uint8Array> =>
      send(...encodeRequest([...pairs.slice(0, -1), 'x'.repeat(fill + more)]));
    expect(Buffer.from(await ask(0)).toString('latin1')).toMatch(/^HTTP\/1\.0 200 OK\r\n/);
    await expect(ask(1)).rejects.toThrow(/ECONNRESET/);
  });
});

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** The packet that `bytes` are, all of them. */
function whole(bytes: Uint8Array): UwsgiPacket {
  const packet = decodePacket(bytes, 0);
  if (packet?.next !== bytes.length) throw new Error(`not one packet: ${Buffer.from(bytes).toString('hex')}`);
  return packet.value;
}

/** The packet that `bytes` begin with, and what follows it. */
function first(bytes: Uint8Array): { packet: UwsgiPacket; after: Uint8Array } {
  const decoder = new UwsgiDecoder();
  decoder.receive(bytes);
  const packet = decoder.next();
  if (packet === null) throw new Error(`no packet: ${Buffer.from(bytes).toString('hex')}`);
  return { packet, after: decoder.takeBody(Infinity) ?? new Uint8Array(0) };
}

/** The text of a file that appears within a few seconds. */
async function file(path: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await readFile(path, 'latin1');
    } catch (error) {
      if (tries === 200) throw error;
      await sleep(50);
    }
  }
}
