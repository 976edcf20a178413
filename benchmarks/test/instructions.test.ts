import { describe, expect, test } from 'vitest';
import { CORPUS } from '../corpus.js';
import { command, perOperation, totalOf } from '../instructions/callgrind.js';
import {
  comparisonOf,
  findDifferences,
  formatCounts,
  formatMarkdown,
  leftOver,
  makeTable,
} from '../instructions/table.js';
import { WORKS } from '../instructions/works.js';

const GET_25 = CORPUS[0].pairs;

describe('a work', () => {
  const expected: Record<string, unknown> = {
    'uwsgi/decode': GET_25,
    'uwsgi/lookup': ['GET', '/search/results', 'q=gateway+protocols&page=2', 'www.example.org', ''],
    'uwsgi/request': GET_25,
    'fastcgi/decode': GET_25,
    'fastcgi/request': ['QUERY_STRING', 'q=gateway+protocols&page=2', 0],
    'fastcgi/post-64k': ['QUERY_STRING', 'q=gateway+protocols&page=2', 65_536],
  };

  test.each(Object.entries(expected))('%s makes what it says', (name, value) => {
    const work = WORKS.find((entry) => entry.name === name)!.prepare();
    expect(work()).toEqual(value);
    expect(work(), 'the second time').toEqual(value);
  });

  test('environ/build makes an environ', () => {
    const environ = WORKS.find(({ name }) => name === 'environ/build')!.prepare()();
    expect(environ).toMatchObject({ REQUEST_METHOD: 'GET', PATH_INFO: '/search/results', SERVER_PORT: '80' });
    expect(environ).not.toHaveProperty('CONTENT_LENGTH');
  });

  test('cgi/head makes a head', () => {
    const head = WORKS.find(({ name }) => name === 'cgi/head')!.prepare()() as Uint8Array;
    const lines = Buffer.from(head).toString('latin1').split('\r\n');
    expect(lines[0]).toMatch(/^Status: 200/);
    expect(lines.slice(1, 3)).toEqual(['Content-Type: text/html; charset=utf-8', 'Content-Length: 1024']);
    expect(lines.slice(-2)).toEqual(['', '']);
  });

  test('fastcgi/stdout-1k makes the records of a response', () => {
    const pieces = WORKS.find(({ name }) => name === 'fastcgi/stdout-1k')!.prepare()() as Uint8Array[];
    const bytes = Buffer.concat(pieces);
    expect(bytes.length).toBe(8 + 1024 + 8 + 16);
    expect([bytes[1], bytes[8 + 1024 + 1], bytes[8 + 1024 + 8 + 1]], 'types').toEqual([6, 6, 3]);
  });
});

describe('counting', () => {
  test('runs node under valgrind without what makes two runs differ', () => {
    const words = command('program.mjs', 'out', ['uwsgi/decode', '5']);
    expect(words.slice(0, 1)).toEqual(['-R']);
    expect(words).toContain('--dump-before=umask');
    expect(words).toContain('--predictable');
    expect(words.slice(-3)).toEqual(['program.mjs', 'uwsgi/decode', '5']);
  });

  test('reads the total of a dump', () => {
    expect(totalOf('events: Ir\nfn=(1) main\n1 2\n\ntotals: 36961699\n')).toBe(36_961_699);
    expect(() => totalOf('events: Ir\n')).toThrow(RangeError);
  });

  test('divides the mean of the segments, and tells how far they lie apart', () => {
    expect(perOperation([900, 1000, 1100], 100)).toEqual({ instructions: 10, spread: 0.2 });
  });
});

describe('the table', () => {
  const table = makeTable([{ name: 'a', instructions: 1000, spread: 0 }], 'v20.20.2', 'x64');
  const counted = (instructions: number, spread: number = 0, name: string = 'a') => [
    { name, instructions, spread },
  ];

  test('names the engine and the counts', () => {
    expect(table).toEqual({ node: 'v20.20.2', arch: 'x64', instructions: { a: 1000 } });
  });

  test.each([
    ['v20.20.2', 'x64', 'strict'],
    ['v20.19.0', 'x64', 'loose'],
    ['v22.0.0', 'x64', 'none'],
    ['v20.20.2', 'arm64', 'none'],
  ])('%s on %s compares: %s', (node, arch, comparison) => {
    expect(comparisonOf(table, node, arch)).toBe(comparison);
  });

  test('holds within the tolerance in both directions', () => {
    expect(findDifferences(table, [...counted(1030), ...counted(970)], 0.03)).toEqual([]);
    expect(findDifferences(table, counted(1031), 0.03)).toEqual(['a: 1031, 3.1 % more than 1000']);
    expect(findDifferences(table, counted(900), 0.03)).toEqual(['a: 900, 10.0 % fewer than 1000']);
  });

  test('knows what it lacks and what it has too much', () => {
    expect(findDifferences(table, counted(1, 0, 'b'), 0.03)).toEqual(['b: not in the table']);
    expect(leftOver(table, [])).toEqual(['a']);
    expect(leftOver({ ...table, instructions: {} }, WORKS)).toEqual([]);
  });

  test('takes no count whose segments differ', () => {
    expect(findDifferences(table, counted(1000, 0.2), 0.03)).toEqual([
      'a: its segments lie 20.0 % apart; it needs a longer warm-up',
    ]);
  });

  test('is shown with what changed', () => {
    expect(formatCounts(table, counted(990)).split('\n')[1]).toBe(
      'a            990            -1.0 %    0.0 %',
    );
    const work = { name: 'a', does: 'nothing', warmUp: 1, count: 1, prepare: () => () => null };
    expect(formatMarkdown(table, [work])).toContain('| a    | nothing       |         1000 |');
  });
});
