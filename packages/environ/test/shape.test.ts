import { buildEnviron } from '@gatewire/environ';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fromKnownShape } from '../src/shape.js';
import { failureOf } from './failure.js';

/** More than enough for a list to be learnt. */
const OFTEN = 40;

const list = (names: readonly string[]): string[] => names.flatMap((name, i) => [name, `value ${i}`]);

const replaced = (texts: readonly string[], at: number, text: string): string[] =>
  texts.map((old, i) => (i === at ? text : old));

/** How many times `pairs` has to come before it is known; `OFTEN` when it never is. */
function timesUntilKnown(pairs: readonly string[]): number {
  for (let times = 0; times < OFTEN; times++) if (fromKnownShape(pairs) !== null) return times;
  return OFTEN;
}

/** The environs of one request that comes again and again. */
const again = (pairs: readonly string[]): object[] =>
  Array.from({ length: OFTEN }, () => buildEnviron(pairs));

const GET = ['REQUEST_METHOD', 'GET', 'CONTENT_TYPE', '', 'CONTENT_LENGTH', '', 'PATH_INFO', '/'];

describe('a list of names that came before', () => {
  test('is known after 32 times, whatever its values are', () => {
    const names = ['REQUEST_METHOD', 'HTTP_KNOWN_AFTER_A_WHILE', 'HTTP_A'];
    expect(timesUntilKnown(list(names))).toBe(32);
    const environ = fromKnownShape(['REQUEST_METHOD', 'x', 'HTTP_KNOWN_AFTER_A_WHILE', '', 'HTTP_A', 'z']);
    expect(Object.entries(environ ?? {})).toEqual([
      ['REQUEST_METHOD', 'x'],
      ['HTTP_KNOWN_AFTER_A_WHILE', ''],
      ['HTTP_A', 'z'],
    ]);
  });

  test('gives each request an object of its own, without prototype, that can be added to', () => {
    const environs = again([...GET, 'HTTP_OWN_OBJECT', '1']);
    expect(new Set(environs).size).toBe(OFTEN);
    expect(new Set(environs.map((environ) => inspect(environ))).size).toBe(1);
    for (const environ of environs) {
      expect(Object.getPrototypeOf(environ)).toBeNull();
      expect(Object.entries(Object.getOwnPropertyDescriptors(environ))).toEqual(
        [
          ['REQUEST_METHOD', 'GET'],
          ['PATH_INFO', '/'],
          ['HTTP_OWN_OBJECT', '1'],
          ['SCRIPT_NAME', ''],
          ['SERVER_NAME', 'localhost'],
          ['SERVER_PORT', '80'],
          ['SERVER_PROTOCOL', 'HTTP/1.1'],
          ['QUERY_STRING', ''],
        ].map(([name, value]) => [name, { value, writable: true, enumerable: true, configurable: true }]),
      );
      Object.assign(environ, { HTTP_OWN_OBJECT: '2', 'wsgi.input': 'x' });
      expect(Reflect.deleteProperty(environ, 'REQUEST_METHOD')).toBe(true);
      expect(Object.keys(environ).at(-1)).toBe('wsgi.input');
    }
  });

  test('with a body and without one are two lists', () => {
    const post = ['REQUEST_METHOD', 'POST', 'CONTENT_TYPE', 'a/b', 'CONTENT_LENGTH', '3', 'PATH_INFO', '/'];
    for (let i = 0; i < OFTEN; i++) {
      expect(Object.keys(buildEnviron(GET)).slice(0, 2)).toEqual(['REQUEST_METHOD', 'PATH_INFO']);
      const keys = ['REQUEST_METHOD', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'PATH_INFO'];
      expect(Object.keys(buildEnviron(post)).slice(0, 4)).toEqual(keys);
    }
    // Not even there for a moment: what is deleted from an object makes a dictionary of it.
    for (const pairs of [GET, post]) timesUntilKnown(pairs);
    expect(Object.keys(fromKnownShape(GET) ?? {})).toEqual(['REQUEST_METHOD', 'PATH_INFO']);
    expect(Object.keys(fromKnownShape(post) ?? {})).toHaveLength(4);
    const twice = [...post, 'HTTP_CONTENT_TYPE', 'a/b', 'HTTP_CONTENT_LENGTH', '3'];
    timesUntilKnown(twice);
    expect(Object.keys(fromKnownShape(twice) ?? {})).toHaveLength(4);
    // The same names, and again a body, but without a type.
    expect(buildEnviron(replaced(post, 3, ''))).not.toHaveProperty('CONTENT_TYPE');
    expect(buildEnviron(replaced(GET, 3, 'a/b'))).toHaveProperty('CONTENT_TYPE', 'a/b');
  });

  test('is not taken for one of the same lengths', () => {
    const names = ['SHORT', 'HTTP_LONGER_THAN_THIRTEEN', 'HTTP_AS_LONG_AS_THE_ONE', 'END'];
    const known = list(names);
    timesUntilKnown(known);
    for (const [i, name] of names.entries())
      for (let at = 0; at < name.length; at++) {
        const other = `${name.slice(0, at)}x${name.slice(at + 1)}`;
        expect(fromKnownShape(list(replaced(names, i, other))), other).toBeNull();
        expect(fromKnownShape(known)).not.toBeNull();
      }
    expect(fromKnownShape(list(['SHORT', names[2], names[1], 'END']))).toBeNull();
    expect(fromKnownShape(known.slice(0, -2))).toBeNull();
    expect(fromKnownShape([...known, 'END', 'x'])).toBeNull();
  });

  test('is not taken for the same text cut at other places', () => {
    const text = Array.from({ length: 90 }, (_, i) => String.fromCharCode(65 + (i % 26))).join('');
    const cut = (first: number, second: number): string[] =>
      list([text.slice(0, first), text.slice(first, second), text.slice(second)]);
    // 20, 50 and 20 characters, or 21, 18 and 51: both are looked for at the same place, 31 being the factor of the hash.
    const known = cut(20, 70);
    timesUntilKnown(known);
    expect(fromKnownShape(cut(21, 39))).toBeNull();
    expect(fromKnownShape(known)).not.toBeNull();
    expect(timesUntilKnown(cut(21, 39))).toBe(32);
    expect(fromKnownShape(known)).toBeNull();
  });

  test('reports the same error every time', () => {
    const failures = (pairs: readonly string[]): Set<string> =>
      new Set(Array.from({ length: OFTEN }, () => failureOf(() => buildEnviron(pairs))));
    const base = ['REQUEST_METHOD', 'GET', 'HTTP_SAME_ERROR', '1'];
    expect(failures([...base, 'CONTENT_LENGTH', '+5'])).toEqual(
      new Set(['ENVIRON_BAD_CONTENT_LENGTH CONTENT_LENGTH 400']),
    );
    expect(failures([...base, 'HTTP_HOST', 'a', 'HTTP_HOST', 'b'])).toEqual(
      new Set(['ENVIRON_REPEATED HTTP_HOST 400']),
    );
    expect(failures([...base, 'SERVER_PROTOCOL', 'x'])).toEqual(
      new Set(['ENVIRON_BAD_PROTOCOL SERVER_PROTOCOL 400']),
    );
    for (let i = 0; i < OFTEN; i++) expect(() => buildEnviron([...base, 'ODD'])).toThrow(TypeError);
  });
});

