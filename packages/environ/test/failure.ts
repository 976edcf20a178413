import { EnvironError } from '@gatewire/environ';
import { expect } from 'vitest';

/** What a call throws, as `CODE VARIABLE STATUS`. Anything but our own error fails the test. */
export function failureOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironError);
    const { code, variable, status } = error as EnvironError;
    return `${code} ${variable} ${status}`;
  }
  return 'nothing thrown';
}
