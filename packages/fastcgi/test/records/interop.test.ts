// What other implementations get wrong on legal input or under attack: one test per mistake.
import {
  encodePairs,
  encodeParams,
  encodeRecord,
  encodeStream,
  FcgiApplication,
  FcgiPairsView,
  FcgiWebServer,
} from '@gatewire/fastcgi';
import { ascii, bytewise, drain, hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { describeFailure, failureOf } from './failure.js';
import { answer, outcome } from './outcome.js';
import { begin, block, endRequest, joined, params, record, stdin, stdout } from './wire.js';

describe('what others do with legal input', () => {
  test('an empty record for an id that is not open does not drop the content of the next', () => {
    const bytes = joined(begin(1), params(1, []), stdin(9), stdin(1, ascii('body')), stdin(1));
    const { events } = drain(new FcgiApplication(), [bytes]);
    expect(events[1]).toEqual({ kind: 'body', requestId: 1, data: ascii('body') });
  });

  test('GET_VALUES is answered when it is there, not when more bytes come', () => {
    const application = new FcgiApplication();
    drain(application, [record(9, 0, ascii('\x0f\0FCGI_MPXS_CONNS'))], { finish: false });
    expect(application.takeReplies()).toHaveLength(1);
  });

  test('a second request in the chunk that ends the first is not lost', () => {
    const one = joined(begin(1), params(1, []), stdin(1));
    const application = new FcgiApplication();
    application.receive(joined(one, one));
    const kinds: string[] = [];
    for (let event = application.next(); event !== null; event = application.next()) {
      kinds.push(event.kind);
      if (event.kind === 'bodyEnd') application.end(1);
    }
    expect(kinds.join(' ')).toBe('request bodyEnd request bodyEnd');
  });

  test('a refusal of another request does not end the one that is open', () => {
    const application = new FcgiApplication({ mpxsConns: false });
    drain(application, [joined(begin(1), begin(2), params(1, []))], { finish: false });
    expect(application.takeReplies()).toEqual([endRequest(2, 0, 1)]);
    expect(joined(...application.end(1))).toEqual(joined(stdout(1), endRequest(1)));
  });

  test('appStatus of one request is not that of the next', () => {
    const application = new FcgiApplication();
    const one = joined(begin(1), params(1, []), stdin(1));
    drain(application, [one], { finish: false });
    application.end(1, 7);
    drain(application, [one], { finish: false });
    expect(joined(...application.end(1))).toEqual(joined(stdout(1), endRequest(1, 0)));
  });

  test('one request without KEEP_CONN does not close the others', () => {
    const application = new FcgiApplication();
    drain(application, [joined(begin(1, 1, 0), params(1, []), begin(2), params(2, []))], { finish: false });
    application.end(1);
    expect(application.shouldClose).toBe(false);
  });
});

describe('mistakes of the packages before this one', () => {
  test('a header split after a body, at every byte, throws nothing and loses nothing', () => {
    const response = joined(stdout(1, ascii('world')), stdout(1), endRequest(1));
    for (let cut = 0; cut <= response.length; cut++) {
      const server = new FcgiWebServer();
      server.params(server.begin(), []);
      const { events, error } = drain(server, [response.subarray(0, cut), response.subarray(cut)]);
      expect(error).toBeNull();
      const text = events
        .map((event) => ('data' in event ? String.fromCharCode(...event.data) : ''))
        .join('');
      expect(text).toBe('world');
    }
  });

  test('type 12 throws nothing', () => {
    expect(outcome(record(12, 1))).toBe('');
    expect(answer(joined(record(12, 1), endRequest(1)))).toBe('end');
  });

  test('nothing is emitted after an error', () => {
    const application = new FcgiApplication();
    application.receive(joined(hex`02 01 00 01 00 08 00 00`, begin(1), params(1, [])));
    const first = failureOf(() => application.next());
    expect([first, failureOf(() => application.next())]).toEqual([
      'FCGI_BAD_VERSION at 0',
      'FCGI_BAD_VERSION at 0',
    ]);
  });

  test('a pair in two PARAMS records is one pair', () => {
    const pairs = block(['NAME', 'value']);
    for (let cut = 0; cut <= pairs.length; cut++) {
      const parts = [pairs.subarray(0, cut), pairs.subarray(cut)].filter(({ length }) => length > 0);
      const bytes = joined(begin(1), ...parts.map((part) => record(4, 1, part)), record(4, 1));
      for (const chunks of [[bytes], bytewise(bytes)]) {
        expect(drain(new FcgiApplication(), chunks, { finish: false }).events).toMatchObject([
          { pairs: ['NAME', 'value'] },
        ]);
      }
    }
  });

  test('bytes of a value come back byte for byte, __proto__ is a name', () => {
    const all = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join('');
    const pairs = ['__proto__', '\u00e9\u00ff', 'constructor', all, 'toString', '', '__proto__', 'again'];
    const bytes = joined(begin(1), encodeParams(1, pairs));
    expect(drain(new FcgiApplication(), [bytes], { finish: false }).events).toMatchObject([{ pairs }]);
    const encoded = encodePairs(pairs);
    expect(new FcgiPairsView(encoded, 0, encoded.length).getAll('__proto__')).toEqual([
      '\u00e9\u00ff',
      'again',
    ]);
  });

  test('a body with blank lines, a Location with a colon: content is not looked into', () => {
    const text = 'Location: http://a.test/\r\n\r\none\r\n\r\ntwo';
    const server = new FcgiWebServer();
    server.params(server.begin(), []);
    const { events } = drain(server, [stdout(1, ascii(text)), endRequest(1)]);
    expect(events[0]).toMatchObject({ data: ascii(text) });
  });

  test.each([0, 2, 7, 9])('version %d is refused', (version) => {
    expect(outcome(hex`${version} 01 00 01 00 08 00 00`)).toBe('FCGI_BAD_VERSION at 0');
    expect(answer(hex`${version} 06 00 01 00 00 00 00`)).toBe('FCGI_BAD_VERSION at 0');
  });

  test('padding is -n & 7, not n % 8', () => {
    const paddings = [1, 2, 3, 7, 8, 9].map((length) => encodeRecord(6, 1, new Uint8Array(length))[6]);
    expect(paddings).toEqual([7, 6, 5, 1, 0, 7]);
  });

  test('GET_VALUES with names of the language is answered', () => {
    expect(outcome(record(9, 0, ascii('\x09\0__proto__\x0b\0constructor')))).toBe('');
  });

  test('ids can be used again, on and on', () => {
    const application = new FcgiApplication({ maxRequests: 1 });
    for (let i = 0; i < 1000; i++) {
      drain(application, [joined(begin(1), params(1, []), stdin(1))], { finish: false });
      application.end(1);
    }
    expect(application.takeReplies()).toEqual([]);
  });

  test('no data is no record, so a stream is not ended by chance', () => {
    expect(encodeStream(5, 1, new Uint8Array(0))).toEqual([]);
  });
});

describe('resource attacks', () => {
  test('a claim allocates nothing', () => {
    const before = process.memoryUsage().arrayBuffers;
    const application = new FcgiApplication();
    drain(application, [joined(begin(1), record(4, 1, hex`01 c0 00 00 00 41`))], { finish: false });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
    const { error } = drain(application, [record(4, 1)]);
    expect(describeFailure(error)).toBe('FCGI_PAIR_OVERRUN at 30');
  });

  test('parameters without an end: their limit holds, at any size of record', () => {
    const one = record(4, 1, ascii('x'));
    const chunk = joined(...Array.from({ length: 1024 }, () => one));
    const application = new FcgiApplication({ maxParamsBytes: 0x10000 });
    const { error } = drain(application, [begin(1), ...Array.from({ length: 65 }, () => chunk)]);
    expect(describeFailure(error)).toBe(`FCGI_LIMIT_PARAMS at ${16 + 64 * 1024 * 9 + 4}`);
  });

  test('20,000 tiny pairs', () => {
    const bytes = joined(begin(1), record(4, 1, ascii('\x01\0A'.repeat(20_000))), record(4, 1));
    expect(outcome(bytes)).toBe('FCGI_LIMIT_PAIRS at 60024');
  });

  test('65,535 requests: the first 256 are taken, the rest refused, until nobody takes the replies', () => {
    const all = new Uint8Array(65_535 * 16);
    const one = begin(1);
    for (let id = 1; id <= 65_535; id++) {
      one.set([id >> 8, id & 0xff], 2);
      all.set(one, (id - 1) * 16);
    }
    expect(outcome(all)).toBe(`FCGI_LIMIT_REPLIES at ${(256 + 4096) * 16}`);
  });

  test('padding is counted, not kept', () => {
    const empty = record(5, 1, hex``, 255);
    const bytes = joined(
      begin(1),
      params(1, []),
      ...Array.from({ length: 1000 }, () => record(5, 1, hex`61`, 255)),
    );
    expect(outcome(bytes)).toBe('request body abort');
    expect(outcome(joined(...Array.from({ length: 1025 }, () => empty)))).toBe(
      `FCGI_LIMIT_IGNORED at ${1024 * 263}`,
    );
  });
});
