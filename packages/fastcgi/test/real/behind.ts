import { describeWith } from '@gatewire/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApplication, valueOf } from './application.js';
import type { Seen, TestApplication } from './application.js';
import { ask } from './http-client.js';

/** 1 MiB of every byte there is. */
export const MEBIBYTE: Buffer = Buffer.from(
  Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 13 + (i >> 8)) & 0xff),
);

/** How long to wait for what does not happen at once, in milliseconds. */
export const PATIENCE: { readonly timeout: number } = { timeout: 10_000 };

/** A web server that runs. */
export interface FrontEnd {
  readonly port: number;
  /** What it has logged. */
  readonly log: () => string | Promise<string>;
  readonly stop: () => Promise<unknown>;
}

/** What a test of one web server works with. */
export interface Bench {
  readonly port: () => number;
  readonly application: () => TestApplication;
  readonly frontEnd: () => FrontEnd;
  /** The next request that arrived. */
  readonly seen: () => Promise<Seen>;
}

/** How the web servers differ. */
export interface Traits {
  readonly keepConn: boolean;
  /** Whether what the application writes to STDERR is in its log. */
  readonly logsStderr: boolean;
}

/** Starts a web server in front of an application of ours and runs the common tests, then `more`. */
export function behind(
  program: string,
  title: string,
  start: (address: string, port: number) => Promise<FrontEnd>,
  traits: Traits,
  more: (bench: Bench) => void = () => undefined,
): void {
  describeWith(program, `behind ${title}`, () => {
    let application: TestApplication;
    let frontEnd: FrontEnd | null = null;
    const running = (): FrontEnd => {
      if (frontEnd === null) throw new Error(`${title} does not run`);
      return frontEnd;
    };
    beforeAll(async () => {
      application = await startApplication();
      frontEnd = await start(`127.0.0.1:${application.port}`, application.port);
    });
    beforeEach(() => {
      application.forget();
    });
    afterAll(async () => {
      await frontEnd?.stop();
      await application.close();
    });
    const bench: Bench = {
      port: () => running().port,
      application: () => application,
      frontEnd: running,
      seen: async () => {
        const seen = await application.seen();
        if (seen instanceof Error) throw seen;
        return seen;
      },
    };
    headTests(bench, traits);
    bodyTests(bench);
    more(bench);
  });
}

function headTests({ port, seen, frontEnd }: Bench, { keepConn, logsStderr }: Traits): void {
  test('a GET with an encoded path and a query', async () => {
    const answer = await ask(port(), '/app/p%20%C3%A9?x=1&y=%20', { headers: ['X-B', 'caf\xe9'] });
    expect([answer.status, answer.headers['x-seen'], String(answer.body)]).toEqual([200, 'yes', 'ours']);
    const request = await seen();
    expect(request).toMatchObject({ role: 1, keepConn, aborted: false });
    expect([request.contentLength ?? 0, request.body.length]).toEqual([0, 0]);
    const value = (name: string): string | undefined => valueOf(request.pairs, name);
    expect(value('REQUEST_METHOD')).toBe('GET');
    expect(value('REQUEST_URI')).toBe('/app/p%20%C3%A9?x=1&y=%20');
    expect(value('QUERY_STRING')).toBe('x=1&y=%20');
    expect(value('SERVER_PROTOCOL')).toBe('HTTP/1.1');
    expect(value('HTTP_HOST')).toBe('example.test');
    expect(value('HTTP_X_B')).toBe('caf\xe9');
    // Where the path is cut differs; decoded it is, as bytes.
    expect(`${value('SCRIPT_NAME') ?? ''}${value('PATH_INFO') ?? ''}`).toBe('/app/p \xc3\xa9');
  });

  test('a 404', async () => {
    const answer = await ask(port(), '/app/missing');
    expect([answer.status, String(answer.body)]).toEqual([404, 'not here\n']);
  });

  test('HEAD', async () => {
    const answer = await ask(port(), '/app/echo', { method: 'HEAD' });
    expect([answer.status, answer.headers['x-seen'], answer.body.length]).toEqual([200, 'yes', 0]);
    expect(valueOf((await seen()).pairs, 'REQUEST_METHOD')).toBe('HEAD');
  });

  test('text for the log is not in the response', async () => {
    const answer = await ask(port(), '/app/stderr');
    expect([answer.status, String(answer.body)]).toEqual([200, 'done\n']);
    if (logsStderr) await expect.poll(() => frontEnd().log(), PATIENCE).toContain('said on stderr');
  });

  test('a header of 7,000 bytes', async () => {
    expect((await ask(port(), '/app/', { headers: ['X-Long', 'y'.repeat(7_000)] })).status).toBe(200);
    expect(valueOf((await seen()).pairs, 'HTTP_X_LONG')).toBe('y'.repeat(7_000));
  });
}

function bodyTests({ port, seen }: Bench): void {
  test.each([0, 1, 65_536, 1_048_576])('a body of %i bytes there and back', async (bytes) => {
    const body = MEBIBYTE.subarray(0, bytes);
    const answer = await ask(port(), '/app/echo', { body, headers: ['Content-Type', 'application/x-test'] });
    const request = await seen();
    expect([request.contentLength ?? 0, request.body.equals(body)]).toEqual([bytes, true]);
    expect(valueOf(request.pairs, 'CONTENT_TYPE')).toBe('application/x-test');
    expect([answer.status, answer.body.equals(body)]).toEqual([200, true]);
  });

  test.each([65_536, 1_048_576])('a response of %i bytes', async (bytes) => {
    const answer = await ask(port(), `/app/big/${bytes}`);
    expect([answer.status, answer.body.equals(Buffer.alloc(bytes, 'x'))]).toEqual([200, true]);
  });

  test('requests one after the other', async () => {
    for (let i = 0; i < 5; i++) {
      const body = MEBIBYTE.subarray(i, 1_000 * i);
      const answer = await ask(port(), '/app/echo', { body });
      expect([answer.status, answer.body.equals(body)]).toEqual([200, true]);
    }
  });
}

/** A chunked upload arrives whole and with its length. */
export function chunkedTest({ port, seen }: Bench): void {
  test('a chunked upload', async () => {
    const body = MEBIBYTE.subarray(0, 5_000);
    const answer = await ask(port(), '/app/echo', { body, chunked: true });
    const request = await seen();
    expect([request.contentLength, request.body.equals(body)]).toEqual([5_000, true]);
    expect([answer.status, answer.body.equals(body)]).toEqual([200, true]);
  });
}