describe('what is remembered of lists is bounded', () => {
  const names = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `HTTP_BOUND_${from + i}`);

  test('by the number of lists', () => {
    // Hostile: a thousand lists, each often enough to be learnt.
    const lists = Array.from({ length: 1000 }, (_, i) => [
      ...list(names(i, 1 + (i % 30))),
      'X'.repeat(1 + (i % 50)),
      '',
    ]);
    for (const pairs of lists) expect(timesUntilKnown(pairs)).toBeLessThan(OFTEN);
    const remembered = lists.filter((pairs) => fromKnownShape(pairs) !== null);
    expect(remembered.length).toBeGreaterThan(0);
    expect(remembered.length).toBeLessThanOrEqual(64);
  });

  test('by the number of names, and by their length', () => {
    expect(timesUntilKnown(list(names(0, 128)))).toBe(32);
    expect(timesUntilKnown(list(names(0, 129)))).toBe(OFTEN);
    expect(timesUntilKnown(['A'.repeat(2000), '', 'B'.repeat(48), ''])).toBe(32);
    expect(timesUntilKnown(['A'.repeat(2000), '', 'B'.repeat(49), ''])).toBe(OFTEN);
    expect(timesUntilKnown([])).toBe(OFTEN);
  });

  test('a list with a repeated name is never known', () => {
    expect(timesUntilKnown(['HTTP_TWICE', '1', 'HTTP_ONCE', '2', 'HTTP_TWICE', '3'])).toBe(OFTEN);
  });

  test('lists that come once, or by turns with a list of use, take no place', () => {
    const used = list(['HTTP_LIST_OF_USE', 'HTTP_B']);
    const rival = list(['HTTP_LIST_OF_FEW', 'HTTP_C']); // the same lengths: the same place
    timesUntilKnown(used);
    for (let i = 0; i < 5000; i++) fromKnownShape(list(names(i, 1 + (i % 30))));
    for (let i = 0; i < 100; i++) {
      expect(fromKnownShape(rival)).toBeNull();
      expect(fromKnownShape(used)).not.toBeNull();
    }
    expect(timesUntilKnown(rival)).toBe(32);
    expect(fromKnownShape(used)).toBeNull();
  });

  test('more keys than fit into fields come in the same order', () => {
    for (const count of [40, 41, 64, 65, 80, 81, 120]) {
      const pairs = list(names(1000, count));
      timesUntilKnown(pairs);
      expect(Object.entries(fromKnownShape(pairs) ?? {}).flat()).toEqual(pairs);
    }
  });
});
