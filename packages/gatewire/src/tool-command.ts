import type { Command } from 'commander';

/** Wrong usage. */
export const EXIT_USAGE = 2;

/** Tells, where a command does not know a flag, which of the others do. */
export function teachFlags(commands: readonly Command[]): void {
  for (const command of commands) {
    command.configureOutput({
      outputError: (text, write) => {
        const flag = /^error: unknown option '(-[^'=]+)/.exec(text)?.[1];
        const owners = commands.filter(({ options }) =>
          options.some(({ long, short }) => flag === long || flag === short),
        );
        if (flag === undefined || owners.length === 0) write(text);
        else write(`error: unknown option '${flag}': it is one of ${listOf(owners)}\n`);
      },
    });
  }
}

function listOf(commands: readonly Command[]): string {
  return commands.map((command) => `gatewire ${command.name()}`).join(' and ');
}

/** Makes wrong usage of a command end the program with {@link EXIT_USAGE}, after its message. */
export function exitOnWrongUsage(command: Command): Command {
  return command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));
}
