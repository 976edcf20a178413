/** Types of records that carry a stream other than the parameters: STDIN, STDOUT, STDERR, DATA. */
export type FcgiStreamType = 5 | 6 | 7 | 8;

/** What is on the wire, of either side. {@link FcgiDecoder} yields it. */
export type FcgiEvent =
  | { readonly kind: 'begin'; readonly requestId: number; readonly role: number; readonly flags: number }
  /** All parameters of a request: flat, in wire order, duplicates kept. Once, when their stream ends. */
  | { readonly kind: 'params'; readonly requestId: number; readonly pairs: readonly string[] }
  /** A fragment of a stream, never empty: a view of the caller's chunk, copy it to keep it. */
  | {
      readonly kind: 'data';
      readonly requestId: number;
      readonly stream: FcgiStreamType;
      readonly data: Uint8Array;
    }
  | { readonly kind: 'dataEnd'; readonly requestId: number; readonly stream: FcgiStreamType }
  | { readonly kind: 'abort'; readonly requestId: number }
  /** `appStatus` is unsigned. */
  | {
      readonly kind: 'end';
      readonly requestId: number;
      readonly appStatus: number;
      readonly protocolStatus: number;
    }
  /** GET_VALUES, or its result. */
  | { readonly kind: 'values'; readonly result: boolean; readonly pairs: readonly string[] }
  /** The peer did not know a management record of ours. */
  | { readonly kind: 'unknownType'; readonly type: number }
  /** A record of a type that the protocol does not define; its content was skipped. */
  | { readonly kind: 'unknown'; readonly requestId: number; readonly type: number };

/** What a web server asks of an application. {@link FcgiApplication} yields it. */
export type FcgiRequestEvent =
  /**
   * A request with all of its parameters: flat, in wire order, duplicates kept. Its parameters ended and were
   * well-formed; before that there is no request. `contentLength` is CONTENT_LENGTH, `null` when it is absent or empty:
   * the body is then what comes before its end.
   */
  | {
      readonly kind: 'request';
      readonly requestId: number;
      readonly role: 1 | 2 | 3;
      readonly keepConn: boolean;
      readonly pairs: readonly string[];
      readonly contentLength: number | null;
    }
  /** A fragment of the body, never empty: a view of the caller's chunk, copy it to keep it. */
  | { readonly kind: 'body'; readonly requestId: number; readonly data: Uint8Array }
  /** All of the body was handed out. Comes once, without a body too. */
  | { readonly kind: 'bodyEnd'; readonly requestId: number }
  /** For a filter: a fragment of the file, never empty; a view as well. */
  | { readonly kind: 'data'; readonly requestId: number; readonly data: Uint8Array }
  /** For a filter: all of the file was handed out. */
  | { readonly kind: 'dataEnd'; readonly requestId: number }
  /**
   * No more comes for this request: the web server gave it up, its body is shorter than CONTENT_LENGTH, or the input
   * ended early. Answer with `end` all the same.
   */
  | { readonly kind: 'abort'; readonly requestId: number };

/** What an application answers. {@link FcgiWebServer} yields it. */
export type FcgiResponseEvent =
  /** A fragment of the response, or of the text for the log; never empty, a view of the caller's chunk. */
  | { readonly kind: 'stdout' | 'stderr'; readonly requestId: number; readonly data: Uint8Array }
  /** The response is complete. php-fpm leaves this out: `end` says the same. */
  | { readonly kind: 'stdoutEnd'; readonly requestId: number }
  /** The request is over, its id free. Anything but `protocolStatus` 0 is a refusal. `appStatus` is unsigned. */
  | {
      readonly kind: 'end';
      readonly requestId: number;
      readonly appStatus: number;
      readonly protocolStatus: number;
    }
  /** The answer to `getValues`, or part of it: what the application does not know is missing. */
  | { readonly kind: 'values'; readonly pairs: readonly string[] }
  /** The application did not know a management record of this type. */
  | { readonly kind: 'unknownType'; readonly type: number };
