import { describe, expect, test } from 'vitest';
import { wantsColor } from '../src/colors.js';
import { createLog } from '../src/log.js';
import type { LogOptions } from '../src/log.js';

function logged(
  options: Partial<LogOptions>,
  ...entries: Parameters<ReturnType<typeof createLog>>[0][]
): string {
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    format: 'text',
    color: false,
    now: () => new Date('2026-11-21T08:00:00.123Z'),
    write: (line) => lines.push(line),
    ...options,
  });
  for (const entry of entries) log(entry);
  return lines.join('');
}

const ENTRIES = (['debug', 'info', 'warning', 'error'] as const).map((level) => ({
  level,
  event: 'test',
  message: `a ${level}`,
}));

describe('as text', () => {
  test('the level in front, but for info', () => {
    expect(logged({}, ...ENTRIES)).toBe('debug: a debug\na info\nwarning: a warning\nerror: a error\n');
  });

  test.each([
    ['debug', 4],
    ['info', 3],
    ['warning', 2],
    ['error', 1],
  ] as const)('from %s on', (level, count) => {
    expect(logged({ level }, ...ENTRIES).split('\n')).toHaveLength(count + 1);
  });

  test('a peer cannot write lines or colours', () => {
    const message = 'read "\n\x1b[31merror: all is lost"';
    expect(logged({}, { level: 'info', event: 'test', message })).toBe(
      'read "\\n\\x1b[31merror: all is lost"\n',
    );
  });

  test('the stack of an error below its message', () => {
    const error = new Error('boom');
    error.stack = 'Error: boom\n    at here (a.js:1:1)';
    expect(logged({}, { level: 'error', event: 'test', message: 'failed', error })).toBe(
      'error: failed\n  Error: boom\n      at here (a.js:1:1)\n',
    );
  });

  test('colours when asked', () => {
    expect(logged({ color: true }, ENTRIES[3])).toBe('\x1b[31merror:\x1b[39m a error\n');
  });
});

test('as JSON: an object per line with all details', () => {
  const error = Object.assign(new Error('boom'), { code: 'EBOOM', stack: 'the stack' });
  const entry = { level: 'warning', event: 'test', message: 'a\nb', peer: '127.0.0.1:1', error } as const;
  const line = logged({ format: 'json' }, entry);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual({
    time: '2026-11-21T08:00:00.123Z',
    level: 'warning',
    event: 'test',
    message: 'a\nb',
    peer: '127.0.0.1:1',
    error: { name: 'Error', message: 'boom', code: 'EBOOM', stack: 'the stack' },
  });
});

test.each([
  ['a terminal', true, {}, true],
  ['a file', false, {}, false],
  ['a terminal and NO_COLOR', true, { NO_COLOR: '1' }, false],
  ['a terminal and an empty NO_COLOR', true, { NO_COLOR: '' }, true],
  ['a dumb terminal', true, { TERM: 'dumb' }, false],
  ['a file and FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ['a terminal and FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ['NO_COLOR against FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
])('colours on %s: %s, %o', (_, isTTY, env, wanted) => {
  expect(wantsColor({ isTTY }, env)).toBe(wanted);
});
