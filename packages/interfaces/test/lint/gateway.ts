// A small gateway that keeps the rules, to run applications under lint, and to change in one place for the faults.
import type {
  InputStream,
  StartResponse,
  WSGIApplication,
  WSGIBody,
  WSGIEnvironment,
} from '@gatewire/interfaces';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const PLAIN = [['Content-Type', 'text/plain']] as const;

/** An input stream over bytes, as the server's. */
export function inputOf(content: string): InputStream {
  let rest = text(content);
  const take = (count: number): Promise<Uint8Array> => {
    const taken = rest.subarray(0, count);
    rest = rest.subarray(taken.length);
    return Promise.resolve(taken);
  };
  const line = (size = Infinity): Promise<Uint8Array> =>
    take(Math.min(size, rest.indexOf(10) + 1 || rest.length));
  return {
    read: (size = -1) => take(size < 0 ? rest.length : size),
    readline: line,
    async readlines() {
      const lines: Uint8Array[] = [];
      while (rest.length > 0) lines.push(await line());
      return lines;
    },
    async *[Symbol.asyncIterator]() {
      while (rest.length > 0) yield await take(2);
    },
  };
}

/** The environ of a GET without anything wrong. `undefined` takes a key out. */
export function environOf(changes: Record<string, unknown> = {}): WSGIEnvironment {
  const environ: Record<string, unknown> = {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/caf\u00e9',
    QUERY_STRING: '',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    HTTP_HOST: 'localhost',
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': 'http',
    'wsgi.input': inputOf('one\ntwo\n'),
    'wsgi.errors': { write: () => undefined, writelines: () => undefined, flush: () => undefined },
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
    ...changes,
  };
  for (const [key, value] of Object.entries(changes))
    if (value === undefined) Reflect.deleteProperty(environ, key);
  return environ as unknown as WSGIEnvironment;
}

/** What a request came to. */
export interface Answer {
  status: string;
  headers: (readonly [string, string])[];
  body: string;
}

/** Runs one request by the book: the head is held until the first byte, and `close()` is called. */
export async function gateway(app: WSGIApplication, environ = environOf()): Promise<Answer> {
  let head: Pick<Answer, 'status' | 'headers'> | undefined;
  let committed = false;
  let body = '';
  const send = (data: Uint8Array): void => {
    committed ||= data.length > 0;
    body += new TextDecoder().decode(data);
  };
  const start: StartResponse = (status, headers, excInfo) => {
    const again = excInfo !== undefined && excInfo !== null;
    if (committed && again) throw excInfo as Error;
    if (head !== undefined && !again) throw new TypeError('start_response() is called again');
    head = { status, headers: [...headers] };
    return async (data) => {
      await Promise.resolve();
      send(data);
    };
  };
  const returned = await app(environ, start);
  await consume(returned, send);
  if (head === undefined) throw new TypeError('no head');
  return { ...head, body };
}

/** Reads a body to its end, and closes it. */
export async function consume(body: WSGIBody, send: (data: Uint8Array) => void): Promise<void> {
  try {
    for await (const data of body) send(data);
  } finally {
    await body.close?.();
  }
}
