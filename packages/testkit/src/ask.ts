import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

/** What a client got. Status 0 stands for a connection that closed without an answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a client asks. */
export interface Asked {
  readonly method?: string;
  /** Flat: name, value, name, value. */
  readonly headers?: readonly string[];
  readonly body?: Uint8Array;
  readonly chunked?: boolean;
}

/** Sends an HTTP request to 127.0.0.1, over a connection of its own. */
export function ask(port: number, path: string, asked: Asked = {}): Promise<HttpAnswer> {
  const { method, headers = [], body, chunked = false } = asked;
  const length = chunked ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body?.length ?? 0)];
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, headers: {}, body: Buffer.alloc(0) });
    const request = httpRequest({
      port,
      path,
      host: '127.0.0.1',
      agent: false,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: ['Host', 'example.test', ...(body === undefined ? [] : length), ...headers],
    });
    request.on('error', failed);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(body);
  });
}
