import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { encodeBeginRequest, encodeParams, encodeRecord, FCGI_KEEP_CONN, FCGI_TYPE } from '@gatewire/fastcgi';
import { serve } from '@gatewire/server';
import type { BoundAddress } from '@gatewire/server';
import { describeWith, startApache } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { answering, pause, PLAIN, start, text, until } from './client.js';

const GET = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'REQUEST_URI', '/'];
/** The server lingers for 5 s where it must. */
const SOON_MS = 3000;

/** A web server that does not look after its connections: it leaves open what the server ends. */
class Careless {
  readonly socket: Socket;
  received = '';

  constructor({ port, host = '' }: BoundAddress) {
    this.socket = connect({ port: port ?? 0, host, allowHalfOpen: true });
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    this.socket.on('error', () => undefined);
  }

  /** Sends a request, of which STDIN stays open when it has a body; resolves when it is answered. */
  async request(pairs: readonly string[]): Promise<void> {
    const before = this.answers;
    const isComplete = !pairs.includes('CONTENT_LENGTH');
    this.socket.write(
      Buffer.concat([
        encodeBeginRequest(1, 1, FCGI_KEEP_CONN),
        encodeParams(1, pairs),
        ...(isComplete ? [encodeRecord(FCGI_TYPE.STDIN, 1)] : []),
      ]),
    );
    await until(() => this.answers > before);
  }

  get answers(): number {
    return this.received.split('fine').length - 1;
  }
}

async function isSoon(closing: Promise<void>): Promise<boolean> {
  return Promise.race([closing.then(() => true), pause(SOON_MS).then(() => false)]);
}

describe('close() with kept connections that the web server leaves open', () => {
  test('ends one that is idle at once', async () => {
    const server = await start(answering('200 OK', PLAIN, [text('fine')]));
    const peer = new Careless(server.fastcgi);
    await peer.request(GET);
    await peer.request(GET);
    expect(peer.answers).toBe(2);
    expect(await isSoon(server.close())).toBe(true);
    peer.socket.destroy();
  });

  test('and one on which a body ended behind the answer, as Apache may send it', async () => {
    const server = await start(answering('200 OK', PLAIN, [text('fine')]));
    const peer = new Careless(server.fastcgi);
    await peer.request([...GET, 'CONTENT_LENGTH', '0']);
    peer.socket.write(encodeRecord(FCGI_TYPE.STDIN, 1));
    await pause(100);
    expect(await isSoon(server.close())).toBe(true);
    peer.socket.destroy();
  });

  test('and one whose request is at work when that is answered', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const server = await start(async (environ, startResponse) => {
      await gate;
      return answering('200 OK', PLAIN, [text('fine')])(environ, startResponse);
    });
    const peer = new Careless(server.fastcgi);
    const answered = peer.request(GET);
    await pause(100);
    const closing = server.close();
    await pause(100);
    release();
    expect(await isSoon(closing)).toBe(true);
    await answered;
    expect(peer.answers).toBe(1);
    peer.socket.destroy();
  });

  test('answers a request that the kernel had before close() was called', async () => {
    const server = await start(answering('200 OK', PLAIN, [text('fine')]));
    const peers = Array.from({ length: 20 }, () => new Careless(server.fastcgi));
    await Promise.all(peers.map((peer) => peer.request(GET)));
    const seconds = peers.map((peer) => peer.request(GET));
    const closing = server.close();
    await Promise.all(seconds);
    expect(peers.map(({ answers }) => answers)).toEqual(Array(20).fill(2));
    expect(await isSoon(closing)).toBe(true);
    for (const { socket } of peers) socket.destroy();
  });

  test('waits for a request whose head has begun to come', async () => {
    const server = await start(answering('200 OK', PLAIN, [text('fine')]));
    const peer = new Careless(server.fastcgi);
    await peer.request(GET);
    peer.socket.write(encodeBeginRequest(2, 1, FCGI_KEEP_CONN));
    await pause(100);
    const closing = server.close();
    await pause(100);
    peer.socket.write(Buffer.concat([encodeParams(2, GET), encodeRecord(FCGI_TYPE.STDIN, 2)]));
    expect(await isSoon(closing)).toBe(true);
    await until(() => peer.answers === 2);
    expect(peer.answers).toBe(2);
    peer.socket.destroy();
  });

  test('runs no request that comes behind its end, where it waits for the rest of a body', async () => {
    let runs = 0;
    const server = await start((environ, startResponse) => {
      runs++;
      return answering('200 OK', PLAIN, [text('fine')])(environ, startResponse);
    });
    const peer = new Careless(server.fastcgi);
    await peer.request(['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '100']);
    let ended = false;
    peer.socket.once('end', () => (ended = true));
    const closing = server.close();
    await until(() => ended);
    void peer.request(GET);
    await pause(200);
    peer.socket.end();
    await closing;
    expect([runs, peer.answers, server.log]).toEqual([1, 1, []]);
  });
});

describeWith('apache2', 'Apache with enablereuse', () => {
  test('close() does not wait for it, and the next server is found', async () => {
    const app = answering('200 OK', PLAIN, [text('fine')]);
    const listen = { protocol: 'fastcgi', host: '127.0.0.1', port: 0 } as const;
    const first = await serve(app, { listen: [listen] });
    const [{ address, port = 0 }] = first.addresses;
    const apache = await startApache(
      ['proxy', 'proxy_fcgi'],
      [`ProxyPass / fcgi://${address}/ enablereuse=on`],
    );
    const url = `http://127.0.0.1:${apache.port}/`;
    for (let i = 0; i < 10; i++) expect(await (await fetch(url)).text()).toBe('fine');
    expect(await isSoon(first.close())).toBe(true);
    const second = await serve(app, { listen: [{ ...listen, port }] });
    for (let i = 0; i < 10; i++) expect(await (await fetch(url)).text()).toBe('fine');
    expect(await isSoon(second.close())).toBe(true);
    await apache.stop();
  });
});
