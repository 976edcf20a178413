import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  passLocation,
  startApache,
  startCaddy,
  startH2o,
  startHaproxy,
  startLighttpd,
  startNginx,
} from '@gatewire/testkit';
import { expect, test } from 'vitest';
import { valueOf } from './application.js';
import type { Seen } from './application.js';
import { behind, chunkedTest, MEBIBYTE, PATIENCE } from './behind.js';
import type { Bench, FrontEnd } from './behind.js';
import { ask, uploadAndLeave } from './http-client.js';

// Our side of the connection behind real web servers: what is the same behind all of them is in behind.ts.

function nginxBehind(title: string, keepConn: boolean, more: (bench: Bench) => void): void {
  const start = async (address: string): Promise<FrontEnd> => {
    const keep = keepConn ? 'fastcgi_keep_conn on;' : '';
    const nginx = await startNginx({
      http: `upstream app {\n  server ${address};\n  ${keepConn ? 'keepalive 4;' : ''}\n}`,
      server: 'client_max_body_size 4m;\nlarge_client_header_buffers 16 16k;',
      locations: [
        passLocation('fastcgi', 'app', keep),
        passLocation('fastcgi', 'app', `${keep}\nfastcgi_request_buffering off;`, '/unbuffered/'),
      ],
    });
    return { port: nginx.port, log: () => nginx.errorLog(), stop: () => nginx.stop() };
  };
  behind('nginx', title, start, { keepConn, logsStderr: true }, (bench) => {
    const { port, seen, application } = bench;
    chunkedTest(bench);

    test('an upload that the client gives up', async () => {
      const part = Buffer.alloc(300, 'not seen before ');
      await uploadAndLeave(port(), '/unbuffered/echo', 1_000, part, () =>
        expect.poll(() => application().received().includes(part), PATIENCE).toBe(true),
      );
      const request = await seen();
      expect([request.aborted, request.contentLength, request.body.length]).toEqual([true, 1_000, 300]);
    });

    test('more than 65,535 bytes of variables are a 500 before they reach us', async () => {
      const headers = Array.from({ length: 10 }, (_, i) => [`X-Long-${i}`, 'y'.repeat(7_000)]).flat();
      expect((await ask(port(), '/app/', { headers })).status).toBe(500);
    });
    more(bench);
  });
}

nginxBehind('nginx', false, ({ port, seen }) => {
  test('each request has a connection of its own', async () => {
    const connections = new Set<number>();
    for (let i = 0; i < 3; i++) {
      await ask(port(), '/app/');
      connections.add((await seen()).connection);
    }
    expect(connections.size).toBe(3);
  });
});

nginxBehind('nginx with keep_conn', true, ({ port, seen }) => {
  test('requests share a connection, and id 1', async () => {
    const requests: Seen[] = [];
    for (let i = 0; i < 3; i++) {
      await ask(port(), '/app/');
      requests.push(await seen());
    }
    expect(new Set(requests.map(({ connection }) => connection)).size).toBe(1);
    expect(requests.map(({ requestId }) => requestId)).toEqual([1, 1, 1]);
  });
});

behind(
  'apache2',
  'Apache mod_proxy_fcgi',
  async (address) => {
    const apache = await startApache(
      ['proxy', 'proxy_fcgi'],
      [`ProxyPass /app fcgi://${address}/app enablereuse=on`],
    );
    const log = (): Promise<string> => readFile(join(apache.prefix, 'error.log'), 'utf8');
    return { port: apache.port, log, stop: () => apache.stop() };
  },
  { keepConn: true, logsStderr: true },
  chunkedTest,
);

behind(
  'lighttpd',
  'lighttpd',
  async (_, port) => {
    const lighttpd = await startLighttpd(
      ['mod_fastcgi'],
      `fastcgi.server = ("/" => ((
        "host" => "127.0.0.1", "port" => ${port}, "check-local" => "disable", "fix-root-scriptname" => "enable"
      )))`,
    );
    return { port: lighttpd.port, log: () => lighttpd.output(), stop: () => lighttpd.stop() };
  },
  { keepConn: false, logsStderr: true },
  chunkedTest,
);

