import type { ASGI3Application } from '@gatewire/interfaces';
import { LINT_RULES, LintViolation, validateASGI } from '@gatewire/interfaces/lint';
import type { LintOptions } from '@gatewire/interfaces/lint';
import { describe, expect, test } from 'vitest';
import { CALL_CASES } from './asgi-call-cases.js';
import { EVENT_CASES, EXTENSION_CASES, RECEIVED_CASES } from './asgi-event-cases.js';
import { HTTP_CASES, LIFESPAN_CASES, WEBSOCKET_CASES } from './asgi-flow-cases.js';
import { BODY, http, httpScope, pair, serve, START } from './asgi-kit.js';
import type { ASGIProgram } from './asgi-kit.js';
import { SCOPE_CASES } from './asgi-scope-cases.js';
import { text } from './gateway.js';

const ASGI_CASES = [
  ...CALL_CASES,
  ...SCOPE_CASES,
  ...EVENT_CASES,
  ...EXTENSION_CASES,
  ...RECEIVED_CASES,
  ...HTTP_CASES,
  ...WEBSOCKET_CASES,
  ...LIFESPAN_CASES,
];

const named = (programs: 'good' | 'bad'): [string, ASGIProgram][] =>
  ASGI_CASES.flatMap(({ rule, [programs]: list }) =>
    list.map((program, index): [string, ASGIProgram] => [`${rule}, program ${index + 1}`, program]),
  );

async function reported(program: ASGIProgram, options: LintOptions = {}): Promise<LintViolation[]> {
  const violations: LintViolation[] = [];
  const onViolation = (violation: LintViolation): unknown => violations.push(violation);
  await Promise.resolve()
    .then(() => program((app) => validateASGI(app, { severity: 'warning', onViolation, ...options })))
    .catch(() => undefined);
  return violations;
}

describe('every rule of ASGI', () => {
  test('has a program that keeps it and one that breaks it', () => {
    const rules = LINT_RULES.filter((rule) => rule.interface === 'asgi').map(({ id }) => id);
    expect(ASGI_CASES.map(({ rule }) => rule)).toEqual(rules);
    for (const { rule, good, bad } of ASGI_CASES) {
      expect(good.length, rule).toBeGreaterThan(0);
      expect(bad.length, rule).toBeGreaterThan(0);
    }
  });

  test.each(named('good'))('%s passes, with the same answer as without', async (_, program) => {
    expect(await reported(program)).toEqual([]);
    const bare = await program((app) => app);
    const twice = (app: ASGI3Application): ASGI3Application =>
      validateASGI(validateASGI(app, { severity: 'warning' }), { severity: 'warning' });
    expect(await program(twice)).toEqual(bare);
  });

  test.each(named('bad'))('%s is reported as that and as nothing else', async (name, program) => {
    const violations = await reported(program);
    const rule = name.split(',')[0];
    expect([...new Set(violations.map((violation) => violation.rule))], String(violations)).toEqual([rule]);
    const row = LINT_RULES.find(({ id }) => id === rule);
    expect(violations[0]).toMatchObject({ side: row?.side, severity: row?.severity });
    expect(await reported(program, { exclude: violations.map((violation) => violation.rule) })).toEqual([]);
  });

  test.each(named('bad'))('%s is thrown', async (name, program) => {
    const thrown: unknown = await Promise.resolve()
      .then(() => program((app) => validateASGI(app, { severity: 'warning' })))
      .then(
        () => null,
        (error: unknown) => error,
      );
    expect(thrown).toBeInstanceOf(LintViolation);
    expect((thrown as LintViolation).rule).toBe(name.split(',')[0]);
  });
});

describe('validateASGI', () => {
  test('takes functions only', () => {
    expect(() => validateASGI('app' as never)).toThrow(
      new TypeError('the application is "app", expected a function'),
    );
  });

  test('says to servers what the application is', () => {
    expect(
      Reflect.get(
        validateASGI(() => Promise.resolve()),
        Symbol.for('gatewire.interface'),
      ),
    ).toBe('asgi');
  });

  test('a violation that the application swallows comes out of it in the end', async () => {
    const app: ASGI3Application = async (_scope, _receive, send) => {
      await send({ ...BODY, type: 'http.response.body' }).catch(() => undefined);
      await send({ type: 'http.response.start', status: 200 });
      await send({ type: 'http.response.body' });
    };
    await expect(serve(validateASGI(app), httpScope())).rejects.toMatchObject({
      rule: 'H1',
      side: 'application',
    });
  });

  test('a violation in a send that nobody awaits is no unhandled rejection, and comes out too', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', note);
    const app: ASGI3Application = async (_scope, _receive, send) => {
      void send({ type: 'http.response.body' });
      await send({ type: 'http.response.start', status: 200 });
      await send({ type: 'http.response.body' });
    };
    await expect(serve(validateASGI(app), httpScope())).rejects.toMatchObject({ rule: 'H1' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  test('headers that can be read once reach the server', async () => {
    const headers = [pair('a', 'b')];
    const program = http([{ ...START, headers: headers.values() }, BODY]);
    expect(await program((app) => validateASGI(app))).toEqual([{ ...START, headers }, BODY]);
  });

  test('sends that are not awaited keep their order', async () => {
    const app: ASGI3Application = async (_scope, _receive, send) => {
      void send({ type: 'http.response.start', status: 200 });
      for (const part of ['a', 'b', 'c'])
        void send({ type: 'http.response.body', body: text(part), more_body: true });
      await send({ type: 'http.response.body' });
    };
    const sent = (await serve(validateASGI(app), httpScope())) as { body?: Uint8Array }[];
    expect(sent.map(({ body }) => String(body))).toEqual(['undefined', '97', '98', '99', 'undefined']);
  });
});
