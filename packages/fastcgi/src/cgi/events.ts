/**
 * What a `Location` asks for, RFC 3875 §6.2; for you to act on or not.
 *
 * - `document`: nothing, or the status is given and is not 300 to 399.
 * - `local-redirect`: the field is alone and a path, so the server may answer with that path itself. Not for `//host`,
 *   which browsers take for another machine.
 * - `client-redirect`, `client-redirect-document`: for the client, without and with a Content-Type.
 */
export type LocationKind = 'document' | 'local-redirect' | 'client-redirect' | 'client-redirect-document';

/** A response head, decoded. */
export interface ResponseHead {
  /** Whether the status came in a `Status` field, or none did, or in a status line. */
  readonly form: 'cgi' | 'http';
  /** `1.1` of a status line, `2` and `3` too; `null` in the CGI form. */
  readonly httpVersion: string | null;
  /** 100 to 999. In the CGI form without `Status`: 302 beside a `Location`, else 200. */
  readonly status: number;
  /** Empty when there is none. */
  readonly reason: string;
  /**
   * Flat, `[name, value, ...]`, in the order of the wire with its repeats; Latin-1 text, blanks around values removed.
   * Without `Status`, CGI fields that have no value, and the hop-by-hop fields.
   */
  readonly headers: readonly string[];
  readonly location: LocationKind;
  /** `null` when it is missing, which RFC 3875 §6.3.1 allows only without a body. */
  readonly contentType: string | null;
  /** `null` when it is missing. */
  readonly contentLength: number | null;
}

/** What an application answers. */
export type ResponseHeadEvent =
  /** The head of the response. Comes once. */
  | (ResponseHead & { readonly kind: 'head' })
  /** Status 100 to 199 before it, with the option `interim`. */
  | (ResponseHead & { readonly kind: 'interim' })
  /** A fragment of the body, never empty: a view of the caller's chunk, copy it to keep it. At most Content-Length bytes. */
  | { readonly kind: 'body'; readonly data: Uint8Array }
  /**
   * The input has ended. `missing` bytes of Content-Length have not come: close the client's connection, it was promised
   * more. `surplus` bytes have come that no client may see: past Content-Length, after HEAD, in a 204 or 304.
   */
  | { readonly kind: 'bodyEnd'; readonly missing: number; readonly surplus: number };
