import { FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiResponseEvent, FcgiWebServerOptions } from '@gatewire/fastcgi';
import { ascii, drain } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { abort, endRequest, joined, stderr, stdout } from './wire.js';

/** With requests 1 to `count` sent. */
const sent = (count: number = 1, options: FcgiWebServerOptions = { maxRequests: 9 }): FcgiWebServer => {
  const server = new FcgiWebServer(options);
  for (let i = 0; i < count; i++) server.params(server.begin(), []);
  return server;
};
const kinds = (events: readonly FcgiResponseEvent[]): string => events.map(({ kind }) => kind).join(' ');

describe('abort', () => {
  test('spec: what still comes is dropped but for the end, and the id is not used again', () => {
    const server = sent(2);
    expect(server.abort(1)).toEqual([abort(1)]);
    expect(server.abort(1)).toEqual([]);
    expect(server.stdinEnd(1)).toEqual([]);
    // As Go has it: an end at once, then output and a second end.
    const bytes = joined(
      stderr(1, ascii('x')),
      endRequest(1),
      stdout(1, ascii('x')),
      stdout(1),
      endRequest(1),
    );
    const { events, error } = drain(server, [bytes, stdout(2, ascii('y')), endRequest(2)]);
    expect(error).toBeNull();
    expect(kinds(events)).toBe('end stdout end');
  });

  test('the id is not used again', () => {
    const server = sent();
    server.abort(1);
    expect(server.openRequests).toBe(1);
    drain(server, [endRequest(1)], { finish: false });
    expect(server.openRequests).toBe(0);
    expect([server.abort(1), server.stdinEnd(1)]).toEqual([[], []]);
    expect(server.begin()).toBe(2);
  });

  test('in the middle of a record: the rest of it is dropped', () => {
    const server = sent();
    const record = stdout(1, ascii('0123456789'));
    expect(drain(server, [record.subarray(0, 12)], { finish: false }).events).toHaveLength(1);
    server.abort(1);
    expect(kinds(drain(server, [record.subarray(12), endRequest(1)]).events)).toBe('end');
  });

  test.each([8, 9, 12, 15])(
    'when %i bytes of its end are here: it has ended, and the connection goes on',
    (cut) => {
      const server = sent(2);
      const record = endRequest(1);
      drain(server, [record.subarray(0, cut)], { finish: false });
      expect(server.abort(1)).toEqual([]);
      const { events, error } = drain(server, [record.subarray(cut), stdout(2, ascii('y')), endRequest(2)]);
      expect(error).toBeNull();
      expect(kinds(events)).toBe('end stdout end');
    },
  );

  test('before the parameters are sent: nothing goes out, the id is free', () => {
    const server = new FcgiWebServer();
    expect(server.abort(server.begin())).toEqual([]);
    expect(server.openRequests).toBe(0);
    expect(server.params(1, ['A', 'b'])).toEqual([]);
    expect(server.begin()).toBe(1);
  });

  test('of a request that was never begun is a TypeError', () => {
    expect(() => new FcgiWebServer().abort(1)).toThrow(TypeError);
    expect(() => new FcgiWebServer().abort(0)).toThrow(TypeError);
  });

  test('all ids used up is a RangeError: time for another connection', () => {
    const server = new FcgiWebServer({ maxRequests: 1 });
    const end = endRequest(1);
    for (let id = 1; id <= 65_535; id++) {
      server.params(server.begin(), []);
      server.abort(id);
      end.set([id >> 8, id & 0xff], 2);
      server.receive(end);
      server.next();
      server.next();
    }
    expect(() => server.begin()).toThrow(/ids are used up/);
  });
});
