import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, PHP_FPM, startC, startFcgiwrap, startGo, startPhpFpm } from '@gatewire/testkit';
import type { RunningServer } from '@gatewire/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FcgiWebServerOptions } from '@gatewire/fastcgi';
import { FcgiConnection, programText } from './client.js';
import type { Answer } from './client.js';

// Our side of the connection in front of real applications: each runs the same little program in its language.

/** 1 MiB of every byte there is. */
const MEBIBYTE = Buffer.from(Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 13 + (i >> 8)) & 0xff));

function sha256(data: Uint8Array | string): string {
  return createHash('sha256')
    .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
    .digest('hex');
}

/** What a web server sends for a request to the program. */
function pairsOf(script: string, method: string, query: string, bodyBytes?: number): string[] {
  return [
    ...['GATEWAY_INTERFACE', 'CGI/1.1', 'SERVER_PROTOCOL', 'HTTP/1.1', 'SERVER_SOFTWARE', 'gatewire'],
    ...['SERVER_NAME', 'example.test', 'SERVER_PORT', '80', 'REMOTE_ADDR', '192.0.2.1'],
    ...['REQUEST_METHOD', method, 'REQUEST_URI', `/app/caf%C3%A9?${query}`, 'QUERY_STRING', query],
    ...['SCRIPT_NAME', '/app', 'PATH_INFO', '/caf\xc3\xa9', 'SCRIPT_FILENAME', script],
    ...['HTTP_HOST', 'example.test', 'HTTP_X_NAME', 'Andr\xe9'],
    ...(bodyBytes === undefined
      ? []
      : ['CONTENT_TYPE', 'application/x-test', 'CONTENT_LENGTH', String(bodyBytes)]),
  ];
}

interface Peer {
  /** Whether a second request can follow on the connection. */
  readonly keeps: boolean;
  /** Whether it ends STDOUT with an empty record, as §6.1 wants it. */
  readonly endsStdout: boolean;
  /** What comes over FastCGI when the program writes to its stderr; `null` where that goes elsewhere. */
  readonly stderr: RegExp | null;
  /** appStatus after a 404 of the program. */
  readonly appStatus: number;
}

/** What a test of one program works with. */
interface Bench {
  /** A new connection, closed after the test. */
  readonly connect: (options?: FcgiWebServerOptions) => FcgiConnection;
  readonly pairs: (method: string, query: string, bodyBytes?: number) => string[];
  readonly ask: (method: string, query: string, body?: Uint8Array) => Promise<Answer>;
}

function inFrontOf(
  title: string,
  programs: readonly string[],
  start: () => Promise<[RunningServer, script: string]>,
  peer: Peer,
  more: (bench: Bench) => void = () => undefined,
): void {
  describeWith(programs, `in front of ${title}`, () => {
    let running: RunningServer;
    let script = '';
    const open: FcgiConnection[] = [];
    beforeAll(async () => {
      [running, script] = await start();
    });
    afterEach(() => {
      for (const connection of open.splice(0)) connection.close();
    });
    afterAll(async () => {
      await running.stop();
    });
    const bench: Bench = {
      connect: (options) => {
        const connection = new FcgiConnection(running.socket, options);
        open.push(connection);
        return connection;
      },
      pairs: (method, query, bodyBytes) => pairsOf(script, method, query, bodyBytes),
      ask: (method, query, body) =>
        bench.connect().ask(bench.pairs(method, query, body?.length), {
          keepConn: false,
          ...(body === undefined ? {} : { body }),
        }),
    };
    commonTests(bench, peer);
    more(bench);
  });
}

function commonTests({ connect, pairs, ask }: Bench, peer: Peer): void {
  test('a GET; then it closes, as the flag asks', async () => {
    const connection = connect();
    const answer = await connection.ask(pairs('GET', 'a=1&b=%20'), { keepConn: false });
    expect(answer).toMatchObject({ status: 200, stderr: '', appStatus: 0, protocolStatus: 0 });
    expect(answer.stdoutEnded).toBe(peer.endsStdout);
    expect(answer.headers).toMatchObject({ 'x-seen': 'yes' });
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.body).toBe('GET /app/caf%C3%A9?a=1&b=%20 Andr\xe9\n');
    expect(await connection.closed).toBeNull();
  });

  test.each([0, 1, 65_536, 1_048_576])('a body of %i bytes there and back', async (bytes) => {
    const body = MEBIBYTE.subarray(0, bytes);
    const answer = await ask('POST', 'do=echo', body);
    expect([answer.status, answer.body.length, sha256(answer.body)]).toEqual([200, bytes, sha256(body)]);
  });

  test.each([65_536, 1_048_576])('a response of %i bytes', async (bytes) => {
    const answer = await ask('GET', `do=big&n=${bytes}`);
    expect([answer.status, answer.body.length]).toEqual([200, bytes]);
    expect(sha256(answer.body)).toBe(sha256('x'.repeat(bytes)));
  });

  test('a 404', async () => {
    const answer = await ask('GET', 'do=missing');
    expect(answer).toMatchObject({ status: 404, body: 'not here\n', appStatus: peer.appStatus });
  });

  test('HEAD: whatever it sends, there is no body', async () => {
    const answer = await ask('HEAD', '');
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers).toMatchObject({ 'x-seen': 'yes' });
  });

  test('a variable of 40,000 bytes', async () => {
    const answer = await connect().ask([...pairs('GET', ''), 'HTTP_X_LONG', 'y'.repeat(40_000)]);
    expect(answer.status).toBe(200);
  });

  if (peer.stderr !== null) {
    const pattern = peer.stderr;
    test('text for the log comes apart from the response', async () => {
      const answer = await ask('GET', 'do=stderr');
      expect(answer).toMatchObject({ status: 200, body: 'done\n' });
      expect(answer.stderr).toMatch(pattern);
    });
  }

  if (peer.keeps) {
    test('five requests on one connection', async () => {
      const connection = connect();
      for (let i = 0; i < 5; i++) {
        const body = MEBIBYTE.subarray(0, 100 * i);
        const answer = await connection.ask(pairs('POST', 'do=echo', body.length), { body });
        expect([answer.status, sha256(answer.body)]).toEqual([200, sha256(body)]);
      }
    });
  }
}

