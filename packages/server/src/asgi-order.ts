import { isPromise } from './runner.js';

const DONE: Promise<void> = Promise.resolve();

/** Runs steps one after the other. A step that nothing is before runs at once. */
export class Order {
  private last: Promise<void> | null = null;

  /**
   * Resolves with what `step` gives, once every earlier step is done, failed or not. Never throws, and a rejection that
   * nobody handles brings nothing down: an application may forget to await, and the client may go.
   */
  run(step: () => Promise<void> | undefined): Promise<void> {
    if (this.last !== null) return this.follow(this.last.then(step));
    try {
      const result = step();
      return isPromise(result) ? this.follow(result) : DONE;
    } catch (error) {
      return refused(error);
    }
  }

  /** Resolves when every step so far is done. */
  async idle(): Promise<void> {
    while (this.last !== null) await this.last;
  }

  private follow(outcome: Promise<void>): Promise<void> {
    const settled: Promise<void> = outcome
      .catch(() => undefined)
      .then(() => {
        if (this.last === settled) this.last = null;
      });
    this.last = settled;
    return outcome;
  }
}

/** A rejected promise that nobody has to handle. */
export function refused(error: unknown): Promise<never> {
  // What was thrown is what the application gets, an Error or not.
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}
