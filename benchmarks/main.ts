/** Runs a command to its exit code; an error is a line on stderr and exit code 2. */
export function runCommand(name: string, main: () => number | Promise<number>): void {
  Promise.resolve()
    .then(main)
    .then(
      (code) => {
        process.exitCode = code;
      },
      (error: unknown) => {
        process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 2;
      },
    );
}

/** Writes to stdout; the exit code of a command that has done what it was asked for. */
export function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
