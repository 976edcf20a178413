import { nodeToAsgi } from '@gatewire/server/adapters';
import { mountASGI } from '@gatewire/server/middleware';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { interfaceOf } from '../src/application.js';
import { Client, ClientGone } from '../src/client.js';

import { logToStderr } from '../src/options.js';
import { kindOf } from '../src/wsgi-response.js';
import { errorStream } from '../src/wsgi-runner.js';
import { request, start } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  await server?.close();
  server = undefined;
});

/** A function that says how many parameters it has. */
const taking = (count: number): (() => void) =>
  Object.defineProperty(() => undefined, 'length', { value: count });

describe('which interface an application has', () => {
  test.each([7, null, {}, { fetch: 'no function' }])('%j is no application', (app) => {
    expect(() => interfaceOf(app)).toThrow(
      'the application is no function, and no object with a fetch method',
    );
  });

  test('a function with one parameter or three could be either', () => {
    expect(() => interfaceOf(taking(1))).toThrow(/has one parameter, which looks like a Fetch handler/);
    expect(() => interfaceOf(taking(3))).toThrow(
      /has three parameters, which looks like an ASGI application/,
    );
    expect(interfaceOf(taking(1), 'fetch')).toBe('fetch');
  });
});

describe('a client', () => {
  test('its signal is aborted when it goes, or was; the first reason counts', () => {
    const [first, second] = [new ClientGone('first'), new ClientGone('second')];
    const early = new Client();
    const { signal } = early;
    expect([signal.aborted, early.signal === signal]).toEqual([false, true]);
    early.leave(first);
    early.leave(second);
    expect([signal.aborted, signal.reason, early.gone]).toEqual([true, first, first]);
    const late = new Client();
    late.leave(first);
    expect([late.signal.aborted, late.signal.reason]).toEqual([true, first]);
  });
});

test('the default log tells of warnings and errors, on stderr', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  for (const level of ['debug', 'info', 'warning', 'error'] as const)
    logToStderr({ level, event: 'bad_request', message: `a ${level}` });
  expect(write.mock.calls.map(([line]) => line)).toEqual(['warning: a warning\n', 'error: a error\n']);
});

test('wsgi.errors: what is written goes to the log, line by line', () => {
  const lines: string[] = [];
  const stream = errorStream(({ message }) => lines.push(message));
  stream.write('one\n');
  stream.writelines(['two', 'three\n']);
  stream.flush();
  expect(lines).toEqual(['one', 'two', 'three']);
});

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  ['a', 'string'],
  [[], 'Array'],
  [new Map(), 'Map'],
  [Object.create(null), 'object'],
  [{ constructor: { name: 7 } }, 'object'],
])('what %j is called', (value, name) => {
  expect(kindOf(value)).toBe(name);
});

test('a handler of node:http may set what sockets have', async () => {
  const app = nodeToAsgi((incoming, response) => {
    incoming.setTimeout(10_000);
    response.setTimeout(10_000);
    incoming.socket.setNoDelay(true).setKeepAlive(true, 1000);
    response.end('set');
  });
  server = await start(app, { interface: 'asgi', lifespan: 'off' });
  expect((await request(server.uwsgi)).body.toString()).toBe('set');
});

test('a WebSocket to no mount point is refused', async () => {
  const sent: object[] = [];
  let received = 0;
  const scope = { type: 'websocket', path: '/elsewhere', root_path: '', headers: [] };
  await mountASGI({ '/shop': () => Promise.reject(new Error('never called')) })(
    scope as never,
    () => {
      received++;
      return Promise.resolve({ type: 'websocket.connect' });
    },
    (event) => {
      sent.push(event);
      return Promise.resolve();
    },
  );
  expect([received, sent]).toEqual([1, [{ type: 'websocket.close' }]]);
});
