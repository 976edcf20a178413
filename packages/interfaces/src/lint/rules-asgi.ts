import type { RuleRow } from './rules.js';

/**
 * P: the call. C: the scope. M: events that applications send. X: those of extensions. R: events that servers give.
 * H, W, L: the order of events in HTTP, WebSocket and lifespan.
 */
export type ASGIRuleId =
  | `P${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`
  | `C${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19}`
  | `M${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12}`
  | `X${1 | 2 | 3 | 4 | 5}`
  | `R${1 | 2 | 3 | 4}`
  | `H${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11}`
  | `W${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`
  | `L${1 | 2 | 3 | 4 | 5}`;

const APP = 'Applications';
const HTTP = 'HTTP Connection Scope';
const WS = 'Websocket Connection Scope';
const START = 'Response Start';
const BODY = 'Response Body';
const EXT = 'Extensions';
const LIFE = 'Lifespan Protocol';

// prettier-ignore
export const ASGI_RULES: Readonly<Record<ASGIRuleId, RuleRow>> = {
  P1:  ['server', 'error', APP, 'The application is called with a scope and two functions.'],
  P2:  ['server', 'error', APP, 'receive() and send() return promises and do not throw.'],
  P3:  ['application', 'error', APP, 'The application returns a promise.'],
  P4:  ['application', 'error', APP, 'The promise of the application resolves with nothing.'],
  P5:  ['application', 'warning', '-', 'receive() is not called again before it has given an event.'],
  P6:  ['application', 'warning', '-', 'Every send() is awaited before the application returns.'],
  P7:  ['application', 'error', APP, 'A scope of a type that the application does not know is rejected.'],
  P8:  ['application', 'error', APP, 'receive() and send() are not called after the application has returned.'],
  C1:  ['server', 'error', 'Connection Scope', 'The scope is a plain object that can be changed, and copied whole.'],
  C2:  ['server', 'error', 'Connection Scope', 'type is a string, and not empty.'],
  C3:  ['server', 'error', 'Connection Scope', "asgi.version is '2.0' or '3.0', asgi.spec_version a version as a string."],
  C4:  ['server', 'error', HTTP, "http_version is '1.0', '1.1', '2' or '3'; it may be missing in a WebSocket scope."],
  C5:  ['server', 'error', HTTP, 'method is a token in upper case.'],
  C6:  ['server', 'error', HTTP, 'scheme is a string, and not empty.'],
  C7:  ['server', 'error', HTTP, 'path is a string.'],
  C8:  ['server', 'error', HTTP, 'raw_path is a Uint8Array without a question mark, or null.'],
  C9:  ['server', 'error', HTTP, 'query_string is a Uint8Array; it may be missing or null in a WebSocket scope.'],
  C10: ['server', 'error', HTTP, "root_path is a string, and does not end in a slash."],
  C11: ['server', 'error', HTTP, 'headers are an array of pairs of Uint8Array, without pseudo-headers.'],
  C12: ['server', 'warning', HTTP, 'Header names are in lower case.'],
  C13: ['server', 'error', HTTP, 'client is a pair of a host and a port, or null.'],
  C14: ['server', 'error', HTTP, 'server is a pair of a host and a port, a pair of a path and null, or null.'],
  C15: ['server', 'error', WS, 'subprotocols are an iterable of strings.'],
  C16: ['server', 'error', 'Lifespan State', 'state is an object, and a copy of its own for each scope.'],
  C17: ['server', 'error', EXT, 'extensions is an object of objects.'],
  C18: ['server', 'error', 'TLS Extension', 'tls is there only with https and wss; it has server_cert, tls_version and cipher_suite, null when not known.'],
  C19: ['server', 'warning', HTTP, 'path begins with root_path.'],
  M1:  ['application', 'error', APP, 'An event is an object with a string as its type.'],
  M2:  ['application', 'error', APP, 'The type of an event belongs to the protocol of the scope.'],
  M3:  ['application', 'error', BODY, 'body is a Uint8Array.'],
  M4:  ['application', 'error', BODY, 'more_body, trailers and more_trailers are true or false.'],
  M5:  ['application', 'error', START, 'status is a whole number from 200 to 999.'],
  M6:  ['application', 'error', START, 'headers are an iterable of pairs of Uint8Array.'],
  M7:  ['application', 'error', START, 'A header name is a token in lower case; a header value has no CR, LF or NUL.'],
  M8:  ['application', 'warning', START, 'No header is hop-by-hop; Transfer-Encoding is one.'],
  M9:  ['application', 'error', 'Accept', 'subprotocol is one of those of the scope, or null, and is not given as a header.'],
  M10: ['application', 'error', 'Send', 'A message has bytes, a Uint8Array, or text, a string; not both.'],
  M11: ['application', 'error', 'Close', 'code is one that may be sent, 1000 to 4999; reason is a string of at most 123 bytes of UTF-8.'],
  M12: ['application', 'error', LIFE, 'message is a string.'],
  X1:  ['application', 'error', EXT, 'The events of an extension are sent only where the scope has it.'],
  X2:  ['application', 'error', EXT, 'path, of a file or to push, is a string that begins with a slash.'],
  X3:  ['application', 'error', EXT, 'file is there; offset and count are whole numbers from 0 on.'],
  X4:  ['application', 'error', EXT, 'links are an iterable of Uint8Array.'],
  X5:  ['application', 'error', EXT, 'info is an object.'],
  R1:  ['server', 'error', APP, 'What receive() gives is an object whose type belongs to the protocol of the scope.'],
  R2:  ['server', 'error', 'Request', 'body is a Uint8Array, more_body true or false.'],
  R3:  ['server', 'error', 'Receive', 'A message has bytes, a Uint8Array, or text, a string; not both.'],
  R4:  ['server', 'error', 'Disconnect', 'code is a whole number, reason a string or null.'],
  H1:  ['application', 'error', START, 'Before http.response.start nothing is sent but early hints and debug information.'],
  H2:  ['application', 'error', START, 'http.response.start is sent once.'],
  H3:  ['application', 'error', BODY, 'Nothing is sent after the response is complete.'],
  H4:  ['application', 'error', EXT, 'Trailers are announced, and follow the last piece of the body; once announced they come.'],
  H5:  ['application', 'error', EXT, 'http.response.pathsend is all of the body.'],
  H6:  ['application', 'error', EXT, 'Early hints and debug information come before http.response.start, debug information once.'],
  H7:  ['application', 'error', APP, 'The application returns with the response complete, unless the client has gone.'],
  H8:  ['application', 'error', '-', 'content-length is digits, given once, and the body has as many bytes.'],
  H9:  ['application', 'warning', '-', 'There are no bytes of body with HEAD, 204 and 304.'],
  H10: ['server', 'error', 'Request', 'After the last piece of the body receive() gives http.disconnect, and after that nothing else.'],
  H11: ['server', 'error', 'Disconnected Client', 'After http.disconnect send() rejects, from spec_version 2.4 on.'],
  W1:  ['application', 'error', 'Accept', 'The first event is websocket.accept, websocket.close or websocket.http.response.start.'],
  W2:  ['application', 'error', 'Accept', 'websocket.accept is sent once.'],
  W3:  ['application', 'error', 'Close', 'Nothing is sent after websocket.close.'],
  W4:  ['application', 'error', EXT, 'After websocket.http.response.start comes its body, to the end, and nothing else.'],
  W5:  ['application', 'error', 'Accept', 'The application returns with the handshake answered, unless the client has gone.'],
  W6:  ['server', 'error', 'Connect', 'receive() gives websocket.connect first, and once.'],
  W7:  ['server', 'error', 'Receive', 'receive() gives messages only between websocket.accept and websocket.disconnect, which is the last.'],
  W8:  ['server', 'error', 'Send', 'After websocket.disconnect send() rejects, from spec_version 2.4 on.'],
  L1:  ['application', 'error', LIFE, 'lifespan.startup is answered once, and not before it comes.'],
  L2:  ['application', 'error', LIFE, 'lifespan.shutdown is answered once, and not before it comes.'],
  L3:  ['application', 'error', LIFE, 'The application returns with every event of the lifespan answered.'],
  L4:  ['server', 'error', LIFE, 'receive() gives lifespan.startup, then, after it is answered, lifespan.shutdown; each once.'],
  L5:  ['server', 'error', LIFE, 'There are no connections before lifespan.startup is answered, and none after it failed.'],
};
