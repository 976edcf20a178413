import { listFixtures, loadFixture } from '@gatewire/fixtures';
import { ascii, hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { looksLike, recognise } from '../../src/inspect/recognise.js';

test.each(listFixtures().map((name) => [name]))('%s, recorded from a real web server', (name) => {
  const protocol = name.startsWith('uwsgi/') ? 'uwsgi' : 'fastcgi';
  expect(recognise(loadFixture(name).bytes)).toEqual({ protocol, sender: 'web server' });
});

describe('by hand', () => {
  test.each([
    ['a uwsgi request', hex`00 06 00 00 01 00 41 01 00 62`, { protocol: 'uwsgi', sender: 'web server' }],
    ['a ping', hex`64 00 00 00`, { protocol: 'uwsgi', sender: 'web server' }],
    ['BEGIN_REQUEST', hex`01 01 00 01 00 08 00 00`, { protocol: 'fastcgi', sender: 'web server' }],
    ['GET_VALUES', hex`01 09 00 00 00 11 07 00`, { protocol: 'fastcgi', sender: 'web server' }],
    ['STDOUT', hex`01 06 00 01 00 10 00 00`, { protocol: 'fastcgi', sender: 'application' }],
    ['END_REQUEST', hex`01 03 00 01 00 08 00 00`, { protocol: 'fastcgi', sender: 'application' }],
    ['a response', ascii('HTTP/1.1 200 OK\r\n'), { protocol: 'uwsgi', sender: 'application' }],
    ['a CGI response', ascii('Status: 404\r\n'), { protocol: 'uwsgi', sender: 'application' }],
    ['an HTTP request', ascii('GET / HTTP/1.1\r\n'), null],
    ['TLS', hex`16 03 01 00 a5 01 00 00 a1`, null],
    ['nothing', hex``, null],
    ['zeros', hex`00 00 00 00 00 00 00 00`, null],
    ['a name past the packet', hex`00 06 00 00 ff 00 41 01 00 62`, null],
    ['a BEGIN_REQUEST of 9 bytes', hex`01 01 00 01 00 09 00 00`, null],
    ['STDIN of request 0', hex`01 05 00 00 00 00 00 00`, null],
    ['a record type that there is not', hex`01 0c 00 01 00 00 00 00`, null],
  ])('%s', (_, bytes, expected) => {
    expect(recognise(bytes)).toEqual(expected);
  });

  test('what else it looks like', () => {
    expect(looksLike(ascii('GET / HTTP/1.1'))).toBe('HTTP');
    expect(looksLike(hex`16 03 01 00`)).toBe('TLS');
    expect(looksLike(hex``)).toBe('no data');
    expect(looksLike(hex`fe ff`)).toBe('begins with fe ff');
  });
});
