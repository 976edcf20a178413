import { FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiWebServerOptions } from '@gatewire/fastcgi';
import { ascii, drain } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { data, endRequest, joined } from './wire.js';

/** A filter whose parameters and body, an empty one, are sent: its file is next. */
const filtering = (pairs: readonly string[], options?: FcgiWebServerOptions): FcgiWebServer => {
  const server = new FcgiWebServer(options);
  server.params(server.begin(3), pairs);
  server.stdinEnd(1);
  return server;
};

describe('§6.4 the file for a filter', () => {
  test('it has as many bytes as FCGI_DATA_LENGTH says: not more, not fewer', () => {
    const server = filtering(['FCGI_DATA_LENGTH', '12']);
    expect(joined(...server.data(1, ascii('eight by')))).toEqual(data(1, ascii('eight by')));
    expect(() => server.data(1, ascii('tes!!'))).toThrow('5 bytes, FCGI_DATA_LENGTH leaves 4');
    expect(() => server.dataEnd(1)).toThrow('4 bytes of the file are missing');
    expect(server.data(1, ascii('tes!'))).toHaveLength(3);
    expect(server.dataEnd(1)).toEqual([data(1)]);
    expect(() => server.dataEnd(1)).toThrow('data at the time for nothing');
  });

  test('what was refused can be sent right: refusals are RangeErrors and change nothing', () => {
    const server = filtering(['FCGI_DATA_LENGTH', '1']);
    expect(() => server.data(1, ascii('xy'))).toThrow(RangeError);
    expect(() => server.dataEnd(1)).toThrow(RangeError);
    server.data(1, ascii('x'));
    expect(server.dataEnd(1)).toHaveLength(1);
  });

  test('FCGI_DATA_LENGTH is judged as CONTENT_LENGTH is, but only for a filter', () => {
    const message = 'FCGI_DATA_LENGTH is not 1 to 15 digits, once';
    for (const pairs of [
      ['FCGI_DATA_LENGTH', '5x'],
      ['FCGI_DATA_LENGTH', '5', 'FCGI_DATA_LENGTH', '5'],
    ]) {
      const server = new FcgiWebServer();
      const id = server.begin(3);
      expect(() => server.params(id, pairs)).toThrow(new RangeError(message));
    }
    for (const role of [1, 2]) {
      const server = new FcgiWebServer();
      expect(server.params(server.begin(role), ['FCGI_DATA_LENGTH', '5x'])).toHaveLength(2);
    }
  });

  test('without FCGI_DATA_LENGTH there is no file, unless asked for', () => {
    expect(() => filtering([]).data(1, ascii('x'))).toThrow('1 bytes, FCGI_DATA_LENGTH leaves NaN');
    expect(filtering([]).dataEnd(1)).toEqual([data(1)]);
    const server = filtering([], { bodyWithoutLength: 'accept' });
    expect(server.data(1, ascii('x'))).toHaveLength(3);
    expect(server.dataEnd(1)).toEqual([data(1)]);
  });

  test('an early end: what is left of the file is not sent', () => {
    const server = filtering(['FCGI_DATA_LENGTH', '9']);
    expect(drain(server, [endRequest(1)], { finish: false }).events).toHaveLength(1);
    expect(server.data(1, ascii('too late'))).toEqual([]);
    expect(server.dataEnd(1)).toEqual([]);
  });

  test('only a filter has one', () => {
    const server = new FcgiWebServer();
    server.params(server.begin(1), ['FCGI_DATA_LENGTH', '1']);
    server.stdinEnd(1);
    expect(() => server.data(1, ascii('x'))).toThrow('data at the time for nothing');
    expect(() => server.dataEnd(1)).toThrow(TypeError);
  });
});
