import { readFileSync } from 'node:fs';
import { FcgiApplication, FcgiWebServer } from '@gatewire/fastcgi';
import { ascii, drain, hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import {
  APPLICATION_INPUTS,
  APPLICATION_STATE_NAMES,
  APPLICATION_STATES,
  WEB_SERVER_INPUTS,
  WEB_SERVER_STATE_NAMES,
  WEB_SERVER_STATES,
} from '../../src/states.js';
import type { Names, Transitions } from '../../src/states.js';
import { describeFailure } from './failure.js';
import { abort, begin, data, endRequest, joined, params, record, stderr, stdin, stdout } from './wire.js';

// Written down from the document, not from the tables: every record in every state, by role.
const INPUTS: Readonly<Record<string, Uint8Array>> = {
  'PARAMS n': record(4, 1, ascii('\x01\0B')),
  'PARAMS 0': record(4, 1),
  'STDIN n': stdin(1, ascii('x')),
  'STDIN 0': stdin(1),
  'DATA n': data(1, ascii('x')),
  'DATA 0': data(1),
  ABORT: abort(1),
};
const BODY = params(1, ['A', '']);
const STATES: Readonly<Record<string, readonly Uint8Array[]>> = {
  params: [record(4, 1, ascii('\x01\0A'))],
  body: [BODY],
  'body done': [BODY, stdin(1)],
  'data done': [BODY, stdin(1), data(1)],
};

// Columns: PARAMS n, PARAMS 0, STDIN n, STDIN 0, DATA n, DATA 0, ABORT. `-` is an error.
const RULES: readonly (readonly [role: number, state: string, row: string])[] = [
  [1, 'params', '. request - - - - .'],
  [1, 'body', '- - body bodyEnd - - abort'],
  [1, 'body done', '- - - - - - abort'],
  [2, 'params', '. request+bodyEnd - - - - .'],
  [2, 'body', '- - - . - - abort'],
  [2, 'body done', '- - - - - - abort'],
  [3, 'params', '. request - - - - .'],
  [3, 'body', '- - body bodyEnd - - abort'],
  [3, 'body done', '- - - - data dataEnd abort'],
  [3, 'data done', '- - - - - - abort'],
];

describe('the application side: every record in every state', () => {
  test.each(RULES)('role %d, %s: %s', (role, state, row) => {
    const before = joined(begin(1, role), ...STATES[state]);
    const known = drain(new FcgiApplication(), [before], { finish: false }).events.length;
    const outcomes = Object.values(INPUTS).map((input) => {
      const { events, error } = drain(new FcgiApplication(), [before, input], { finish: false });
      if (error !== null) {
        expect(describeFailure(error)).toBe(`FCGI_UNEXPECTED_RECORD at ${before.length + 1}`);
        expect(error).toMatchObject({ requestId: 1 });
        expect(events).toHaveLength(known);
        return '-';
      }
      return (
        events
          .slice(known)
          .map(({ kind }) => kind)
          .join('+') || '.'
      );
    });
    expect(outcomes.join(' ')).toBe(row);
  });

  test.each(Object.entries(INPUTS))('after END_REQUEST and after ABORT_REQUEST %s is ignored', (_, input) => {
    for (const role of [1, 2, 3]) {
      const ended = new FcgiApplication();
      const before = joined(begin(1, role), BODY);
      const known = drain(ended, [before], { finish: false }).events.length;
      ended.end(1);
      expect(drain(ended, [input, input])).toEqual({ events: [], error: null });
      const { events, error } = drain(new FcgiApplication(), [before, abort(1), input, input]);
      expect(error).toBeNull();
      expect(events).toHaveLength(known + 1);
    }
  });

  test.each([
    ['END_REQUEST', endRequest(1)],
    ['STDOUT', stdout(1, ascii('x'))],
    ['STDERR', stderr(1)],
    ['STDOUT of nobody', stdout(9)],
    ['GET_VALUES_RESULT', record(10, 0)],
    ['UNKNOWN_TYPE', record(11, 0, new Uint8Array(8))],
  ])('invalid: %s comes from applications', (_, input) => {
    for (const before of [hex``, begin(1), joined(begin(1), BODY)]) {
      const { error } = drain(new FcgiApplication(), [before, input]);
      expect(describeFailure(error)).toBe(`FCGI_WRONG_DIRECTION at ${before.length + 1}`);
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('invalid: type %d on id 0', (type) => {
    const { error } = drain(new FcgiApplication(), [
      hex`01 ${type} 00 00 00 08 00 00  00 01 00 00 00 00 00 00`,
    ]);
    expect(describeFailure(error)).toBe('FCGI_BAD_REQUEST_ID at 2');
  });

  test('invalid: BEGIN_REQUEST for a request that is open, in every state', () => {
    for (const records of Object.values(STATES)) {
      const before = joined(begin(1, 3), ...records);
      const { error } = drain(new FcgiApplication(), [before, begin(1, 3)]);
      expect(describeFailure(error)).toBe(`FCGI_ACTIVE_ID at ${before.length + 2}`);
    }
  });
});

describe('the web server side: every record in every state', () => {
  const OUTPUTS = [stdout(1, ascii('x')), stdout(1), stderr(1, ascii('x')), stderr(1), endRequest(1)];
  const sent = (): FcgiWebServer => {
    const server = new FcgiWebServer();
    server.params(server.begin(), []);
    return server;
  };

  // Columns: STDOUT n, STDOUT 0, STDERR n, STDERR 0, END. `-` is an error.
  test.each([
    ['nothing', [], 'stdout stdoutEnd stderr . end'],
    ['the end of STDOUT', [stdout(1)], '- - stderr . end'],
    ['the end of STDERR', [stderr(1)], 'stdout stdoutEnd - - end'],
    ['the end of both', [stderr(1), stdout(1)], '- - - - end'],
  ])('after %s', (_, before, row) => {
    const known = drain(sent(), before, { finish: false }).events.length;
    const at = joined(...before).length + 1;
    const outcomes = OUTPUTS.map((output) => {
      const { events, error } = drain(sent(), [...before, output], { finish: false });
      if (error === null)
        return (
          events
            .slice(known)
            .map(({ kind }) => kind)
            .join('+') || '.'
        );
      expect(describeFailure(error)).toBe(`FCGI_UNEXPECTED_RECORD at ${at}`);
      return '-';
    });
    expect(outcomes.join(' ')).toBe(row);
  });

  test.each([0, 1, 2, 3, 4])(
    'invalid: output %d after END_REQUEST: it would join the next response',
    (index) => {
      const { events, error } = drain(sent(), [endRequest(1), OUTPUTS[index]]);
      expect(events.map(({ kind }) => kind)).toEqual(['end']);
      expect(describeFailure(error)).toBe('FCGI_INACTIVE_ID at 18');
    },
  );

  test.each([
    ['BEGIN_REQUEST', begin(1)],
    ['ABORT_REQUEST', abort(1)],
    ['PARAMS', record(4, 1)],
    ['STDIN', stdin(1)],
    ['DATA', data(1)],
    ['GET_VALUES', record(9, 0)],
  ])('invalid: %s comes from web servers', (_, input) => {
    expect(describeFailure(drain(sent(), [input]).error)).toBe('FCGI_WRONG_DIRECTION at 1');
  });
});

/** A table as a Mermaid state diagram: one line per arrow, inputs that lead the same way together. */
function statesAsMermaid(table: Transitions, states: Names, inputs: Names): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${states[0]}`];
  for (const [from, row] of Object.entries(table)) {
    const targets = new Map<number, (string | undefined)[]>();
    for (const [input, to] of Object.entries(row)) {
      if (to !== undefined) targets.set(to, [...(targets.get(to) ?? []), inputs[Number(input)]]);
    }
    for (const [to, names] of targets)
      lines.push(`  ${states[Number(from)]} --> ${states[to]}: ${names.join(', ')}`);
  }
  return lines.join('\n');
}

test('STATES.md shows the tables', () => {
  const document = readFileSync(new URL('../../STATES.md', import.meta.url), 'utf8');
  const drawn = [...document.matchAll(/```mermaid\n([^`]*)\n```/g)].map(([, text]) => text);
  expect(drawn).toEqual([
    ...([1, 2, 3] as const).map((role) =>
      statesAsMermaid(APPLICATION_STATES[role], APPLICATION_STATE_NAMES, APPLICATION_INPUTS),
    ),
    statesAsMermaid(WEB_SERVER_STATES, WEB_SERVER_STATE_NAMES, WEB_SERVER_INPUTS),
  ]);
});
