import type { Variables } from './build.js';

/** How many keys an object of {@link roomyObject} takes and stays fast: beyond about 80, V8 makes a dictionary of it. */
export const ROOMY_KEYS = 64;

/**
 * V8 gives every object of a class as many fields as the constructor has assignments, but no more than the first eight
 * had use for. So there are 40 here, which nobody needs, and the first eight are {@link takeRoom}'s. Node prints the name
 * of the class of an object without prototype: here it is that of `Object.create(null)`.
 */
const { Object: Roomy } = {
  Object: class {
    [name: string]: string;

    constructor(isFull: boolean) {
      if (!isFull) return;
      this.a0 = this.a1 = this.a2 = this.a3 = this.a4 = this.a5 = this.a6 = this.a7 = this.a8 = this.a9 = '';
      this.b0 = this.b1 = this.b2 = this.b3 = this.b4 = this.b5 = this.b6 = this.b7 = this.b8 = this.b9 = '';
      this.c0 = this.c1 = this.c2 = this.c3 = this.c4 = this.c5 = this.c6 = this.c7 = this.c8 = this.c9 = '';
      this.d0 = this.d1 = this.d2 = this.d3 = this.d4 = this.d5 = this.d6 = this.d7 = this.d8 = this.d9 = '';
    }
  },
};

/** To be called before the first {@link roomyObject}. */
export function takeRoom(): void {
  for (let i = 0; i < 8; i++) new Roomy(true);
}

/**
 * What `Object.create(null)` returns, but V8 keeps its values in fields: 25 keys that are known already take 350 ns, not
 * 900, and each is read in a quarter of the time. A copy of an object that has the keys, without its prototype, is as
 * fast to make, but each key that is then added to it costs 2 us.
 */
export function roomyObject(): Variables {
  return Object.setPrototypeOf(new Roomy(false), null) as Variables;
}
