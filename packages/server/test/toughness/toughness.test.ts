import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ATTACKS } from './attacks.js';
import { ask, startTarget, stateOf } from './target.js';
import type { State, Target } from './target.js';

/** Connections per attack and address; the soak test (`npm run soak`) has thousands. */
const COUNT = 15;

/** What may be kept: inline caches, pools, the slack of a heap. A leak of connections is more: each holds 10 KiB and more. */
const SLACK_BYTES = 6 * 2 ** 20;

let target: Target;
let before: State;

/** A request like any other is answered, at every address. */
async function answers(): Promise<void> {
  const fine = await Promise.all(target.addresses.map((address) => ask(address, '/fine')));
  expect(fine.filter((answer) => !answer.includes('fine'))).toEqual([]);
}

beforeAll(async () => {
  // A busy machine may take a second for an ordinary request.
  target = await startTarget(1.5);
  await answers();
  // Code that runs for the first time takes memory that stays.
  for (const attack of [ATTACKS['random bytes'], ATTACKS['requests of clients that reset at once']])
    await Promise.all(target.addresses.map((address) => attack(address, COUNT, answers)));
  before = await stateOf(target);
});

afterAll(() => target.stop());

describe('after an attack nothing is left of it, and requests are answered all the while:', () => {
  test.each(Object.entries(ATTACKS))('%s', async (_, attack) => {
    const left = await Promise.all(target.addresses.map((address) => attack(address, COUNT, answers)));
    expect(left.reduce((sum, count) => sum + count)).toBe(0);
    await answers();
    await expect.poll(async () => (await stateOf(target)).sockets, { timeout: 10_000 }).toBe(before.sockets);
    const after = await stateOf(target);
    expect(after.used).toBeLessThan(before.used + SLACK_BYTES);
  });
});
