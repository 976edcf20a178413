import { Server } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { answering, request, start, text } from './client.js';

/** What node:net emits when accept(2) fails. */
function refusal(code: string): Error {
  return Object.assign(new Error(`accept ${code}`), { code, syscall: 'accept' });
}

describe('a connection that the kernel does not hand over', () => {
  // libuv keeps a descriptor back for EMFILE, and other errors need a kernel without memory: none can be had for a test.
  test('is one line on the log in a second, for each listener, and no end of the process', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen');
    const server = await start(answering('200 OK', [], [text('fine')]));
    const sockets = listen.mock.contexts as Server[];
    listen.mockRestore();
    expect(sockets).toHaveLength(3);
    for (const socket of sockets) for (let i = 0; i < 3; i++) socket.emit('error', refusal('ENOMEM'));
    expect(server.log).toEqual(
      server.addresses.map(({ protocol, address }) => ({
        level: 'error',
        event: 'accept_failed',
        message: `could not accept a connection on ${protocol} ${address}: accept ENOMEM`,
        protocol,
        address,
        code: 'ENOMEM',
      })),
    );
    expect((await request(server.uwsgi)).body.toString()).toBe('fine');
    await server.close();
  });

  test('for want of descriptors: the log says what to raise', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen');
    const server = await start(answering('200 OK', [], []));
    const [socket] = listen.mock.contexts as Server[];
    listen.mockRestore();
    socket.emit('error', refusal('EMFILE'));
    expect(server.log.map(({ message }) => message)).toEqual([
      `could not accept a connection on uwsgi ${server.uwsgi.address}: accept EMFILE: this process may open no more files (ulimit -n)`,
    ]);
    await server.close();
  });
});
