// HTTP/1.1 by node:http over a connection that is there already, for one request of an ASGI scope.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HTTPScope } from '@gatewire/interfaces';
import { latin1Text } from './bytes.js';
import type { Answer, RequestPump } from './forward.js';

/** Headers of the client's connection; the one between here and the listener is another. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'expect',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
]);

/** Sends the head of a scope's request. The connection ends with the response. */
export function requestOver(connection: Duplex, scope: HTTPScope): ClientRequest {
  const { raw_path: raw, path, query_string: query } = scope;
  const target = raw ? latin1Text(raw) : encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return httpRequest({
    createConnection: () => connection,
    method: scope.method,
    path: query.length === 0 ? target : `${target}?${latin1Text(query)}`,
    headers: headersOf(scope),
    setHost: false,
  });
}

/** Sends the body of a request, and passes its response on. Rejects when there is none, or it breaks off. */
export async function exchangeOver(
  request: ClientRequest,
  upload: RequestPump,
  answer: Answer,
): Promise<void> {
  void upload.run(
    request,
    (data) => [data],
    () => request.end(),
  );
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // What goes wrong from here on is told by the response.
  request.on('error', () => undefined);
  await passOn(response, answer);
}

async function passOn(response: IncomingMessage, answer: Answer): Promise<void> {
  const { statusCode: status = 0, rawHeaders } = response;
  const isPassed = (_: string, i: number): boolean =>
    !OF_CONNECTION.has(rawHeaders[i - (i % 2)].toLowerCase());
  await answer.head(status, rawHeaders.filter(isPassed));
  for await (const chunk of response as AsyncIterable<Buffer>) await answer.body(chunk);
  await answer.end();
}

function headersOf({ headers, method }: HTTPScope): string[] {
  const flat: string[] = [];
  let length = false;
  let host = false;
  for (const [name, value] of headers) {
    const key = latin1Text(name);
    if (OF_CONNECTION.has(key)) continue;
    length ||= key === 'content-length';
    host ||= key === 'host';
    flat.push(key, latin1Text(value));
  }
  if (!host) flat.push('host', 'localhost');
  flat.push('connection', 'close');
  // What has no length came in chunks, or is empty.
  if (!length && method !== 'GET' && method !== 'HEAD') flat.push('transfer-encoding', 'chunked');
  return flat;
}
