import type { WSGIBody } from '../wsgi.js';
import { guarded, isAsyncIterable, isBytes, isIterable, isObject, show } from './values.js';
import type { LintCall } from './violation.js';
import type { WatchedResponse } from './wsgi-response.js';

/** What happened to a body. Does not refer to it: when it is collected, this is what remains. */
interface Life {
  readonly closes: boolean;
  readonly call: LintCall;
  iterated: boolean;
  exhausted: boolean;
  left: boolean;
  closed: boolean;
}

let collected: FinalizationRegistry<Life> | undefined;

/** Bodies that nobody can reach any more. Made when the first body is watched: the module itself has no effects. */
function registry(): FinalizationRegistry<Life> {
  collected ??= new FinalizationRegistry(({ closes, closed, exhausted, left, call }) => {
    const report = call.reportLate;
    if (closes && !closed) report('S2', 'a body was dropped without close()', undefined);
    if (!closes && !exhausted && !left)
      report('S2', 'a body was dropped neither exhausted nor given up', undefined);
  });
  return collected;
}

/** The body under watch. An array stays what it is: servers know the size of one, and its pieces are all there to be seen. */
export function watchBody(body: WSGIBody, response: WatchedResponse, call: LintCall): WSGIBody {
  const { report } = call;
  const wrong = faultOf(body);
  if (wrong !== null) {
    report('A10', `the application returned ${wrong}`, body);
    return body;
  }
  if (Array.isArray(body) && !('close' in body)) {
    for (const piece of body as unknown[]) response.piece(piece);
    response.complete();
    return body as WSGIBody;
  }
  const life: Life = {
    // Asked for only if it is there: the body may be wsgi.input, which has none.
    closes: 'close' in body && typeof body.close === 'function',
    call,
    iterated: false,
    exhausted: false,
    left: false,
    closed: false,
  };
  const watched = guarded(members(body, life, response), (name) =>
    report('S16', `the body is asked for ${name}`, name),
  );
  registry().register(watched, life);
  return watched;
}

/** Why something is no body, or `null`. */
function faultOf(body: unknown): string | null {
  if (isBytes(body)) return 'a Uint8Array; put it in an array';
  if (!isIterable(body) && !isAsyncIterable(body)) return `${show(body)}, expected an iterable of Uint8Array`;
  // Node streams and web streams: a second reader finds nothing.
  const consumed = ['readableEnded', 'destroyed', 'locked'].some(
    (sign) => sign in body && Reflect.get(body, sign) === true,
  );
  return consumed ? 'a stream that was consumed before' : null;
}

/** What of a body a server may use: each member is there if the body has it. */
function members(body: WSGIBody, life: Life, response: WatchedResponse): WSGIBody {
  const watched: Record<PropertyKey, unknown> = { close: undefined };
  if (isAsyncIterable(body)) {
    watched[Symbol.asyncIterator] = () =>
      asyncSteps(begin(body[Symbol.asyncIterator](), life), life, response);
  }
  if (isIterable(body)) {
    watched[Symbol.iterator] = () => syncSteps(begin(body[Symbol.iterator](), life), life, response);
  }
  if (life.closes) {
    watched['close'] = () => {
      if (life.closed) life.call.report('S2', 'close() is called again', undefined);
      life.closed = true;
      return body.close?.();
    };
  }
  return watched as unknown as WSGIBody;
}

function begin<T>(iterator: T, life: Life): T {
  if (life.iterated) life.call.report('J6', 'the body is iterated again', undefined);
  life.iterated = true;
  return iterator;
}

function beforeStep(life: Life): void {
  if (life.closed) life.call.report('S2', 'the body is read after close()', undefined);
}

function afterStep(step: IteratorResult<unknown>, life: Life, response: WatchedResponse): void {
  if (!isObject(step)) life.call.report('A10', `a step of the body is ${show(step)}`, step);
  else if (step.done !== true) response.piece(step.value);
  else if (!life.exhausted) {
    life.exhausted = true;
    response.complete();
  }
  response.passed();
}

function syncSteps<T>(inner: Iterator<T>, life: Life, response: WatchedResponse): Iterator<T> {
  const steps: Iterator<T> = {
    next() {
      beforeStep(life);
      const step = failing(life, () => inner.next());
      afterStep(step, life, response);
      return step;
    },
  };
  if (typeof inner.return === 'function') {
    steps.return = (value?: T) => {
      life.left = true;
      return inner.return?.(value) as IteratorResult<T>;
    };
  } else life.left = true;
  return steps;
}

function asyncSteps<T>(inner: AsyncIterator<T>, life: Life, response: WatchedResponse): AsyncIterator<T> {
  const steps: AsyncIterator<T> = {
    async next() {
      beforeStep(life);
      const step = await failing(life, () => inner.next());
      afterStep(step, life, response);
      return step;
    },
  };
  if (typeof inner.return === 'function') {
    steps.return = (value?: T) => {
      life.left = true;
      return inner.return?.(value) as Promise<IteratorResult<T>>;
    };
  } else life.left = true;
  return steps;
}

/** An iterator that fails is at its end. */
function failing<T>(life: Life, step: () => T): T {
  const failed = (error: unknown): never => {
    life.exhausted = true;
    throw error;
  };
  try {
    const result = step();
    return result instanceof Promise ? (result.catch(failed) as T) : result;
  } catch (error) {
    return failed(error);
  }
}
