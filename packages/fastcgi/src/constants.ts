/** Protocol version, the first byte of every record. FastCGI 1.0 §8. */
export const FCGI_VERSION_1: number = 1;

/** Bytes in a record header. FastCGI 1.0 §8. */
export const FCGI_HEADER_LEN: number = 8;

/** Most content bytes in one record. FastCGI 1.0 §8. */
export const FCGI_MAX_LENGTH: number = 0xffff;

/** Bit of the flags of BEGIN_REQUEST: the web server closes the connection, not the application. FastCGI 1.0 §5.1. */
export const FCGI_KEEP_CONN: number = 1;

// Numbers of the objects below by themselves, for the code in here. They come first: a bundler then writes the number where
// it is used and drops the name.
export const BEGIN_REQUEST = 1;
export const ABORT_REQUEST = 2;
export const END_REQUEST = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const STDERR = 7;
export const DATA = 8;
export const GET_VALUES = 9;
export const GET_VALUES_RESULT = 10;
export const UNKNOWN_TYPE = 11;

export const RESPONDER = 1;
export const AUTHORIZER = 2;
export const FILTER = 3;

export const REQUEST_COMPLETE = 0;
export const CANT_MPX_CONN = 1;
export const OVERLOADED = 2;
export const UNKNOWN_ROLE = 3;

/** Record types. FastCGI 1.0 §8; the names there begin with `FCGI_`. */
export const FCGI_TYPE = {
  BEGIN_REQUEST: 1,
  ABORT_REQUEST: 2,
  END_REQUEST: 3,
  PARAMS: 4,
  STDIN: 5,
  STDOUT: 6,
  STDERR: 7,
  DATA: 8,
  GET_VALUES: 9,
  GET_VALUES_RESULT: 10,
  UNKNOWN_TYPE: 11,
} as const;

/** Roles of an application. FastCGI 1.0 §6. */
export const FCGI_ROLE = { RESPONDER: 1, AUTHORIZER: 2, FILTER: 3 } as const;

/** How a request ended for the protocol. FastCGI 1.0 §5.5. */
export const FCGI_PROTOCOL_STATUS = {
  REQUEST_COMPLETE: 0,
  CANT_MPX_CONN: 1,
  OVERLOADED: 2,
  UNKNOWN_ROLE: 3,
} as const;
