import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { serve } from '@gatewire/server';
import type {
  AccessEntry,
  Application,
  Applications,
  BoundAddress,
  FetchApplication,
  Interface,
  LogEntry,
  Protocol,
  ServeOptions,
  Server,
} from '@gatewire/server';
import type { ASGI3Application, DefinedApplication, WSGIApplication } from '@gatewire/interfaces';
import { validateASGI, validateWSGI } from '@gatewire/interfaces/lint';
import type { LintViolation } from '@gatewire/interfaces/lint';
import { encodeRequest } from '@gatewire/uwsgi';
import { afterEach, expect } from 'vitest';
import { interfaceOf } from '../src/application.js';

/** A response as it stood on the wire. */
export interface RawResponse {
  readonly head: string;
  readonly status: number;
  readonly body: Buffer;
  /** Whether the connection ended with FIN rather than with a reset. */
  readonly clean: boolean;
}

/** A server for one test, with what it logged. */
export interface TestServer extends Server {
  readonly log: LogEntry[];
  readonly access: AccessEntry[];
  /** How often the application was called, for its lifespan not counted. */
  readonly calls: number;
  /** The next access entry, waited for. */
  nextAccess(): Promise<AccessEntry>;
  readonly uwsgi: BoundAddress;
  readonly http: BoundAddress;
  readonly fastcgi: BoundAddress;
}

/** Where `start` listens on 127.0.0.1; 0 picks a port. A front end that lives longer than a test needs always the same. */
export const PORTS: Record<Protocol, number> = { uwsgi: 0, http: 0, fastcgi: 0 };

/** What the server has done wrong in the eyes of the validators, which every application here is wrapped in. */
const faults: LintViolation[] = [];

// Vitest runs this after each test of a file that imports this one.
afterEach(() => {
  expect(faults.splice(0)).toEqual([]);
});

function watched(app: Application, kind: Interface): Application {
  const onViolation = (violation: LintViolation): void => {
    if (violation.side === 'server') faults.push(violation);
  };
  if (kind === 'wsgi') return validateWSGI(app as WSGIApplication, { onViolation, severity: 'warning' });
  if (kind === 'asgi') return validateASGI(app as ASGI3Application, { onViolation, severity: 'warning' });
  return app;
}

/** The application, with a call of `count` before each of its own. */
function counted(app: Application, count: () => void): Application {
  if (typeof app === 'object')
    return {
      fetch: (...args) => {
        count();
        return app.fetch(...args);
      },
    };
  const call = app as (...args: readonly { readonly type?: unknown }[]) => unknown;
  const counting = (...args: readonly { readonly type?: unknown }[]): unknown => {
    if (args[0].type !== 'lifespan') count();
    return call(...args);
  };
  return counting as unknown as Application;
}

/** Serves `app` over every protocol. */
export function start(app: DefinedApplication, options?: Partial<ServeOptions>): Promise<TestServer>;
// Apart, so that the parameters of a function that is written in place have types.
export function start(
  // eslint-disable-next-line @typescript-eslint/unified-signatures
  app: WSGIApplication | FetchApplication,
  options?: Partial<ServeOptions>,
): Promise<TestServer>;
export function start<T extends Interface>(
  app: Applications[T],
  options: Partial<ServeOptions> & { readonly interface: T },
): Promise<TestServer>;
export async function start(app: Application, options: Partial<ServeOptions> = {}): Promise<TestServer> {
  const log: LogEntry[] = [];
  const access: AccessEntry[] = [];
  const waiting: ((entry: AccessEntry) => void)[] = [];
  const kind = interfaceOf(app, options.interface);
  let calls = 0;
  const asked = counted(watched(app, kind), () => calls++);
  const server = await serve(asked as WSGIApplication, {
    listen: (['uwsgi', 'http', 'fastcgi'] as const).map((protocol) => {
      return { protocol, host: '127.0.0.1', port: PORTS[protocol] };
    }),
    log: (entry) => log.push(entry),
    access: (entry) => {
      access.push(entry);
      waiting.shift()?.(entry);
    },
    ...options,
    interface: kind as 'wsgi',
  });
  const [uwsgi, http, fastcgi] = server.addresses;
  const nextAccess = (): Promise<AccessEntry> => new Promise((resolve) => waiting.push(resolve));
  return {
    ...{ ...server, log, access, nextAccess, uwsgi, http, fastcgi },
    get calls() {
      return calls;
    },
  };
}

/** Opens a connection to a uwsgi listener. */
export function open(address: BoundAddress): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket =
      address.path === undefined ? connect(address.port ?? 0, address.host) : connect(address.path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything until the other side closes. */
export function readAll(socket: Socket): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  let clean = false;
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => {
      clean = true;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const bytes = Buffer.concat(chunks);
      const blank = bytes.indexOf('\r\n\r\n');
      const head = bytes.toString('latin1', 0, Math.max(0, blank));
      const status = Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(head)?.[1] ?? 0);
      resolve({ head, status, body: blank < 0 ? bytes : bytes.subarray(blank + 4), clean });
    });
  });
}

/** Sends one uwsgi request and reads the response. */
export async function request(
  address: BoundAddress,
  pairs: readonly string[] = [],
  body: Uint8Array = new Uint8Array(0),
): Promise<RawResponse> {
  const socket = await open(address);
  const response = readAll(socket);
  const given = new Set(pairs.filter((_, i) => i % 2 === 0));
  const defaults = ['REQUEST_METHOD', body.length > 0 ? 'POST' : 'GET', 'PATH_INFO', '/', 'REQUEST_URI', '/'];
  const all = [...defaults.filter((_, i) => !given.has(defaults[i - (i % 2)])), ...pairs];
  for (const chunk of encodeRequest(all, { body })) socket.write(chunk);
  return response;
}

export const text = (body: string): Uint8Array => new TextEncoder().encode(body);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `condition` holds, 20 s or so at most; the assertion after it says what was expected. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !condition(); i++) await pause(10);
}

/** Headers that say nothing of the size. */
export const PLAIN = [['Content-Type', 'text/plain']] as const;

/** Answers every request the same. */
export const answering =
  (
    status: string,
    headers: readonly (readonly [string, string])[],
    body: readonly Uint8Array[],
  ): WSGIApplication =>
  (_environ, startResponse) => {
    startResponse(status, headers);
    return body;
  };
