import { markAs } from './interface.js';
import type { MarkedApplication } from './interface.js';
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
 * A WSGI application from a function that returns status, headers and body. A bare code gets the reason that RFC 9110
 * has for it, or that of its class. Servers take the result for WSGI without being told.
 *
 * The headers are final when the body begins: to replace them later, an application needs `start_response`.
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
): MarkedApplication<WSGIApplication, 'wsgi'> {
  const wrapped: WSGIApplication = async (environ, startResponse) => {
    const { status, headers, body } = await app(environ);
    startResponse(typeof status === 'number' ? `${status} ${reasonOf(status)}` : status, headers);
    return body ?? [];
  };
  return markAs(wrapped, 'wsgi');
}

/** PEP 3333 asks for a reason. Clients must not read it (RFC 9112 §4), so the rarer codes have that of their class. */
const REASONS: Readonly<Record<number, string | undefined>> = {
  201: 'Created',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
const CLASSES: readonly (string | undefined)[] = ['OK', 'Redirection', 'Bad Request', 'Server Error'];

function reasonOf(status: number): string {
  return REASONS[status] ?? CLASSES[Math.floor(status / 100) - 2] ?? 'Unknown';
}
