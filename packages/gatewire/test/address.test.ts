import { describe, expect, test } from 'vitest';
import { parseAddress } from '../src/address.js';

describe('parseAddress', () => {
  test.each([
    ['127.0.0.1:3031', { host: '127.0.0.1', port: 3031 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['app-1.internal.example:65535', { host: 'app-1.internal.example', port: 65535 }],
    [':3031', { host: '127.0.0.1', port: 3031 }],
    [':0', { host: '127.0.0.1', port: 0 }],
    ['0.0.0.0:8000', { host: '0.0.0.0', port: 8000 }],
    ['[::1]:3031', { host: '::1', port: 3031 }],
    ['[::]:80', { host: '::', port: 80 }],
    ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
    ['[::ffff:127.0.0.1]:80', { host: '::ffff:127.0.0.1', port: 80 }],
    ['unix:/run/app.sock', { path: '/run/app.sock' }],
    ['unix:app.sock', { path: 'app.sock' }],
    ['unix:/with:colon', { path: '/with:colon' }],
    [`unix:/${'a'.repeat(106)}`, { path: `/${'a'.repeat(106)}` }],
    ['fd:0', { fd: 0 }],
    ['fd:3', { fd: 3 }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    ['', 'expected host:port, :port, [ipv6]:port, unix:/path or fd:N'],
    ['localhost', 'expected host:port, :port, [ipv6]:port, unix:/path or fd:N'],
    ['3031', 'for a port on this machine write :3031'],
    ['/run/app.sock', 'for a unix socket write unix:/run/app.sock'],
    [
      'http://127.0.0.1:80/',
      'this is a URL, expected an address: host:port, :port, [ipv6]:port, unix:/path or fd:N',
    ],
    ['localhost:', 'port "", expected 0 to 65535'],
    ['localhost:65536', 'port "65536", expected 0 to 65535'],
    ['localhost:-1', 'port "-1", expected 0 to 65535'],
    ['localhost:http', 'port "http", expected 0 to 65535'],
    ['localhost: 80', 'port " 80", expected 0 to 65535'],
    ['::1:80', 'an IPv6 address goes into brackets, and its port behind them: [::1]:3031'],
    ['::1', 'an IPv6 address goes into brackets, and its port behind them: [::1]:3031'],
    ['1:2:3:4:5:6:7:8:80', 'an IPv6 address goes into brackets, and its port behind them: [::1]:3031'],
    ['[::1]', 'the port is missing: [::1]:3031, or [::1]:0 for a free one'],
    ['[::1]:', 'port "", expected 0 to 65535'],
    ['[::1]:80:81', 'port "80:81", expected 0 to 65535'],
    ['[::1]80', '"[::1]80", expected [ipv6]:port'],
    ['[::1:80', '"[::1:80", expected [ipv6]:port'],
    ['[::1::]:80', '[::1::] is not an IPv6 address'],
    ['a:b:80', '"a:b" is not a host name or an address'],
    ['[localhost]:80', '[localhost] is not an IPv6 address'],
    ['*:80', 'for every interface write 0.0.0.0:port or [::]:port'],
    ['a b:80', '"a b" is not a host name or an address'],
    ['unix:', 'expected a path after unix:'],
    ['unix:/a\0b', 'a NUL in the path of the unix socket'],
    [`unix:/${'a'.repeat(107)}`, "a path of 108 bytes, a unix socket's has at most 107"],
    [`unix:/${'é'.repeat(54)}`, "a path of 109 bytes, a unix socket's has at most 107"],
    ['fd:', 'fd "", expected the number of an open socket'],
    ['fd:x', 'fd "x", expected the number of an open socket'],
  ])('%j is refused', (text, message) => {
    expect(() => parseAddress(text)).toThrow(new RangeError(message));
  });
});
