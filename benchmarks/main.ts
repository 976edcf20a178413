/** Runs a command to its exit code; an error is a line on stderr and exit code 2. */
export function runCommand(name: string, main: () => number | Promise<number>): void {
  Promise.resolve()
    .then(main)
    .then(
      (code) => {
        process.exitCode = code;
      },
      (error: unknown) => {
        process.stderr.write(`${name}: ${messageOf(error)}\n`);
        process.exitCode = 2;
      },
    );
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isUsage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return isUsage ? `${error.message}; --help lists the options` : error.message;
}

/** Writes to stdout; the exit code of a command that has done what it was asked for. */
export function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
