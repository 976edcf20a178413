import { FcgiProtocolError } from '@gatewire/fastcgi';
import { expect } from 'vitest';

/** What a call throws, as `CODE at OFFSET`. Anything but our own error fails the test. */
export function failureOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return describeFailure(error);
  }
  return 'nothing thrown';
}

/** An error as `CODE at OFFSET`. */
export function describeFailure(error: unknown): string {
  expect(error).toBeInstanceOf(FcgiProtocolError);
  const { code, offset } = error as FcgiProtocolError;
  return `${code} at ${offset}`;
}
