import type { Variables } from './build.js';
import { ROOMY_KEYS, roomyObject, takeRoom } from './roomy.js';

/** A list of names that came before. */
interface Shape {
  /** All of them, in wire order. */
  readonly names: readonly string[];
  /** Those of {@link SLICED} characters or more, one behind the other. */
  readonly longNames: string;
  /** Positions in `pairs` of the values that must be empty: their names do not become keys. */
  readonly empty: readonly number[];
  /** The names that become keys, and the positions in `pairs` of their values. */
  readonly keys: readonly string[];
  readonly values: readonly number[];
  /**
   * An object with these keys, for V8 to keep what it knows of such objects: it forgets it, and all code compiled for it,
   * when a major garbage collection finds none. The next two thousand environs would take 4 us each, not 1.5.
   */
  readonly sample: Variables;
}

/** Room for one shape, and the list that would have it next. */
interface Slot {
  shape: Shape | null;
  /** The hash that was missed last, and how many times since then, or since a hit. */
  missed: number;
  misses: number;
}

/** Together they bound the memory: about 1 MiB, when every list is as long as it may be. */
const SLOTS = 64;
const MOST_NAMES = 128;
const MOST_CHARACTERS = 2048;

/** To learn a list takes as long as 20 environs: whoever sends ever new ones, each this often, costs two thirds more. */
const MISSES_TO_LEARN = 32;

/** From here on V8 has a slice as a reference to the text it is of, and compares two in 33 ns, not 3. */
const SLICED = 13;

/** What {@link buildEnviron} removes of every request. */
const REMOVED: ReadonlySet<string> = new Set(['HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE']);
const REMOVED_IF_EMPTY: ReadonlySet<string> = new Set(['CONTENT_LENGTH', 'CONTENT_TYPE']);

const slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({ shape: null, missed: 0, misses: 0 }));

/**
 * The variables as an object of the caller's own, without those that `buildEnviron` removes of every request; `null`
 * when this list of names has not come often enough. Web servers send the same names in the same order with nearly
 * every request. To make a key of a string that was decoded a moment ago, V8 hashes it and looks it up among all its
 * strings, 70 ns each; to see that it is the one of last time, which is a key already, takes 13.
 */
export function fromKnownShape(pairs: readonly string[]): Variables | null {
  if (pairs.length === 0 || pairs.length > 2 * MOST_NAMES) return null;
  const hash = hashOf(pairs);
  const slot = slots[hash & (SLOTS - 1)];
  const { shape } = slot;
  if (shape === null || !fits(shape, pairs)) {
    miss(slot, hash, pairs);
    return null;
  }
  slot.misses = 0;
  const { keys, values } = shape;
  const environ = objectFor(keys);
  for (let i = 0; i < keys.length; i++) environ[keys[i]] = pairs[values[i]];
  return environ;
}

function objectFor(keys: readonly string[]): Variables {
  return keys.length > ROOMY_KEYS ? (Object.create(null) as Variables) : roomyObject();
}

/** Of the lengths of the names, and whether there is a body: GET and POST differ in what is removed. */
function hashOf(pairs: readonly string[]): number {
  let hash = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const { length } = pairs[i];
    hash = (hash * 31 + length) | 0;
    if (length === 14 && pairs[i + 1] === '') hash++; // CONTENT_LENGTH
  }
  return hash ^ (hash >>> 15);
}

/**
 * Exact: names that are equal one behind the other, each as long as it should be, are equal. So long names are compared
 * at once: for 25 names 320 ns, and 600 with a comparison each.
 */
function fits({ names, longNames, empty }: Shape, pairs: readonly string[]): boolean {
  if (pairs.length !== 2 * names.length) return false;
  let long = '';
  for (let i = 0; i < names.length; i++) {
    const name = pairs[2 * i];
    if (name.length !== names[i].length) return false;
    if (name.length >= SLICED) long += name;
    else if (name !== names[i]) return false;
  }
  if (long !== longNames) return false;
  for (let i = 0; i < empty.length; i++) if (pairs[empty[i]] !== '') return false;
  return true;
}

/** A shape of use stays: only a list that is missed several times, without a hit between, gets its place. */
function miss(slot: Slot, hash: number, pairs: readonly string[]): void {
  slot.misses = slot.missed === hash ? slot.misses + 1 : 1;
  slot.missed = hash;
  if (slot.misses < MISSES_TO_LEARN) return;
  slot.misses = 0;
  slot.shape = learnt(pairs) ?? slot.shape;
}

/** `null` when a name comes twice, or there is too much of them. */
function learnt(pairs: readonly string[]): Shape | null {
  const wire = pairs.filter((_, i) => i % 2 === 0);
  if (new Set(wire).size < wire.length || wire.join('').length > MOST_CHARACTERS) return null;
  const names = wire.map(asKey);
  const isEmpty = (name: string, i: number): boolean => REMOVED_IF_EMPTY.has(name) && pairs[2 * i + 1] === '';
  const isKept = (name: string, i: number): boolean => !REMOVED.has(name) && !isEmpty(name, i);
  const valuesOf = (holds: (name: string, i: number) => boolean): number[] =>
    names.flatMap((name, i) => (holds(name, i) ? 2 * i + 1 : []));
  const keys = names.filter(isKept);
  return {
    names,
    longNames: names.filter((name) => name.length >= SLICED).join(''),
    empty: valuesOf(isEmpty),
    keys,
    values: valuesOf(isKept),
    sample: sampleOf(keys),
  };
}

function sampleOf(keys: readonly string[]): Variables {
  takeRoom();
  const sample = objectFor(keys);
  // buildEnviron adds this one to most.
  for (const key of [...keys, 'SCRIPT_NAME']) sample[key] = '';
  return sample;
}

/** The same text as a string of its own: a slice may hold on to 64 KiB of text. */
function asKey(name: string): string {
  return Object.keys({ [name]: '' })[0];
}
