import type { WSGIEnvironment } from '@gatewire/interfaces';
import { expect, test } from 'vitest';
import { differencesOf, problemsBetween } from '../demo/compare.js';
import { decodeAnswer } from '../demo/decode-answer.js';
import type { DemoExchange, Gateway } from '../demo/exchange.js';

const NOTHING = { start: new Uint8Array(0), size: 0, reads: 0 };

/** An exchange of which only what is compared has a meaning. */
function exchange(gateway: Gateway, environ: Record<string, string>, body: string): DemoExchange {
  return {
    gateway,
    request: { title: '', method: 'GET', target: '/', headers: [], body: new Uint8Array(0), over: [gateway] },
    sent: NOTHING,
    returned: NOTHING,
    environ: environ as unknown as WSGIEnvironment,
    answer: { status: 200, reason: 'OK', headers: [['Content-Length', String(body.length)]], body },
    timings: [],
  };
}

test('what differs between two environs: values, and what one of them has not', () => {
  const first = exchange('uwsgi', { A: 'same', B: '1', C: '' }, '').environ;
  const second = exchange('fastcgi', { A: 'same', B: '2', D: 'new' }, '').environ;
  expect(differencesOf(first, second)).toEqual([
    { name: 'B', first: '1', second: '2' },
    { name: 'C', first: '', second: null },
    { name: 'D', first: null, second: 'new' },
  ]);
});

test('what the web server sets may differ, in the environ and in the answer', () => {
  const first = exchange('uwsgi', { PATH_INFO: '/', REMOTE_PORT: '1' }, 'hello\nREMOTE_PORT = "1"\n');
  const second = exchange('fastcgi', { PATH_INFO: '/', REMOTE_PORT: '20' }, 'hello\nREMOTE_PORT = "20"\n');
  expect(problemsBetween(first, second)).toEqual([]);
});

test('another path is a problem, and so is another answer', () => {
  const first = exchange('uwsgi', { PATH_INFO: '/a' }, 'hello\n');
  const second = exchange('fastcgi', {}, 'goodbye\n');
  expect(problemsBetween(first, second)).toEqual([
    'PATH_INFO is /a over uwsgi_pass, missing over fastcgi_pass',
    'the answers differ in more than these variables',
  ]);
});

test('the answer is read out of what either protocol returns', () => {
  const answer = { status: 404, reason: 'Not Found', headers: [['A', 'b']], body: 'no' };
  const http = Buffer.from('HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nno');
  expect(decodeAnswer('uwsgi', http)).toEqual(answer);
  const cgi = Buffer.from('Status: 404 Not Found\r\nA: b\r\n\r\nno');
  // STDOUT in two records, the end of it, END_REQUEST.
  const records = Buffer.concat([
    ...[Buffer.from([1, 6, 0, 1, 0, 10, 0, 0]), cgi.subarray(0, 10)],
    ...[Buffer.from([1, 6, 0, 1, 0, cgi.length - 10, 0, 0]), cgi.subarray(10)],
    ...[Buffer.from([1, 6, 0, 1, 0, 0, 0, 0]), Buffer.from([1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ]);
  expect(decodeAnswer('fastcgi', records)).toEqual(answer);
  expect(() => decodeAnswer('fastcgi', records.subarray(0, 18))).toThrow('no whole head');
});
