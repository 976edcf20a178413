// Compares our types with asgiref's: the names and keys of its version 3.12.1 typed by hand, and an installed one.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));
const source = readdirSync(SOURCES)
  .filter((name) => name.startsWith('asgi'))
  .map((name) => readFileSync(`${SOURCES}/${name}`, 'utf8'))
  .join('\n');

/** Keys of one of our types: those of its base too. A question mark follows an optional one. */
function keysOf(name: string): string[] {
  const body = new RegExp(`^export interface ${name}(?: extends (\\w+))? \\{\\n(.*?)^\\}`, 'ms').exec(source);
  if (body === null) return UNIONS.get(name) ?? [];
  const base = body.at(1);
  const own = [...body[2].matchAll(/^ {2}(\w+)(\??): /gm)].map(([, key, optional]) => `${key}${optional}`);
  return [...(base === undefined ? [] : keysOf(base)), ...own].sort();
}

/** Of these our type is a union, and what is optional depends on the member. */
const UNIONS: ReadonlyMap<string, string[]> = new Map([
  ['WebSocketReceiveEvent', ['bytes?', 'text?', 'type']],
  ['WebSocketSendEvent', ['bytes?', 'text?', 'type']],
]);

const WWW = 'asgi client? extensions? headers path raw_path? root_path? scheme? server? state? type';

/** asgiref/typing.py 3.12.1, with a question mark where the documents (www.rst, lifespan.rst) say that a key is optional. */
const ASGIREF: Readonly<Record<string, string>> = {
  ASGIVersions: 'spec_version? version',
  HTTPScope: `${WWW} http_version method query_string`,
  WebSocketScope: `${WWW} http_version? query_string? subprotocols?`,
  LifespanScope: 'asgi state? type',
  HTTPRequestEvent: 'body? more_body? type',
  HTTPResponseDebugEvent: 'info type',
  HTTPResponseStartEvent: 'headers? status trailers? type',
  HTTPResponseBodyEvent: 'body? more_body? type',
  HTTPResponseTrailersEvent: 'headers more_trailers? type',
  HTTPResponsePathsendEvent: 'path type',
  HTTPServerPushEvent: 'headers path type',
  HTTPDisconnectEvent: 'type',
  WebSocketConnectEvent: 'type',
  WebSocketAcceptEvent: 'headers? subprotocol? type',
  WebSocketReceiveEvent: 'bytes? text? type',
  WebSocketSendEvent: 'bytes? text? type',
  WebSocketResponseStartEvent: 'headers? status type',
  WebSocketResponseBodyEvent: 'body? more_body? type',
  WebSocketDisconnectEvent: 'code reason? type',
  WebSocketCloseEvent: 'code? reason? type',
  LifespanStartupEvent: 'type',
  LifespanShutdownEvent: 'type',
  LifespanStartupCompleteEvent: 'type',
  LifespanStartupFailedEvent: 'message? type',
  LifespanShutdownCompleteEvent: 'type',
  LifespanShutdownFailedEvent: 'message? type',
};
/** Its names that are no dictionaries. */
const OTHERS =
  'WWWScope Scope ASGIReceiveEvent ASGISendEvent ASGIReceiveCallable ASGISendCallable ASGI2Protocol ASGI2Application ' +
  'ASGI3Application ASGIApplication';

const exported = new Set([...source.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name));

describe('the names of asgiref 3.12.1', () => {
  test.each(Object.entries(ASGIREF))('%s has its keys, optional where the documents say so', (name, keys) => {
    expect(exported.has(name)).toBe(true);
    expect(keysOf(name)).toEqual(keys.split(' ').sort());
  });

  test('the other names are there too', () => {
    expect(OTHERS.split(' ').filter((name) => !exported.has(name))).toEqual([]);
  });

  test('what we have besides is what the README says', () => {
    const known = new Set([...Object.keys(ASGIREF), ...OTHERS.split(' ')]);
    const more = [...exported].filter((name) => !known.has(name)).sort();
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const list = /^8\. .*?^## /ms.exec(readme)?.[0] ?? '';
    const told = new Set(list.match(/\w+/g));
    // "a receive and a send union for each protocol (`HTTPReceiveEvent` and so on ...)"
    expect(more.filter((name) => !told.has(name))).toEqual([
      'HTTPSendEvent',
      'LifespanReceiveEvent',
      'LifespanSendEvent',
    ]);
  });
});

const PROGRAM = `
import json, typing, asgiref, asgiref.typing as t
keys = {n: sorted(getattr(t, n).__annotations__) for n in dir(t) if hasattr(getattr(t, n), "__total__")}
required = {n: sorted(getattr(t, n).__required_keys__) for n in keys}
union = lambda u: sorted(x.__name__ for x in typing.get_args(u))
print(json.dumps({"names": list(t.__all__), "keys": keys, "required": required, "send": union(t.ASGISendEvent)}))
`;

interface Asgiref {
  readonly names: string[];
  readonly keys: Record<string, string[]>;
  readonly required: Record<string, string[]>;
  readonly send: string[];
}

/** Debian's Python: the one that sees Debian's asgiref. */
const python = spawnSync('/usr/bin/python3', ['-c', PROGRAM], { encoding: 'utf8', timeout: 20_000 });
const found = python.status === 0;
if (!found)
  process.stderr.write('skipped: "an installed asgiref" needs asgiref (apt-get install python3-asgiref)\n');
const inCI = !['', '0', 'false'].includes(process.env['CI'] ?? '');

describe.skipIf(!found && !inCI)('an installed asgiref', () => {
  const asgiref = (): Asgiref => JSON.parse(python.stdout) as Asgiref;

  test('has no name that we have not', () => {
    const { names } = asgiref();
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !exported.has(name))).toEqual([]);
  });

  test('has no key that we have not', () => {
    const missing = Object.entries(asgiref().keys).flatMap(([name, keys]) => {
      const ours = keysOf(name).map((key) => key.replace('?', ''));
      return keys.filter((key) => !ours.includes(key)).map((key) => `${name}.${key}`);
    });
    expect(missing).toEqual([]);
  });

  test('differs as the README says: every key required, http.disconnect sent, no type for early hints', () => {
    const { keys, required, send, names } = asgiref();
    expect(required).toEqual(keys);
    expect(send).toContain('HTTPDisconnectEvent');
    expect(send).not.toContain('HTTPResponseDebugEvent');
    expect(send).not.toContain('HTTPResponsePathsendEvent');
    expect(names.filter((name) => /EarlyHint|ZeroCopy/.test(name))).toEqual([]);
  });
});
