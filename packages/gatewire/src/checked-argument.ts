import { InvalidArgumentError } from 'commander';

/** `parse` for a flag or an argument: what it throws as a RangeError is wrong usage, with its message. */
export function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(`(${error.message})`);
      throw error;
    }
  };
}
