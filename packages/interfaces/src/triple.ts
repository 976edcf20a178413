import type { WSGIApplication, WSGIBody, WSGIEnvironment, WSGIHeader } from './wsgi.js';

/** What an application in the manner of Rack returns. */
export interface TripleResponse {
  /** A code, or a code with its reason: `200`, `'200 OK'`. */
  readonly status: number | string;
  readonly headers: readonly WSGIHeader[];
  /** Missing and null mean empty. */
  readonly body?: WSGIBody | null | undefined;
}

/**
 * A WSGI application from a function that returns status, headers and body. The status line of a bare code has an empty
 * reason, which is legal and which HTTP/2 does not send anyway.
 *
 * @example
 * ```ts
 * import { fromTriple } from '@gatewire/interfaces';
 *
 * export default fromTriple((environ) => ({
 *   status: 200,
 *   headers: [['Content-Type', 'text/plain']],
 *   body: [new TextEncoder().encode(`hello from ${environ.PATH_INFO}\n`)],
 * }));
 * ```
 */
export function fromTriple(
  app: (environ: WSGIEnvironment) => TripleResponse | Promise<TripleResponse>,
): WSGIApplication {
  return async (environ, startResponse) => {
    const { status, headers, body } = await app(environ);
    startResponse(typeof status === 'number' ? `${status} ` : status, headers);
    return body ?? [];
  };
}
