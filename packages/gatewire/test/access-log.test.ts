import type { AccessEntry } from '@gatewire/server';
import { describe, expect, test } from 'vitest';
import { formatAccessLine } from '../src/access-log.js';

const ENTRY: AccessEntry = {
  protocol: 'uwsgi',
  environ: {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: '/a%20b?x=1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '192.0.2.7',
    HTTP_HOST: 'www.example.test',
    HTTP_REFERER: 'http://example.test/',
    HTTP_USER_AGENT: 'curl/7.88.1',
    SCRIPT_NAME: '',
    PATH_INFO: '/a b',
    QUERY_STRING: 'x=1',
    SERVER_NAME: 'www.example.test',
    SERVER_PORT: '80',
  },
  status: 200,
  bytesIn: 0,
  bytesOut: 1234,
  acceptMs: 0.25,
  bodyMs: 0,
  headMs: 1.23456,
  blockedMs: 0.1,
  durationMs: 2,
  aborted: false,
};

const TIME = new Date('2026-11-21T08:05:09.123Z');

function line(environ: Record<string, string> | null, more: Partial<AccessEntry> = {}): string {
  return formatAccessLine(
    { ...ENTRY, environ: environ as AccessEntry['environ'], ...more },
    { format: 'text', time: TIME, timezoneOffset: 0 },
  );
}

describe("Apache's combined format", () => {
  test.each([
    [0, '21/Nov/2026:08:05:09 +0000'],
    [-60, '21/Nov/2026:09:05:09 +0100'],
    [-330, '21/Nov/2026:13:35:09 +0530'],
    [600, '20/Nov/2026:22:05:09 -1000'],
  ])('%i minutes behind UTC', (timezoneOffset, time) => {
    expect(formatAccessLine(ENTRY, { format: 'text', time: TIME, timezoneOffset })).toBe(
      `192.0.2.7 - - [${time}] "GET /a%20b?x=1 HTTP/1.1" 200 1234 "http://example.test/" "curl/7.88.1"\n`,
    );
  });

  test('what is not known is a dash', () => {
    expect(line(null, { status: 400, bytesOut: 0 })).toBe(
      '- - - [21/Nov/2026:08:05:09 +0000] "- - -" 400 - "-" "-"\n',
    );
  });

  test('a target that the web server did not send is put together', () => {
    const environ = {
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '/shop',
      PATH_INFO: '/caf\xe9',
      QUERY_STRING: 'a=b',
    };
    expect(line(environ)).toContain('"GET /shop/caf\\xe9?a=b -"');
  });

  test('a client cannot end a field or a line', () => {
    const environ = { REMOTE_ADDR: '::1', REMOTE_USER: 'a b', HTTP_USER_AGENT: 'a" \\ \r\n\x1b\xff' };
    const text = line(environ);
    expect(text).toContain('::1 - a\\x20b [');
    expect(text.endsWith(' "a\\" \\\\ \\x0d\\x0a\\x1b\\xff"\n')).toBe(true);
  });
});

test('as JSON: sizes and times too', () => {
  const text = formatAccessLine(ENTRY, { format: 'json', time: TIME });
  expect(text.indexOf('\n')).toBe(text.length - 1);
  expect(JSON.parse(text)).toEqual({
    time: '2026-11-21T08:05:09.123Z',
    event: 'access',
    protocol: 'uwsgi',
    remoteAddress: '192.0.2.7',
    method: 'GET',
    target: '/a%20b?x=1',
    httpVersion: 'HTTP/1.1',
    host: 'www.example.test',
    referer: 'http://example.test/',
    userAgent: 'curl/7.88.1',
    status: 200,
    bytesIn: 0,
    bytesOut: 1234,
    acceptMs: 0.25,
    bodyMs: 0,
    headMs: 1.235,
    blockedMs: 0.1,
    durationMs: 2,
    aborted: false,
    pid: process.pid,
  });
});

test('bytes read as UTF-8 in JSON, and as Latin-1 where they are not that', () => {
  const environ = { ...ENTRY.environ, REQUEST_URI: '/caf\xc3\xa9', HTTP_USER_AGENT: 'caf\xe9' };
  const entry = { ...ENTRY, environ: environ as AccessEntry['environ'] };
  expect(JSON.parse(formatAccessLine(entry, { format: 'json', time: TIME }))).toMatchObject({
    target: '/café',
    userAgent: 'café',
  });
});
