import type { WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { prefersHtml } from './demo-app/accept.js';
import { asHtml } from './demo-app/as-html.js';
import { asText } from './demo-app/as-text.js';
import { NO_BODY, reportBody } from './demo-app/body-report.js';

/**
 * A WSGI application that answers with what it was asked: every environ variable, sorted, then the size, the SHA-256
 * and the first bytes of the request body, which is read as it comes and not kept in memory. As text, or as a page of HTML when
 * the request's Accept prefers that. The same for every path and method.
 *
 * It shows request headers, cookies included, to whoever sent them: for trying things out, not for production.
 *
 * @example
 * ```ts
 * import { serve } from '@gatewire/server';
 * import { app } from 'gatewire/demo-app';
 *
 * const server = await serve(app, { listen: [{ protocol: 'http', host: '127.0.0.1', port: 0 }] });
 * const answer = await fetch(`http://${server.addresses[0].address}/hello?n=1`);
 * console.log(await answer.text()); // Hello from gatewire! ... PATH_INFO = "/hello" ...
 * await server.close();
 * ```
 */
export const app: WSGIApplication = async (environ, startResponse) => {
  const body = mayHaveBody(environ) ? await reportBody(environ['wsgi.input']) : NO_BODY;
  const html = prefersHtml(environ.HTTP_ACCEPT);
  const page = new TextEncoder().encode(html ? asHtml(environ, body) : asText(environ, body));
  startResponse('200 OK', [
    ['Content-Type', `text/${html ? 'html' : 'plain'}; charset=utf-8`],
    ['Content-Length', String(page.length)],
    ['Cache-Control', 'no-store'],
    ['Vary', 'Accept'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'"],
  ]);
  return environ.REQUEST_METHOD === 'HEAD' ? [] : [page];
};

export default app;

/** PEP 3333 forbids to read past CONTENT_LENGTH, except where the server marks the end of the body by itself. */
function mayHaveBody(environ: WSGIEnvironment): boolean {
  return environ['wsgi.input_terminated'] === true || (environ.CONTENT_LENGTH ?? '') !== '';
}
