import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { WSGIApplication } from '@gatewire/interfaces';
import { LINT_RULES, LintViolation, validateWSGI } from '@gatewire/interfaces/lint';
import type { LintOptions } from '@gatewire/interfaces/lint';
import { describe, expect, test } from 'vitest';
import { environOf, gateway, PLAIN, text } from './gateway.js';
import { APPLICATION_CASES } from './wsgi-application-cases.js';
import { ENVIRON_CASES } from './wsgi-environ-cases.js';
import type { WSGIProgram } from './wsgi-kit.js';
import { MORE_CASES } from './wsgi-more-cases.js';
import { SERVER_CASES } from './wsgi-server-cases.js';

const WSGI_CASES = [...APPLICATION_CASES, ...SERVER_CASES, ...ENVIRON_CASES, ...MORE_CASES];

const named = (programs: 'good' | 'bad'): [string, WSGIProgram][] =>
  WSGI_CASES.flatMap(({ rule, [programs]: list }) =>
    list.map((program, index): [string, WSGIProgram] => [`${rule}, program ${index + 1}`, program]),
  );

/** What is reported while a program runs; that it fails, as a bad one may, is no matter. */
async function reported(program: WSGIProgram, options: LintOptions = {}): Promise<LintViolation[]> {
  const violations: LintViolation[] = [];
  const onViolation = (violation: LintViolation): unknown => violations.push(violation);
  const lint = (app: WSGIApplication): WSGIApplication =>
    validateWSGI(app, { severity: 'warning', onViolation, ...options });
  await Promise.resolve()
    .then(() => program(lint))
    .catch(() => undefined);
  return violations;
}

describe('every rule of WSGI', () => {
  test('has a program that keeps it and one that breaks it', () => {
    const rules = LINT_RULES.filter((rule) => rule.interface === 'wsgi').map(({ id }) => id);
    expect(WSGI_CASES.map(({ rule }) => rule)).toEqual(rules);
    for (const { rule, good, bad } of WSGI_CASES) {
      expect(good.length, rule).toBeGreaterThan(0);
      expect(bad.length, rule).toBeGreaterThan(0);
    }
  });

  test.each(named('good'))('%s passes, alone, twice and when violations are thrown', async (_, program) => {
    expect(await reported(program)).toEqual([]);
    await program((app) => validateWSGI(validateWSGI(app, { severity: 'warning' }), { severity: 'warning' }));
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
    const rule = name.split(',')[0];
    const thrown: unknown[] = [];
    // A server may log what the application throws and go on: S3's does.
    await Promise.resolve()
      .then(() => program((app) => validateWSGI(app, { severity: 'warning' })))
      .catch((error: unknown) => thrown.push(error));
    if (rule === 'S3') {
      expect(thrown).toEqual([]);
      return;
    }
    expect(thrown).toHaveLength(1);
    expect(thrown[0]).toBeInstanceOf(LintViolation);
    expect((thrown[0] as LintViolation).rule).toBe(rule);
  });
});

describe('validateWSGI', () => {
  const app: WSGIApplication = (_environ, start) => {
    start('200 OK', PLAIN);
    return [text('hello')];
  };

  test('takes functions only', () => {
    expect(() => validateWSGI({} as never)).toThrow(
      new TypeError('the application is an object, expected a function'),
    );
  });

  test('says to servers what the application is', () => {
    expect(Reflect.get(validateWSGI(app), Symbol.for('gatewire.interface'))).toBe('wsgi');
  });

  test('returns an array as it is, and a body at once when it comes at once', () => {
    const body = [text('a')];
    const start = () => () => Promise.resolve();
    const returned = validateWSGI((_environ, start) => (start('200 OK', PLAIN), body))(environOf(), start);
    expect(returned).toBe(body);
  });

  test('counts only errors unless it is told otherwise', async () => {
    const typeless: WSGIApplication = (_environ, start) => (start('200 OK', []), []);
    expect(await gateway(validateWSGI(typeless))).toEqual({ status: '200 OK', headers: [], body: '' });
    await expect(gateway(validateWSGI(typeless, { severity: 'warning' }))).rejects.toThrow(
      'there is no Content-Type (A9; application)',
    );
  });

  test('throws a violation again when the application has swallowed it', async () => {
    const swallowing: WSGIApplication = (_environ, start) => {
      start('200 OK', PLAIN);
      try {
        start('200 OK', PLAIN);
      } catch {
        // As if nothing were.
      }
      return [];
    };
    await expect(gateway(validateWSGI(swallowing))).rejects.toMatchObject({
      rule: 'A12',
      side: 'application',
    });
  });

  test('a violation names the value, and at most 32 characters of it', async () => {
    const status = `200${'x'.repeat(100)}`;
    const app = validateWSGI((_environ, start) => (start(status, PLAIN), []));
    const error: unknown = await gateway(app).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ rule: 'A5', severity: 'error', value: status, name: 'LintViolation' });
    expect((error as Error).message).toBe(
      `status is "200${'x'.repeat(29)}...", expected one like "200 OK" (A5, "The start_response() Callable"; application)`,
    );
  });

  test('the answer is the same with and without it, for every good program', async () => {
    for (const { good, rule } of WSGI_CASES) {
      for (const program of good) {
        const bare = await program((app) => app);
        expect(await program((app) => validateWSGI(app)), rule).toEqual(bare);
      }
    }
  });

  test('a body that nobody reads or closes is reported when it is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const seen: LintViolation[] = [];
    const drop = (app: WSGIApplication): void => {
      const watched = validateWSGI(app, { onViolation: (violation) => seen.push(violation) });
      expect(watched(environOf(), () => () => Promise.resolve())).not.toBeInstanceOf(Promise);
    };
    drop(function* (_environ, start) {
      start('200 OK', PLAIN);
      yield text('x');
    });
    drop(() => ({ [Symbol.iterator]: () => [][Symbol.iterator](), close: () => undefined }));
    for (let round = 0; round < 100 && seen.length < 2; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(seen.map(({ rule, message }) => `${rule} ${message}`).sort()).toEqual([
      'S2 a body was dropped neither exhausted nor given up (S2, "Specification Details"; server)',
      'S2 a body was dropped without close() (S2, "Specification Details"; server)',
    ]);
  });
});
