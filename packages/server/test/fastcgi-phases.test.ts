import { encodeBeginRequest, encodePairs, encodeRecord, FCGI_KEEP_CONN, FCGI_TYPE } from '@gatewire/fastcgi';
import { afterEach, describe, expect, test } from 'vitest';
import { FastcgiClient } from './fastcgi-client.js';
import { answering, pause, PLAIN, start, text } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const POST = ['REQUEST_METHOD', 'POST', 'PATH_INFO', '/', 'REQUEST_URI', '/'];
const GET = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'REQUEST_URI', '/'];
const NOTHING = new Uint8Array(0);
const ASK = encodeRecord(FCGI_TYPE.GET_VALUES, 0, encodePairs(['FCGI_MPXS_CONNS', '']));
/** What comes of a request's body when it is answered already. */
const REST = encodeRecord(FCGI_TYPE.STDIN, 1, new Uint8Array(1000));

/** A connection on which one request was answered. */
async function served(options: { headerTimeout?: number; bodyTimeout?: number }): Promise<FastcgiClient> {
  server = await start(answering('200 OK', PLAIN, [text('fine')]), options);
  const client = await FastcgiClient.open(server.fastcgi);
  expect((await client.request(GET, NOTHING, true)).ended).toBe(true);
  return client;
}

describe('between two requests on a kept connection', () => {
  test('questions are no request: it may be idle after them, and has its next request answered', async () => {
    const client = await served({ headerTimeout: 0.4 });
    client.write(ASK);
    client.write(encodeRecord(99, 0, new Uint8Array(3)));
    expect(await client.closes(1000)).toBe(false);
    expect((await client.request(GET, NOTHING, true)).body.toString()).toBe('fine');
    expect(server?.log).toEqual([]);
    client.destroy();
  });

  test('neither is the rest of a body that was answered early', async () => {
    const client = await served({ headerTimeout: 0.4 });
    for (let i = 0; i < 6; i++) {
      client.write(REST);
      await pause(100);
    }
    client.write(encodeRecord(FCGI_TYPE.STDIN, 1));
    expect(await client.closes(700)).toBe(false);
    expect((await client.request(POST, text('more'), true)).body.toString()).toBe('fine');
    expect(server?.log).toEqual([]);
    client.destroy();
  });

  test('nor a record of which nobody knows yet what it begins', async () => {
    const client = await served({ headerTimeout: 0.4 });
    const head = encodeBeginRequest(1, 1, FCGI_KEEP_CONN);
    client.write(head.subarray(0, 7));
    expect(await client.closes(1000)).toBe(false);
    client.write(head.subarray(7));
    expect(await client.closes(3000)).toBe(true);
  });

  test.each([
    ['after BEGIN_REQUEST', [encodeBeginRequest(1, 1, FCGI_KEEP_CONN)]],
    [
      'among questions and records of requests that are over',
      [encodeBeginRequest(1, 1, FCGI_KEEP_CONN), ASK, encodeRecord(FCGI_TYPE.STDIN, 7, NOTHING)],
    ],
    [
      'the one after a request that was aborted before its parameters ended',
      [
        encodeBeginRequest(1, 1, FCGI_KEEP_CONN),
        encodeRecord(FCGI_TYPE.ABORT_REQUEST, 1),
        encodeBeginRequest(2, 1, FCGI_KEEP_CONN),
      ],
    ],
  ] as const)('a head that stops %s has its limit', async (_, parts) => {
    const client = await served({ headerTimeout: 0.4, bodyTimeout: 60 });
    client.write(Buffer.concat(parts));
    expect(await client.closes(3000)).toBe(true);
    expect(server?.log.map(({ message }) => message.replace(/^.*: /, ''))).toEqual([
      'no complete request within 0.4 s',
    ]);
  });

  test('a head that comes a little at a time does not put its limit off', async () => {
    const client = await served({ headerTimeout: 0.4 });
    client.write(encodeBeginRequest(1, 1, FCGI_KEEP_CONN));
    const more = setInterval(() => client.write(ASK), 50);
    expect(await client.closes(5000)).toBe(true);
    clearInterval(more);
  });

  test('a request that was aborted or refused leaves the connection idle', async () => {
    const client = await served({ headerTimeout: 0.4 });
    client.write(encodeBeginRequest(1, 1, FCGI_KEEP_CONN));
    client.write(encodeRecord(FCGI_TYPE.ABORT_REQUEST, 1));
    // The role of a filter, which is not served, with parameters that nobody wants.
    client.write(encodeBeginRequest(2, 3, FCGI_KEEP_CONN));
    client.write(encodeRecord(FCGI_TYPE.PARAMS, 2, encodePairs(GET)));
    expect(await client.closes(1000)).toBe(false);
    client.destroy();
  });

  test('the access log counts from the first byte of a request, not from the end of the one before', async () => {
    const client = await served({});
    await pause(600);
    await client.request(GET, NOTHING, true);
    client.destroy();
    expect(server?.access[1].acceptMs).toBeLessThan(500);
  });
});
