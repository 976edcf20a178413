import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, startApache, startLighttpd } from '@gatewire/testkit';
import type { RunningServer } from '@gatewire/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApplication, valueOf } from './application.js';
import type { Seen, TestApplication } from './application.js';
import { ask } from './http-client.js';

// The role of an authorizer (FastCGI 1.0 §6.3): the application lets requests for files of the web server pass, or not.

function authorizing(
  program: string,
  title: string,
  start: (port: number) => Promise<RunningServer>,
  headers: (word: string) => readonly string[],
  refusal: { readonly status: number; readonly reachesClient: boolean },
  more: (seen: Seen, received: Buffer) => void,
): void {
  describeWith(program, title, () => {
    let application: TestApplication;
    let server: RunningServer | null = null;
    const port = (): number => server?.port ?? 0;
    const next = async (): Promise<Seen> => {
      const seen = await application.seen();
      if (seen instanceof Error) throw seen;
      return seen;
    };
    beforeAll(async () => {
      application = await startApplication();
      server = await start(application.port);
      mkdirSync(join(server.prefix, 'private'));
      writeFileSync(join(server.prefix, 'private', 'page.txt'), 'a secret\n');
    });
    beforeEach(() => {
      application.forget();
    });
    afterAll(async () => {
      await server?.stop();
      await application.close();
    });

    test('200 lets the request pass', async () => {
      const before = application.received().length;
      const answer = await ask(port(), '/private/page.txt', { headers: headers('sesame') });
      expect([answer.status, String(answer.body)]).toEqual([200, 'a secret\n']);
      const seen = await next();
      expect(seen).toMatchObject({ role: 2, requestId: 1, contentLength: 0, aborted: false });
      expect(seen.body).toHaveLength(0);
      expect(valueOf(seen.pairs, 'REQUEST_METHOD')).toBe('GET');
      more(seen, application.received().subarray(before));
    });

    test('anything else does not', async () => {
      const answer = await ask(port(), '/private/page.txt', { headers: headers('parsley') });
      expect(answer.status).toBe(refusal.status);
      expect(String(answer.body).includes('a secret')).toBe(false);
      if (refusal.reachesClient) {
        expect([answer.headers['x-refused'], String(answer.body)]).toEqual(['7', 'go away\n']);
      }
      expect((await next()).role).toBe(2);
    });

    test('the body of a POST is not for the authorizer', async () => {
      const body = Buffer.from('a body');
      await ask(port(), '/private/page.txt', { body, headers: headers('sesame') });
      const seen = await next();
      expect([seen.contentLength, seen.body.length, seen.aborted]).toEqual([0, 0, false]);
    });
  });
}

/** Whether a record of this type is there: §3.3, with an id of 1. */
function hasRecord(bytes: Buffer, type: number): boolean {
  for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt16BE(at + 4) + bytes[at + 6]) {
    if (bytes[at + 1] === type) return true;
  }
  return false;
}

const STDIN = 5;

authorizing(
  'lighttpd',
  'lighttpd with an authorizer of ours, which gets an empty STDIN',
  (port) =>
    startLighttpd(
      ['mod_fastcgi'],
      `fastcgi.server = ("/private" => ((
        "host" => "127.0.0.1", "port" => ${port}, "mode" => "authorizer", "docroot" => var.CWD, "check-local" => "disable"
      )))`,
    ),
  (word) => ['X-Word', word],
  { status: 403, reachesClient: true },
  (_, received) => {
    expect(hasRecord(received, STDIN)).toBe(true);
  },
);

authorizing(
  'apache2',
  'Apache mod_authnz_fcgi with an authorizer of ours, which gets no STDIN at all',
  (port) =>
    startApache(
      ['authn_core', 'authz_user', 'auth_basic', 'authnz_fcgi'],
      [
        `AuthnzFcgiDefineProvider authn ours fcgi://127.0.0.1:${port}/`,
        '<Location /private>',
        'AuthType Basic\nAuthName test\nAuthBasicProvider ours\nRequire valid-user',
        '</Location>',
      ],
    ),
  (word) => ['Authorization', `Basic ${Buffer.from(`ali:${word}`).toString('base64')}`],
  { status: 401, reachesClient: false },
  (seen, received) => {
    expect(hasRecord(received, STDIN)).toBe(false);
    expect(valueOf(seen.pairs, 'FCGI_ROLE')).toBe('AUTHORIZER');
    expect(valueOf(seen.pairs, 'REMOTE_USER')).toBe('ali');
  },
);
