import type { Command } from 'commander';

/** Wrong usage. */
export const EXIT_USAGE = 2;

/** Makes wrong usage of a command end the program with {@link EXIT_USAGE}, after its message. */
export function exitOnWrongUsage(command: Command): Command {
  return command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));
}
