import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { encodeRequest } from '@gatewire/uwsgi';
import { expect, test } from 'vitest';
import { serve } from '@gatewire/server';

const WAITING = 50;

const REQUESTS = {
  uwsgi: encodeRequest(['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'QUERY_STRING', '']),
  http: [new TextEncoder().encode('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')],
};

test.each(['uwsgi', 'http'] as const)(
  '%s: connections that nobody has accepted yet are answered after close',
  async (protocol) => {
    const server = await serve(
      (_, start) => {
        start('200 OK', []);
        return [new TextEncoder().encode('answered')];
      },
      { listen: [{ protocol, host: '127.0.0.1', port: 0 }] },
    );
    const port = server.addresses[0].port ?? 0;
    // The kernel completes them; this process accepts none before it gets to its event loop.
    const answers = Array.from({ length: WAITING }, () => {
      const socket = connect(port, '127.0.0.1');
      for (const bytes of REQUESTS[protocol]) socket.write(bytes);
      return text(socket);
    });
    const closed = server.close();
    for (const answer of await Promise.all(answers))
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*answered$/);
    await closed;
  },
);
