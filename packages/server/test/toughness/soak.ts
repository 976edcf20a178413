// The attacks of toughness.test.ts with thousands of connections, and bodies of a gibibyte: `npm run soak`. A few minutes
// and 1 GiB of memory at most; ends with a failure when anything is left of an attack, or memory grows with a body.
import { ATTACKS } from './attacks.js';
import type { Attack } from './attacks.js';
import { ask, closed, dial, residentOf, startTarget, stateOf, ticksOf } from './target.js';
import type { State, Target } from './target.js';
import { download, upload } from './transfers.js';

const MIB = 2 ** 20;
const GIB_BLOCKS = 16_384;
/** Connections per attack and address; there are six addresses. */
const COUNT = 300;
const IDLE = 10_000;

let failed = 0;

function check(what: string, holds: boolean, details: string): void {
  if (!holds) failed++;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${details}`);
}

async function answers({ addresses }: Target): Promise<void> {
  for (const address of addresses) {
    const answer = await ask(address, '/fine');
    if (!answer.includes('fine')) check(`a request to ${address.address}`, false, JSON.stringify(answer));
  }
}

/** Waits for the connections of the past to be gone, ten seconds at most. */
async function settled(target: Target, before: State): Promise<State> {
  let state = await stateOf(target);
  for (let i = 0; i < 100 && state.sockets !== before.sockets; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    state = await stateOf(target);
  }
  return state;
}

async function attackAll(target: Target, name: string, attack: Attack, before: State): Promise<void> {
  let left = 0;
  for (const address of target.addresses) left += await attack(address, COUNT, () => answers(target));
  const after = await settled(target, before);
  const grown = (after.used - before.used) / MIB;
  const details = `${left} not ended, ${after.sockets - before.sockets} left open, ${grown.toFixed(1)} MiB more`;
  check(name, left === 0 && after.sockets === before.sockets && grown < 16, details);
}

async function attacks(): Promise<void> {
  const target = await startTarget(1);
  await answers(target);
  await ATTACKS['random bytes'](target.addresses[0], COUNT, () => answers(target));
  const before = await stateOf(target);
  for (const [name, attack] of Object.entries(ATTACKS)) await attackAll(target, name, attack, before);
  await target.stop();
}

async function idle(): Promise<void> {
  const target = await startTarget(60);
  await answers(target);
  const before = await stateOf(target);
  const sockets = [];
  const [address] = target.addresses;
  while (sockets.length < IDLE)
    sockets.push(...(await Promise.all(Array.from({ length: 200 }, () => dial(address)))));
  const held = await stateOf(target);
  const each = (held.used - before.used) / (held.sockets - before.sockets);
  const ticks = ticksOf(target);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const busy = ticksOf(target) - ticks;
  await answers(target);
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map(closed));
  const after = await settled(target, before);
  const open = held.sockets - before.sockets;
  check(
    `${IDLE} idle connections`,
    open === IDLE && each < 16_384,
    `${open} open, ${each.toFixed(0)} bytes each`,
  );
  check('processor time while they are idle', busy < 100, `${busy * 10} ms of 2,000`);
  const grown = (after.used - before.used) / MIB;
  check('when they are gone', after.sockets === before.sockets && grown < 16, `${grown.toFixed(1)} MiB more`);
  await target.stop();
}

async function transfers(): Promise<void> {
  const target = await startTarget(60);
  await answers(target);
  const before = residentOf(target);
  for (const address of target.addresses) {
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, residentOf(target))), 20);
    const uploaded = (await upload(address, GIB_BLOCKS)).includes(String(GIB_BLOCKS * 65_536));
    const downloaded = (await download(address, GIB_BLOCKS)) > GIB_BLOCKS * 65_536;
    clearInterval(watch);
    const grown = (most - before) / MIB;
    const details = `${grown.toFixed(0)} MiB of memory more at most`;
    check(
      `1 GiB there and 1 GiB back, ${address.protocol} ${address.address}`,
      uploaded && downloaded && grown < 160,
      details,
    );
  }
  await target.stop();
}

await attacks();
await idle();
await transfers();
process.exitCode = failed === 0 ? 0 : 1;
