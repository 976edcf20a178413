import { Server } from 'node:net';
import type { Socket } from 'node:net';
import {
  encodeBeginRequest,
  encodeParams,
  encodeRecord,
  FCGI_KEEP_CONN,
  FCGI_TYPE,
  FcgiWebServer,
} from '@gatewire/fastcgi';
import { defineApp } from '@gatewire/interfaces';
import type { WSGIApplication } from '@gatewire/interfaces';
import type { Application, BoundAddress } from '@gatewire/server';
import { encodePacket } from '@gatewire/uwsgi';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { open, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

/** Sockets that the server has accepted and not closed. */
const accepted = new Set<Socket>();

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const never = (): Promise<never> => new Promise(() => undefined);

/** Applications that never end, nor read a body; `told` gets a word when one is called and when its client goes. */
const HANGING: Readonly<Record<string, (told: string[]) => Application>> = {
  'WSGI, before the head': (told) => {
    const app: WSGIApplication = (environ) => {
      environ['gatewire.client']?.signal.addEventListener('abort', () => told.push('gone'));
      told.push('called');
      return never();
    };
    return app;
  },
  'WSGI, in its body': (told) => {
    const app: WSGIApplication = async function* (environ, startResponse) {
      environ['gatewire.client']?.signal.addEventListener('abort', () => told.push('gone'));
      startResponse('200 OK', []);
      yield text('first');
      told.push('called');
      await never();
    };
    return app;
  },
  ASGI: (told) =>
    defineApp({
      async http(_scope, receive) {
        told.push('called');
        // The first is the body, which is not waited for where it has come.
        while ((await receive()).type !== 'http.disconnect');
        told.push('gone');
        await never();
      },
    }),
  Fetch: (told) => ({
    fetch: (request) => {
      request.signal.addEventListener('abort', () => told.push('gone'));
      told.push('called');
      return never();
    },
  }),
};

async function serveCounted(app: Application, kind?: 'wsgi'): Promise<TestServer> {
  const listen = vi.spyOn(Server.prototype, 'listen');
  const options = { lifespan: 'off', bodyTimeout: 0.3, gracefulTimeout: 1 } as const;
  server = await start(app as WSGIApplication, { ...options, ...(kind && { interface: kind }) });
  for (const listener of listen.mock.contexts as Server[]) {
    listener.on('connection', (socket: Socket) => {
      accepted.add(socket);
      socket.once('close', () => accepted.delete(socket));
    });
  }
  listen.mockRestore();
  return server;
}

const PAIRS = ['PATH_INFO', '/', 'REQUEST_URI', '/'];

/** A request with all of its body, if it has one. */
function requestBytes(protocol: BoundAddress['protocol'], body: string): Uint8Array {
  const method = body === '' ? 'GET' : 'POST';
  const pairs = ['REQUEST_METHOD', method, 'CONTENT_LENGTH', String(body.length), ...PAIRS];
  if (protocol === 'uwsgi') return Buffer.concat([encodePacket(0, 0, pairs), text(body)]);
  if (protocol === 'http')
    return text(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  return Buffer.concat([
    encodeBeginRequest(1, 1, FCGI_KEEP_CONN),
    encodeParams(1, pairs),
    ...(body === '' ? [] : [encodeRecord(FCGI_TYPE.STDIN, 1, text(body))]),
    encodeRecord(FCGI_TYPE.STDIN, 1),
  ]);
}

describe.each(Object.keys(HANGING))('an application that hangs: %s', (name) => {
  test.each([
    ['uwsgi', '', 'end'],
    ['uwsgi', '', 'reset'],
    ['uwsgi', 'a body', 'end'],
    ['uwsgi', 'a body', 'reset'],
    ['fastcgi', '', 'end'],
    ['fastcgi', '', 'reset'],
    ['fastcgi', 'a body', 'end'],
    ['fastcgi', 'a body', 'reset'],
    ['http', '', 'end'],
    ['http', '', 'reset'],
    ['http', 'a body', 'end'],
    ['http', 'a body', 'reset'],
  ] as const)(
    '%s, %j: its client goes by %s: it is told, and no descriptor is kept',
    async (protocol, body, how) => {
      const told: string[] = [];
      const { [protocol]: address } = await serveCounted(
        HANGING[name](told),
        name.startsWith('WSGI') ? 'wsgi' : undefined,
      );
      const socket = await open(address);
      socket.on('error', () => undefined);
      socket.write(requestBytes(protocol, body));
      await until(() => told.length === 1);
      expect([told, accepted.size]).toEqual([['called'], 1]);
      if (how === 'end') socket.end();
      else socket.resetAndDestroy();
      await until(() => told.length === 2 && accepted.size === 0);
      expect([told, accepted.size]).toEqual([['called', 'gone'], 0]);
      socket.destroy();
    },
  );
});

test.each(['WSGI, before the head', 'WSGI, in its body', 'ASGI', 'Fetch'])(
  'FastCGI §5.4: after ABORT_REQUEST the connection is free for the next request: %s',
  async (name) => {
    const told: string[] = [];
    const app = HANGING[name](told);
    const { fastcgi } = await serveCounted(app, name.startsWith('WSGI') ? 'wsgi' : undefined);
    const socket = await open(fastcgi);
    const web = new FcgiWebServer();
    const ended: number[] = [];
    socket.on('data', (chunk: Buffer) => {
      web.receive(chunk);
      for (let event = web.next(); event !== null; event = web.next())
        if (event.kind === 'end') ended.push(event.protocolStatus);
    });
    for (let round = 1; round <= 2; round++) {
      const id = web.begin(1, FCGI_KEEP_CONN);
      for (const chunk of [...web.params(id, ['REQUEST_METHOD', 'GET', ...PAIRS]), ...web.stdinEnd(id)])
        socket.write(chunk);
      await until(() => told.length === 2 * round - 1);
      for (const chunk of web.abort(id)) socket.write(chunk);
      await until(() => ended.length === round && told.length === 2 * round);
      expect([told.length, ended.length]).toEqual([2 * round, round]);
    }
    expect([told, ended]).toEqual([
      ['called', 'gone', 'called', 'gone'],
      [0, 0],
    ]);
    socket.destroy();
  },
);

describe('a WebSocket whose client goes before its handshake is answered', () => {
  const FIELDS = [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ] as const;
  const HANDSHAKES = {
    http: text(
      `GET / HTTP/1.1\r\nHost: a\r\n${FIELDS.map((field) => `${field.join(': ')}\r\n`).join('')}\r\n`,
    ),
    uwsgi: encodePacket(0, 0, [
      ...['REQUEST_METHOD', 'GET', ...PAIRS],
      ...FIELDS.flatMap(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value]),
    ]),
  };

  test.each([
    ['uwsgi', 'end'],
    ['uwsgi', 'reset'],
    ['http', 'end'],
    ['http', 'reset'],
  ] as const)('%s, by %s: it is told, and no descriptor is kept', async (protocol, how) => {
    const told: string[] = [];
    const { [protocol]: address } = await serveCounted(
      defineApp({
        async websocket(_scope, receive) {
          told.push((await receive()).type);
          told.push((await receive()).type);
          await never();
        },
      }),
    );
    const socket = await open(address);
    socket.on('error', () => undefined);
    socket.write(HANDSHAKES[protocol]);
    await until(() => told.length === 1);
    if (how === 'end') socket.end();
    else socket.resetAndDestroy();
    await until(() => told.length === 2 && accepted.size === 0);
    expect([told, accepted.size]).toEqual([['websocket.connect', 'websocket.disconnect'], 0]);
    socket.destroy();
  });
});