behind(
  'caddy',
  'Caddy',
  async (address) => {
    const caddy = await startCaddy(`reverse_proxy ${address} {\n  transport fastcgi\n}`);
    return { port: caddy.port, log: () => caddy.output(), stop: () => caddy.stop() };
  },
  { keepConn: false, logsStderr: false },
  ({ port, application }) => {
    test('a chunked upload has CONTENT_LENGTH -1 with Caddy 2.6: FCGI_BAD_CONTENT_LENGTH', async () => {
      const answer = await ask(port(), '/app/echo', { body: MEBIBYTE.subarray(0, 100), chunked: true });
      expect(answer.status).toBe(502);
      expect(await application().seen()).toMatchObject({ code: 'FCGI_BAD_CONTENT_LENGTH', requestId: 1 });
    });
  },
);

behind(
  'h2o',
  'h2o',
  async (_, port) => {
    const h2o = await startH2o(`fastcgi.connect:\n  host: 127.0.0.1\n  port: ${port}\n  type: tcp`);
    return { port: h2o.port, log: () => h2o.output(), stop: () => h2o.stop() };
  },
  { keepConn: false, logsStderr: true },
  (bench) => {
    chunkedTest(bench);

    test('more than 65,535 bytes of variables, cut inside a pair', async () => {
      const { port, seen, application } = bench;
      const headers = Array.from({ length: 10 }, (_, i) => [`X-Long-${i}`, 'y'.repeat(7_000)]).flat();
      expect((await ask(port(), '/app/', { headers })).status).toBe(200);
      const { pairs } = await seen();
      for (let i = 0; i < 10; i++) expect(valueOf(pairs, `HTTP_X_LONG_${i}`)).toBe('y'.repeat(7_000));
      // The header of a PARAMS record with the most that it can hold.
      expect(
        application()
          .received()
          .includes(Buffer.of(1, 4, 0, 1, 0xff, 0xff, 0, 0)),
      ).toBe(true);
    });
  },
);

behind(
  'haproxy',
  'HAProxy, which asks for values and multiplexes',
  async (address) => {
    const haproxy = await startHaproxy(`backend app
  http-reuse always
  use-fcgi-app ours
  server one ${address} proto fcgi
fcgi-app ours
  docroot /srv
  log-stderr global
  option keep-conn
  option get-values
  option mpxs-conns
  option max-reqs 16
`);
    return { port: haproxy.port, log: () => haproxy.output(), stop: () => haproxy.stop() };
  },
  { keepConn: true, logsStderr: true },
  ({ port, seen, application }) => {
    test('it has asked for FCGI_MAX_REQS and FCGI_MPXS_CONNS', async () => {
      await ask(port(), '/app/');
      const sent = application().received();
      // §4.1: type 9, id 0.
      expect(sent.subarray(0, 4)).toEqual(Buffer.of(1, 9, 0, 0));
      for (const name of ['FCGI_MAX_REQS', 'FCGI_MPXS_CONNS']) expect(sent.includes(name)).toBe(true);
    });

    test('three requests at once on one connection, answered last first', async () => {
      await ask(port(), '/app/');
      await seen();
      const answers = await Promise.all([1, 2, 3].map(() => ask(port(), '/app/meet/3')));
      const requests = [await seen(), await seen(), await seen()];
      expect(new Set(requests.map(({ connection }) => connection)).size).toBe(1);
      expect(new Set(requests.map(({ requestId }) => requestId)).size).toBe(3);
      expect(answers.map(({ body }) => String(body)).sort()).toEqual(
        requests.map(({ requestId }) => `met as ${requestId}\n`).sort(),
      );
    });

    test('an upload that the client gives up: ABORT_REQUEST, and the next request is served', async () => {
      const before = application().received().length;
      await uploadAndLeave(port(), '/app/echo', 1_000_000, MEBIBYTE.subarray(0, 100_000), () =>
        expect.poll(() => application().received().length - before, PATIENCE).toBeGreaterThan(80_000),
      );
      const given = await seen();
      expect([given.aborted, given.contentLength]).toEqual([true, 1_000_000]);
      // §5.4: type 2, no content.
      expect(
        application()
          .received()
          .includes(Buffer.of(1, 2, 0, given.requestId, 0, 0, 0, 0)),
      ).toBe(true);
      expect((await ask(port(), '/app/')).status).toBe(200);
    });
  },
);
