import type { RuleRow } from './rules.js';

/**
 * A: what PEP 3333 asks of applications. S: what it asks of servers. E: the environ. J: what HTTP and JavaScript add.
 * A and S have gaps: what a wrapper cannot see has a number in the README and no row here.
 */
export type WSGIRuleId =
  | `A${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 12 | 13 | 14 | 15 | 16 | 17}`
  | `S${1 | 2 | 3 | 5 | 12 | 14 | 16 | 17}`
  | `E${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14}`
  | `J${1 | 2 | 3 | 4 | 5 | 6}`;

const APP = 'The Application/Framework Side';
const START = 'The start_response() Callable';
const ENVIRON = 'environ Variables';
const STREAMS = 'Input and Error Streams';
const DETAILS = 'Specification Details';

// prettier-ignore
export const WSGI_RULES: Readonly<Record<WSGIRuleId, RuleRow>> = {
  A1:  ['server', 'error', APP, 'The application is called with two arguments, the second a function.'],
  A2:  ['server', 'error', DETAILS, 'The environ is a plain object that can be changed, and copied whole.'],
  A3:  ['application', 'error', START, 'start_response() is called before the first byte of the body, and before its end.'],
  A4:  ['application', 'error', START, 'start_response() gets two or three arguments.'],
  A5:  ['application', 'error', START, 'The status is a string of three digits from 200 on, a space and a reason, without control characters.'],
  A6:  ['application', 'error', START, 'Headers are an array of pairs of strings: a token, and a value without control characters.'],
  A7:  ['application', 'error', START, 'No header is called Status.'],
  A8:  ['application', 'error', 'Other HTTP Features', 'No header is hop-by-hop; Transfer-Encoding is one.'],
  A9:  ['application', 'warning', '-', 'There is a Content-Type, but not with 204 and 304.'],
  A10: ['application', 'error', DETAILS, 'The body is an iterable or an async iterable of Uint8Array, not consumed before.'],
  A12: ['application', 'error', START, 'start_response() is called again only with excInfo.'],
  A13: ['application', 'error', 'Error Handling', 'What start_response() throws when it has excInfo is not caught.'],
  A14: ['application', 'error', 'The write() Callable', 'write() gets a Uint8Array, and is not called after the application has returned.'],
  A15: ['application', 'error', STREAMS, 'Of wsgi.input only read, readline, readlines and iteration are used, with a whole number at most.'],
  A16: ['application', 'error', STREAMS, 'Of wsgi.errors only write, writelines and flush are used, with strings.'],
  A17: ['application', 'error', 'Unicode Issues', 'Status and headers hold no character above U+00FF.'],
  S1:  ['server', 'error', ENVIRON, 'Every required key is in the environ, and not empty where it must not be.'],
  S2:  ['server', 'error', DETAILS, 'close() of the body is called once and last, whatever happened; without close() the body is exhausted or given up with return().'],
  S3:  ['server', 'error', START, 'Until there is a byte of body, start_response() with excInfo replaces the head and does not throw.'],
  S5:  ['server', 'error', 'Error Handling', 'After a byte of body, start_response() with excInfo throws.'],
  S12: ['server', 'error', STREAMS, 'wsgi.input gives promises of Uint8Array, never more than asked for or than CONTENT_LENGTH, nothing after the end.'],
  S14: ['server', 'error', 'Optional Platform-Specific File Handling', 'wsgi.file_wrapper, if there, is a function.'],
  S16: ['server', 'warning', DETAILS, 'Of the body only iteration and close() are used.'],
  S17: ['server', 'error', 'Thread Support', 'With wsgi.run_once the application is called once.'],
  E1:  ['server', 'error', ENVIRON, 'Keys without a dot hold strings; what is not known is not there.'],
  E2:  ['server', 'error', 'Unicode Issues', 'Strings in the environ hold no character above U+00FF.'],
  E3:  ['server', 'error', ENVIRON, "SCRIPT_NAME is '' or begins with a slash, and is not '/'."],
  E4:  ['server', 'error', ENVIRON, "PATH_INFO is '' or begins with a slash; '' only where SCRIPT_NAME is not, '*' only with OPTIONS."],
  E5:  ['server', 'error', ENVIRON, 'CONTENT_LENGTH is digits and CONTENT_TYPE is not empty, or they are not there.'],
  E6:  ['server', 'error', ENVIRON, 'HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH are not there.'],
  E7:  ['server', 'error', ENVIRON, 'REQUEST_METHOD is a token.'],
  E8:  ['server', 'error', ENVIRON, 'SERVER_PORT is digits.'],
  E9:  ['server', 'error', ENVIRON, 'SERVER_PROTOCOL is a name, a slash and a version.'],
  E10: ['server', 'error', ENVIRON, 'wsgi.version is [1, 0].'],
  E11: ['server', 'error', 'URL Reconstruction', 'wsgi.url_scheme is http or https.'],
  E12: ['server', 'error', STREAMS, 'wsgi.input and wsgi.errors have their methods.'],
  E13: ['server', 'error', ENVIRON, 'wsgi.multithread, wsgi.multiprocess, wsgi.run_once and wsgi.input_terminated are true or false.'],
  E14: ['server', 'warning', ENVIRON, 'Keys are upper case, or have a dot.'],
  J1:  ['application', 'error', 'Handling the Content-Length Header', 'Content-Length is digits, and given once.'],
  J2:  ['application', 'error', 'Handling the Content-Length Header', 'The body has as many bytes as Content-Length says.'],
  J3:  ['application', 'warning', '-', 'There are no bytes of body with HEAD, 204 and 304.'],
  J4:  ['application', 'warning', '-', 'Every write() is awaited before the application returns.'],
  J5:  ['server', 'error', START, 'start_response() returns a function, which returns a promise.'],
  J6:  ['server', 'error', '-', 'The body is iterated once.'],
};
