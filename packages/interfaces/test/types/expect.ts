// These programs are compiled, never run: by `npm run check`, as a user of the package would, with several compilers.
/* eslint @typescript-eslint/no-unnecessary-type-parameters: off -- a type is what these functions are asked about */

/** Whether two types are the same: `any` is only itself. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when its argument is `true`. */
export declare function yes<T extends true>(): T;

/** Compiles when every member of a union was handled. */
export function never(value: never): never {
  throw new TypeError(`unexpected ${String(value)}`);
}

/** Any value of a type. */
export declare function some<T>(): T;