inFrontOf(
  'php-fpm',
  [PHP_FPM],
  async () => {
    const running = await startPhpFpm({ 'app.php': programText('app.php') });
    return [running, join(running.prefix, 'app.php')];
  },
  { keeps: true, endsStdout: false, stderr: null, appStatus: 0 },
  ({ connect, pairs }) => {
    test('what it has to say itself comes on STDERR', async () => {
      const missing = pairs('GET', '').map((text) => text.replace(/app\.php$/, 'none.php'));
      const answer = await connect().ask(missing);
      expect([answer.status, answer.stderr]).toEqual([404, 'Primary script unknown']);
    });

    test('it answers GET_VALUES: it does not multiplex', async () => {
      const connection = connect();
      connection.getValues();
      const answer = await connection.ask(pairs('GET', ''), { keepConn: false });
      expect(answer.status).toBe(200);
      expect(connection.others).toEqual([{ kind: 'values', pairs: ['FCGI_MPXS_CONNS', '0'] }]);
    });
  },
);

inFrontOf(
  'Go net/http/fcgi',
  ['go'],
  async () => [await startGo(programText('app.go')), '/app'],
  { keeps: true, endsStdout: true, stderr: null, appStatus: 0 },
  ({ connect, pairs }) => {
    test('it answers GET_VALUES, in two records: it multiplexes', async () => {
      const connection = connect();
      connection.getValues();
      await connection.ask(pairs('GET', ''));
      expect(connection.others).toEqual([
        { kind: 'values', pairs: ['FCGI_MPXS_CONNS', '1'] },
        { kind: 'values', pairs: [] },
      ]);
    });

    test('eight requests at once on one connection', async () => {
      const connection = connect({ maxRequests: 8 });
      const bodies = Array.from({ length: 8 }, (_, i) => MEBIBYTE.subarray(i, i + 10_000 * i + 1));
      const begun = bodies.map((body) => connection.begin(pairs('POST', 'do=echo', body.length), { body }));
      expect(begun.map(([id]) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const answers = await Promise.all(begun.map(([, answer]) => answer));
      expect(answers.map(({ body }) => sha256(body))).toEqual(bodies.map(sha256));
    });

    test('a request that is given up ends twice; the connection serves on', async () => {
      const connection = connect({ maxRequests: 2 });
      // Before the end of the body: after it Go has forgotten the id, and ignores what comes for it.
      const body = MEBIBYTE.subarray(0, 10);
      const [id, given] = connection.begin(pairs('POST', 'do=echo', 100), { body, unfinished: true });
      connection.abort(id);
      expect((await given).protocolStatus).toBe(0);
      for (let i = 0; i < 3; i++) {
        const [next, answer] = connection.begin(pairs('GET', 'do=big&n=9'));
        expect(next).not.toBe(id);
        expect((await answer).body).toBe('xxxxxxxxx');
      }
    });
  },
);

inFrontOf(
  'fcgiwrap with a CGI script',
  ['fcgiwrap'],
  async () => {
    const running = await startFcgiwrap({ 'app.sh': programText('app.sh') });
    return [running, join(running.prefix, 'app.sh')];
  },
  { keeps: true, endsStdout: true, stderr: /^said on stderr\r?\n$/, appStatus: 0 },
  ({ connect, pairs }) => {
    test('a script that is not there is a 403', async () => {
      const missing = pairs('GET', '').map((text) => text.replace(/app\.sh$/, 'none.sh'));
      const answer = await connect().ask(missing);
      expect(answer.status).toBe(403);
    });
  },
);

inFrontOf(
  'a libfcgi program',
  // A package that is not there is asked for under its own name, which no program has.
  ['gcc', ...(existsSync('/usr/include/fcgiapp.h') ? [] : ['libfcgi-dev'])],
  async () => [await startC(programText('app.c'), ['fcgi']), '/app'],
  { keeps: true, endsStdout: true, stderr: /^said on stderr\n$/, appStatus: 7 },
  ({ connect, pairs }) => {
    test('it keeps its answer to GET_VALUES back until a request comes', async () => {
      const connection = connect();
      connection.getValues();
      await connection.ask(pairs('GET', ''), { keepConn: false });
      expect(connection.others).toEqual([
        {
          kind: 'values',
          pairs: ['FCGI_MAX_CONNS', '1', 'FCGI_MAX_REQS', '1', 'FCGI_MPXS_CONNS', '0'],
        },
      ]);
    });
  },
);
