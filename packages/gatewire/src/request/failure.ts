/** How `gatewire request` ends: the numbers that curl has for the same, and what they mean. */
export const EXIT_CODES = [
  [0, 'answered'],
  [2, 'wrong usage'],
  [6, 'the host has no address'],
  [7, 'cannot connect'],
  [8, 'what came is no answer, or the application refused the request'],
  [18, 'the answer is cut short; what came of it was delivered'],
  [22, 'with --fail or --ping: answered, with a status of 400 or more, or with a warning'],
  [23, 'the answer cannot be written'],
  [26, 'the body cannot be read'],
  [28, 'no complete answer within --timeout'],
  [52, 'closed without an answer'],
  [56, 'the connection broke before an answer'],
] as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[number][0];

/** Why there is no answer, or no whole one; the message is for the user. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Lines of {@link EXIT_CODES} for the help. */
export function exitCodeLines(): string {
  return EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}`).join('\n');
}
