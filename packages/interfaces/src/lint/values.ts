// What the checks of both interfaces ask of single values.
import type { MarkedApplication } from '../interface.js';

/** RFC 9110 §5.6.2. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110 §7.6.1, and Proxy-* as RFC 2616 §13.5.1 had it: theirs to set who hold the connection. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether every character is one byte. */
export function isLatin1(text: string): boolean {
  return /^[\x00-\xff]*$/.test(text);
}

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

export function isObject(value: unknown): value is Record<string | symbol, unknown> {
  return typeof value === 'object' && value !== null;
}

/** An object that spreading copies whole, and whose properties can be set: no class, nothing hidden, no mere getter. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has another Object.prototype; that one has no prototype either.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  // What is made when it is first looked at has an accessor; with a setter nobody can tell it from data.
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    (own) => own.enumerable === true && (own.get === undefined || own.set !== undefined),
  );
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value['then'] === 'function';
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && typeof value[Symbol.iterator] === 'function';
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && typeof value[Symbol.asyncIterator] === 'function';
}

/** A few words for a message; at most 32 characters of somebody's text. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 32 ? `${value.slice(0, 32)}...` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (!isObject(value)) return String(value);
  const name: unknown = (value['constructor'] as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `a ${name}` : 'an object';
}

/** Whether a response has no body whatever is sent (RFC 9110 §6.4.1). */
export function isBodyless(method: unknown, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** `target`, telling of every name that is looked for and is not there. */
export function guarded<T extends object>(target: T, onOther: (name: string) => void): T {
  return new Proxy(target, {
    get(object, name) {
      // A promise that resolves with an object asks for `then`, JSON.stringify() for `toJSON`.
      if (typeof name === 'string' && !(name in object) && name !== 'then' && name !== 'toJSON')
        onOther(name);
      return Reflect.get(object, name) as unknown;
    },
  });
}

/** The key under which a function tells a server what it is: `INTERFACE` of the main entry. */
const INTERFACE = Symbol.for('gatewire.interface');

/** `app`, saying what it is. */
export function marked<T extends object, K extends 'wsgi' | 'asgi'>(
  app: T,
  kind: K,
): MarkedApplication<T, K> {
  return Object.assign(app, { [INTERFACE]: kind }) as unknown as MarkedApplication<T, K>;
}
