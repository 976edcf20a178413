// Every legal order of records, for both sides of a connection. What a table does not list is illegal, or ignored where a
// request was given up; nothing else may change the state of a request. STATES.md is made from this file.
//
// States and inputs are numbers: looking up names took 0.09 us of the 1.3 us of a request. They come first, so that a
// bundler writes them where they are used and drops the names.

// What is sent about a request that has begun. The number is twice the type of the record, and one more when it is empty,
// which ends a stream: see `inputOf`.
const ABORT = 5;
const PARAMS = 8;
const PARAMS_END = 9;
const STDIN = 10;
const STDIN_END = 11;
const DATA = 16;
const DATA_END = 17;

// What an application sends about it.
const END = 6;
const STDOUT = 12;
const STDOUT_END = 13;
const STDERR = 14;
const STDERR_END = 15;

// A request as the application sees its input. Whatever the state, it is open until the application ends it (§3.3).
/** It is no request yet. */
export const IN_PARAMS = 0;
export const IN_BODY = 1;
export const IN_DATA = 2;
/** All of its input was there. */
export const RESPOND = 3;
/** What still comes is ignored, like all that comes for an id that is not open. */
export const ABORTED = 4;

// A request as the web server sees its output.
/** Both streams may come. */
export const OPEN = 0;
/** STDOUT has ended. */
const LOG = 1;
/** STDERR has ended. */
const OUTPUT = 2;
const ENDING = 3;
/** Given up: END_REQUEST is to come, the rest is ignored. */
export const ABORTING = 4;
/** Ended after it was given up: Go then sends output and a second END_REQUEST, so the id is not used again; all is ignored. */
export const RETIRED = 5;
/** Ended otherwise: it has no state, its id is free. */
const FREE = 6;

/** For each state, where each input leads. */
export type Transitions = Readonly<Record<number, Readonly<Record<number, number | undefined>>>>;

/** Names of inputs, and of states, by number: for messages and drawings. */
export type Names = Readonly<Record<number, string | undefined>>;

/** Inputs of an application. Records that are missing are not about a request, or not sent at all. */
export const APPLICATION_INPUTS: Names = {
  [ABORT]: 'ABORT_REQUEST',
  [PARAMS]: 'PARAMS',
  [PARAMS_END]: 'PARAMS_END',
  [STDIN]: 'STDIN',
  [STDIN_END]: 'STDIN_END',
  [DATA]: 'DATA',
  [DATA_END]: 'DATA_END',
};
export const APPLICATION_STATE_NAMES: Names = ['params', 'body', 'data', 'respond', 'aborted'];

const NO_REQUEST = { [PARAMS]: IN_PARAMS, [PARAMS_END]: IN_BODY, [ABORT]: ABORTED };
const COMPLETE = { [ABORT]: ABORTED };

/** The input of an application by role. FastCGI 1.0 §6.2 to §6.4. */
export const APPLICATION_STATES: Readonly<Record<1 | 2 | 3, Transitions>> = {
  // Responder.
  1: {
    [IN_PARAMS]: NO_REQUEST,
    [IN_BODY]: { [STDIN]: IN_BODY, [STDIN_END]: RESPOND, [ABORT]: ABORTED },
    [RESPOND]: COMPLETE,
  },
  // Authorizer: it has no body, but lighttpd ends the empty one. Apache does not.
  2: {
    [IN_PARAMS]: NO_REQUEST,
    [IN_BODY]: { [STDIN_END]: RESPOND, [ABORT]: ABORTED },
    [RESPOND]: COMPLETE,
  },
  // Filter: the file comes after the body.
  3: {
    [IN_PARAMS]: NO_REQUEST,
    [IN_BODY]: { [STDIN]: IN_BODY, [STDIN_END]: IN_DATA, [ABORT]: ABORTED },
    [IN_DATA]: { [DATA]: IN_DATA, [DATA_END]: RESPOND, [ABORT]: ABORTED },
    [RESPOND]: COMPLETE,
  },
};

/** As {@link APPLICATION_INPUTS}. */
export const WEB_SERVER_INPUTS: Names = {
  [END]: 'END_REQUEST',
  [STDOUT]: 'STDOUT',
  [STDOUT_END]: 'STDOUT_END',
  [STDERR]: 'STDERR',
  [STDERR_END]: 'STDERR_END',
};
export const WEB_SERVER_STATE_NAMES: Names = [
  'open',
  'log',
  'output',
  'ending',
  'aborting',
  'retired',
  'free',
];

/** The output of an application. FastCGI 1.0 §6.1. */
export const WEB_SERVER_STATES: Transitions = {
  [OPEN]: { [STDOUT]: OPEN, [STDOUT_END]: LOG, [STDERR]: OPEN, [STDERR_END]: OUTPUT, [END]: FREE },
  [LOG]: { [STDERR]: LOG, [STDERR_END]: ENDING, [END]: FREE },
  [OUTPUT]: { [STDOUT]: OUTPUT, [STDOUT_END]: ENDING, [END]: FREE },
  [ENDING]: { [END]: FREE },
  [ABORTING]: { [END]: RETIRED },
  [RETIRED]: {},
};

/** A record about a request as an input of these tables. */
export function inputOf(type: number, contentLength: number): number {
  return 2 * type + (contentLength === 0 ? 1 : 0);
}
