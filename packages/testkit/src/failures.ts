import { expect } from 'vitest';

/** An error of a peer, as every codec has one. */
interface PeerFailure {
  readonly code: string;
  readonly offset: number;
}

/** How a package's tests say what was thrown: `CODE at OFFSET`. Anything but its own error class fails the test. */
export function failuresOf(ErrorClass: new (...args: never[]) => Error & PeerFailure): {
  /** What a call throws, or `nothing thrown`. */
  readonly failureOf: (call: () => unknown) => string;
  /** An error that was thrown. */
  readonly describeFailure: (error: unknown) => string;
} {
  const describeFailure = (error: unknown): string => {
    expect(error).toBeInstanceOf(ErrorClass);
    const { code, offset } = error as PeerFailure;
    return `${code} at ${offset}`;
  };
  const failureOf = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      return describeFailure(error);
    }
    return 'nothing thrown';
  };
  return { failureOf, describeFailure };
}

/** What a call throws, whatever it is; `nothing thrown` when it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing thrown';
}
