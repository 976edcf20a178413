// Every legal order of records, for both sides of a connection. What a table does not list is illegal, or ignored where a
// request was given up; nothing else may change the state of a request. `STREAM_END` is the empty record that ends a stream. STATES.md is made from this file.

/** What a web server sends about a request that has begun. */
export type ApplicationInput =
  'PARAMS' | 'PARAMS_END' | 'STDIN' | 'STDIN_END' | 'DATA' | 'DATA_END' | 'ABORT_REQUEST';

/**
 * A request as the application sees its input. `params`: no request yet. `respond`: all of its input was there.
 * `aborted`: what still comes is ignored, like all that comes for an id that is not open. Whatever the state, a request is open until the application ends it (§3.3).
 */
export type ApplicationState = 'params' | 'body' | 'data' | 'respond' | 'aborted';

/** States, and where each input leads. */
export type Transitions<State extends string, Input extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Input, State>>>>
>;

/** The inputs that a record of a type can be. */
export type InputsByType<Input> = Readonly<
  Record<number, readonly [filled: Input, empty: Input] | undefined>
>;

/** Nothing is a request yet. */
const PARAMS: Partial<Record<ApplicationInput, ApplicationState>> = {
  PARAMS: 'params',
  PARAMS_END: 'body',
  ABORT_REQUEST: 'aborted',
};
const ABORT: Partial<Record<ApplicationInput, ApplicationState>> = { ABORT_REQUEST: 'aborted' };

/** The input of an application by role. FastCGI 1.0 §6.2 to §6.4. */
export const APPLICATION_STATES: Readonly<
  Record<1 | 2 | 3, Transitions<ApplicationState, ApplicationInput>>
> = {
  // Responder.
  1: {
    params: PARAMS,
    body: { STDIN: 'body', STDIN_END: 'respond', ...ABORT },
    data: {},
    respond: ABORT,
    aborted: {},
  },
  // Authorizer: it has no body, but lighttpd ends the empty one. Apache does not.
  2: { params: PARAMS, body: { STDIN_END: 'respond', ...ABORT }, data: {}, respond: ABORT, aborted: {} },
  // Filter: the file comes after the body.
  3: {
    params: PARAMS,
    body: { STDIN: 'body', STDIN_END: 'data', ...ABORT },
    data: { DATA: 'data', DATA_END: 'respond', ...ABORT },
    respond: ABORT,
    aborted: {},
  },
};

/** Inputs by record type: with content, and without. Types that are missing are not about a request, or not sent at all. */
export const APPLICATION_INPUTS: InputsByType<ApplicationInput> = {
  2: ['ABORT_REQUEST', 'ABORT_REQUEST'],
  4: ['PARAMS', 'PARAMS_END'],
  5: ['STDIN', 'STDIN_END'],
  8: ['DATA', 'DATA_END'],
};

/** What an application sends about a request. */
export type WebServerInput = 'STDOUT' | 'STDOUT_END' | 'STDERR' | 'STDERR_END' | 'END_REQUEST';

/**
 * A request as the web server sees its output. `open`: both streams may come. `aborting`: given up, END_REQUEST is to
 * come and the rest is ignored. `retired`: ended after it was given up; Go then sends output and a second END_REQUEST, so the id is not used
 * again; all of it is ignored. A request that ended otherwise has no state: its id is free.
 */
export type WebServerState = 'open' | 'log' | 'output' | 'ending' | 'aborting' | 'retired' | 'free';

/** The output of an application. FastCGI 1.0 §6.1. */
export const WEB_SERVER_STATES: Transitions<WebServerState, WebServerInput> = {
  open: { STDOUT: 'open', STDOUT_END: 'log', STDERR: 'open', STDERR_END: 'output', END_REQUEST: 'free' },
  // STDOUT has ended.
  log: { STDERR: 'log', STDERR_END: 'ending', END_REQUEST: 'free' },
  // STDERR has ended.
  output: { STDOUT: 'output', STDOUT_END: 'ending', END_REQUEST: 'free' },
  ending: { END_REQUEST: 'free' },
  aborting: { END_REQUEST: 'retired' },
  retired: {},
  free: {},
};

/** As {@link APPLICATION_INPUTS}. */
export const WEB_SERVER_INPUTS: InputsByType<WebServerInput> = {
  3: ['END_REQUEST', 'END_REQUEST'],
  6: ['STDOUT', 'STDOUT_END'],
  7: ['STDERR', 'STDERR_END'],
};

/** A table as a Mermaid state diagram: one line per arrow, inputs that lead the same way together. */
export function statesAsMermaid(table: Transitions<string, string>, first: string): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${first}`];
  for (const [from, row] of Object.entries(table)) {
    const targets = new Map<string, string[]>();
    for (const [input, to] of Object.entries(row)) {
      if (to !== undefined) targets.set(to, [...(targets.get(to) ?? []), input]);
    }
    for (const [to, inputs] of targets) lines.push(`  ${from} --> ${to}: ${inputs.join(', ')}`);
  }
  return lines.join('\n');
}
