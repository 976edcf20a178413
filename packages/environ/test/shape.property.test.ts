import { buildEnviron, EnvironError } from '@gatewire/environ';
import type { EnvironOptions } from '@gatewire/environ';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** What the README says becomes of a list: the entries of the environ in order, or the code of the error. */
function expected(pairs: readonly string[], options: EnvironOptions): [string, string][] | string {
  const environ = Object.create(null) as Record<string, string>;
  for (let i = 0; i < pairs.length; i += 2) {
    const [name, value] = pairs.slice(i, i + 2);
    if (name in environ) {
      const isSingle = name === 'HTTP_HOST' && options.duplicates !== 'last';
      if (name === 'CONTENT_LENGTH' || options.duplicates === 'reject') return 'ENVIRON_REPEATED';
      if (isSingle && environ[name] !== value) return 'ENVIRON_REPEATED';
      const isJoined = name.startsWith('HTTP_') && name !== 'HTTP_HOST' && options.duplicates !== 'last';
      environ[name] = isJoined ? [environ[name], value].join(name === 'HTTP_COOKIE' ? '; ' : ', ') : value;
    } else environ[name] = value;
  }
  const isUnknown = environ['CONTENT_LENGTH'] === '-1' && options.contentLength === 'unknown-as-absent';
  const removed = new Set(['HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE']);
  if (environ['CONTENT_LENGTH'] === '' || isUnknown) removed.add('CONTENT_LENGTH');
  if (environ['CONTENT_TYPE'] === '') removed.add('CONTENT_TYPE');
  if (options.httpProxy !== 'keep') removed.add('HTTP_PROXY');
  if (options.transferEncoding !== 'keep') removed.add('HTTP_TRANSFER_ENCODING');
  if (['', '0', 'off'].includes(environ['HTTPS'])) removed.add('HTTPS');
  if (options.remoteUser === 'drop') removed.add('REMOTE_USER');
  if ('HTTP_X.DOT' in environ && options.headerNames === 'refuse') return 'ENVIRON_BAD_HEADER';
  if (options.headerNames === 'drop') removed.add('HTTP_X.DOT');
  const entries = Object.entries(environ).filter(([name]) => !removed.has(name));
  if (entries.some(([name, value]) => name === 'CONTENT_LENGTH' && !/^[0-9]{1,15}$/.test(value)))
    return 'ENVIRON_BAD_CONTENT_LENGTH';
  return [...entries, ['SCRIPT_NAME', '']];
}

function actual(pairs: readonly string[], options: EnvironOptions): [string, unknown][] | string {
  try {
    return Object.entries(buildEnviron(pairs, options));
  } catch (error) {
    if (error instanceof EnvironError) return error.code;
    throw error;
  }
}

const BASE = [
  ...['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'QUERY_STRING', '', 'SERVER_NAME', 'a.test'],
  ...['SERVER_PORT', '80', 'SERVER_PROTOCOL', 'HTTP/1.1'],
];

const pair = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      'CONTENT_LENGTH',
      'CONTENT_TYPE',
      'HTTP_CONTENT_LENGTH',
      'HTTP_CONTENT_TYPE',
      'HTTP_PROXY',
    ),
    fc.constantFrom(
      'HTTP_TRANSFER_ENCODING',
      'HTTPS',
      'REMOTE_USER',
      'HTTP_X.DOT',
      'HTTP_HOST',
      'HTTP_COOKIE',
    ),
    fc.constantFrom('__proto__', '0', '17', 'constructor', 'DOCUMENT_ROOT', 'HTTP_ACCEPT'),
    fc.stringMatching(/^HTTP_[A-Z_]{1,20}$/).map((name) => `${name}_`),
    fc.stringMatching(/^[a-z\x80-\xff]{1,20}$/),
  ),
  fc.oneof(fc.constantFrom('', '5', '-1', 'off', 'x'), fc.stringMatching(/^[0-9]{1,16}$/)),
);

const options: fc.Arbitrary<EnvironOptions> = fc.record(
  {
    duplicates: fc.constantFrom('join', 'last', 'reject'),
    httpProxy: fc.constantFrom('drop', 'keep'),
    transferEncoding: fc.constantFrom('drop', 'keep'),
    contentLength: fc.constantFrom('strict', 'unknown-as-absent'),
    remoteUser: fc.constantFrom('auto', 'keep', 'drop'),
    headerNames: fc.constantFrom('drop', 'refuse'),
  },
  { requiredKeys: [] },
);

test('a list of variables becomes the same environ however many times its names came before', () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 12 }), fc.tuple(options, options, options), (more, each) => {
      const pairs = [...BASE, ...more.flat()];
      const results = each.map((given) => expected(pairs, given));
      for (let times = 0; times < 12; times++)
        for (const [i, given] of each.entries()) expect(actual(pairs, given)).toEqual(results[i]);
      // Other values under the same names, some of them empty that were not, and the other way round.
      const others = pairs.map((text, i) => (i < BASE.length || i % 2 === 0 ? text : text === '' ? '1' : ''));
      for (const given of each) expect(actual(others, given)).toEqual(expected(others, given));
    }),
  );
});

test('one slice of text after another: names are compared by what they say', () => {
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 12 }), (more) => {
      const pairs = [...BASE, ...more.flat()];
      const text = pairs.join('');
      for (let times = 0; times < 35; times++) {
        let at = 0;
        const slices = pairs.map(({ length }) => text.slice(at, (at += length)));
        expect(actual(slices, {})).toEqual(expected(pairs, {}));
      }
    }),
  );
});
