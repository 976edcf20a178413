import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { describeWith } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRequest, UwsgiDecoder } from '@gatewire/uwsgi';
import type { UwsgiPacket } from '@gatewire/uwsgi';
import {
  decodeCache,
  decodeRpc,
  encodeCache,
  encodeReply,
  encodeRpcReply,
  UWSGI_MODIFIER,
} from '@gatewire/uwsgi/kinds';
import { APPS, exchange, parseResponse, startUwsgi } from './harness.js';
import type { RunningUwsgi } from './harness.js';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** What uWSGI sent, for the tests to look at. */
const seen: unknown[] = [];

function answer(packet: UwsgiPacket, value: Uint8Array): Uint8Array[] {
  if (packet.modifier1 === UWSGI_MODIFIER.RPC) {
    const call = decodeRpc(packet);
    seen.push(call);
    return encodeRpcReply(bytesOf(call.name === 'large' ? 'x'.repeat(70_000) : 'cba'));
  }
  if (packet.modifier1 === UWSGI_MODIFIER.SIGNAL) {
    seen.push(packet.modifier2);
    return [encodeReply(true)];
  }
  const { cmd, key, ...rest } = decodeCache(packet);
  seen.push({ cmd, key, ...rest, value: Buffer.from(value).toString('latin1') });
  if (key === 'missing') return [];
  return encodeCache({ status: 'ok' }, cmd === 'get' ? bytesOf('from us') : undefined);
}

/** A server of the packets above: one request per connection, with its value if it has one. */
function startPeer(): Promise<Server> {
  const server = createServer((socket) => {
    const decoder = new UwsgiDecoder();
    const value: Uint8Array[] = [];
    let packet: UwsgiPacket | null = null;
    let left = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      decoder.receive(chunk);
      if (packet === null) {
        packet = decoder.next();
        if (packet === null) return;
        left = packet.modifier1 === UWSGI_MODIFIER.CACHE ? (decodeCache(packet).size ?? 0) : 0;
      }
      const part = decoder.takeBody(left);
      if (part !== null) value.push(part.slice());
      left -= part?.length ?? 0;
      if (left > 0) return;
      for (const bytes of answer(packet, Buffer.concat(value))) socket.write(bytes);
      socket.end();
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describeWith('uwsgi', "uWSGI's packets to us, and our answers", () => {
  let uwsgi: RunningUwsgi;
  let peer: Server;

  beforeAll(async () => {
    peer = await startPeer();
    const { port } = peer.address() as AddressInfo;
    uwsgi = await startUwsgi(
      'python3,rpc,cache,signal',
      ['--chdir', APPS, '--wsgi-file', 'clients.py', '--need-app'],
      {
        GATEWIRE_TEST_PEER: `127.0.0.1:${port}`,
      },
    );
  });
  afterAll(async () => {
    await uwsgi.stop();
    peer.close();
  });

  /** Makes uWSGI do something; what it got from us. */
  async function act(path: string): Promise<unknown> {
    seen.length = 0;
    const { status, body } = parseResponse(
      await exchange(uwsgi.port, encodeRequest(['REQUEST_METHOD', 'GET', 'PATH_INFO', path])),
    );
    expect(status).toBe('200 OK');
    return JSON.parse(body);
  }

  test('a call', async () => {
    expect(await act('/call')).toBe('cba');
    expect(seen).toEqual([{ name: 'reverse', args: [bytesOf('abc'), bytesOf('\xff\0')], modifier2: 0 }]);
  });

  test('a call whose result lies behind the packet', async () => {
    expect(await act('/large')).toBe('x'.repeat(70_000));
  });

  test('cache: set, with its size given twice and the value behind the packet', async () => {
    expect(await act('/set')).toBe(true);
    expect(seen).toEqual([
      { cmd: 'set', key: 'k\xc3\xa9', size: 6, expires: 30, cache: 'things', value: 'value\0' },
    ]);
  });

  test('cache: get, exists, del', async () => {
    expect(await act('/get')).toBe('from us');
    expect(await act('/exists')).toBe(true);
    expect(await act('/del')).toBe(true);
    expect(seen).toEqual([{ cmd: 'del', key: 'k', cache: 'things', value: '' }]);
  });

  test('cache: what is not there is answered by the end of the connection', async () => {
    expect(await act('/miss')).toBeNull();
  });

  test('a signal', async () => {
    await act('/signal');
    expect(seen).toEqual([17]);
  });
});
