import type { WSGIEnvironment } from '@gatewire/interfaces';
import { variablesOf } from '../src/demo-app/variables.js';
import type { Answer, DemoExchange } from './exchange.js';

/** A variable that was not the same in two environs; null where it was missing. */
export interface Difference {
  readonly name: string;
  readonly first: string | null;
  readonly second: string | null;
}

/**
 * What may differ, because the web server sets it: the ports of the two connections, and what nginx's `fastcgi_params`
 * has and its `uwsgi_params` has not.
 */
const SET_BY_WEB_SERVER: ReadonlySet<string> = new Set([
  'REMOTE_PORT',
  'SERVER_PORT',
  'DOCUMENT_URI',
  'GATEWAY_INTERFACE',
  'REDIRECT_STATUS',
  'REMOTE_USER',
  'SERVER_ADDR',
  'SERVER_SOFTWARE',
]);

/** Headers that tell of the moment and of the size of the variables. */
const MAY_DIFFER: ReadonlySet<string> = new Set(['date', 'content-length']);

/** The variables that two environs have not in common, by name; what is no text is compared by what it is. */
export function differencesOf(first: WSGIEnvironment, second: WSGIEnvironment): Difference[] {
  const [one, other] = [first, second].map(
    (environ) => new Map(variablesOf(environ).map(({ name, value }) => [name, value])),
  );
  const names = [...new Set([...one.keys(), ...other.keys()])].sort();
  return names
    .map((name) => ({ name, first: one.get(name) ?? null, second: other.get(name) ?? null }))
    .filter((difference) => difference.first !== difference.second);
}

/** Whether it is the web server that made them differ, as it should. */
export function isWebServers({ name }: Difference): boolean {
  return SET_BY_WEB_SERVER.has(name);
}

/** What two exchanges of one request should have in common and have not; empty when the application was told the same. */
export function problemsBetween(first: DemoExchange, second: DemoExchange): string[] {
  const differences = differencesOf(first.environ, second.environ);
  const problems = differences
    .filter((one) => !isWebServers(one))
    .map(
      (one) =>
        `${one.name} is ${one.first ?? 'missing'} over ${first.gateway}_pass, ${one.second ?? 'missing'} over ${second.gateway}_pass`,
    );
  const names = differences.map(({ name }) => name);
  const [one, other] = [first, second].map(({ answer }) => essenceOf(answer, names));
  return one === other ? problems : [...problems, 'the answers differ in more than these variables'];
}

/** An answer without what may differ: the application shows every variable, and so the differing ones. */
function essenceOf({ status, reason, headers, body }: Answer, names: readonly string[]): string {
  const kept = headers.filter(([name]) => !MAY_DIFFER.has(name.toLowerCase()));
  const lines = body.split('\n').filter((line) => !names.some((name) => line.startsWith(`${name} = `)));
  return JSON.stringify([status, reason, kept, lines]);
}
