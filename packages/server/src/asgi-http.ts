// The HTTP protocol of ASGI for one request (www.rst, "HTTP"): what receive gives, and which event may be sent when.
import type {
  ASGIReceiveEvent,
  ASGISendEvent,
  HTTPResponseBodyEvent,
  HTTPResponseEarlyHintEvent,
  HTTPResponsePathsendEvent,
  HTTPResponseStartEvent,
  HTTPResponseTrailersEvent,
  HTTPSendEvent,
} from '@gatewire/interfaces';
import { Order, refused } from './asgi-order.js';
import { ClientGone } from './client.js';
import { CheckedResponse } from './checked-response.js';
import type { Exchange } from './exchange.js';
import { checkFields, checkStart } from './response-rules.js';
import type { ResponseHead } from './response-rules.js';
import { requestName } from './runner.js';
import type { RunnerContext } from './runner.js';
import { sendFile } from './send-file.js';
import { kindOf } from './wsgi-response.js';

/** Where a response stands: nothing sent, head stored, body begun, body complete and trailers due, all sent. */
type State = 'request' | 'started' | 'body' | 'trailers' | 'done';

/** Which events may come next. What is not here is refused; after `done` everything is ignored (www.rst). */
const LEGAL: Readonly<Record<State, ReadonlySet<string>>> = {
  request: new Set(['http.response.early_hint', 'http.response.start']),
  started: new Set(['http.response.body', 'http.response.pathsend']),
  body: new Set(['http.response.body']),
  trailers: new Set(['http.response.trailers']),
  done: new Set(),
};

type Step = () => Promise<void> | undefined;

const EMPTY = new Uint8Array(0);
const NOTHING: Step = () => undefined;

/** One HTTP request in conversation with an application. */
export class HTTPConversation {
  /** Resolves when the response is complete or the client has gone. */
  readonly over: Promise<void>;
  /** Whether all of the response was handed over. */
  complete = false;
  private readonly exchange: Exchange;
  private readonly context: Pick<RunnerContext, 'log'>;
  private readonly response: CheckedResponse;
  private readonly order = new Order();
  private received: Promise<unknown> = Promise.resolve();
  private requestEnded = false;
  private state: State = 'request';
  private pending: ResponseHead | null = null;
  private trailersDue = false;
  private failure: Error | null = null;
  private fields: [string, string][] = [];
  private finish: () => void = () => undefined;

  constructor(exchange: Exchange, context: Pick<RunnerContext, 'log'>) {
    this.exchange = exchange;
    this.context = context;
    this.response = new CheckedResponse(exchange.environ['REQUEST_METHOD'], exchange.response);
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
    if (exchange.client.gone !== null) this.finish();
    else exchange.client.onLeave(this.finish);
  }

  /** Whether the head is on its way and can no longer be replaced. */
  get committed(): boolean {
    return this.response.committed;
  }

  /** Waits for what was sent and not awaited. @throws Why the response is not complete. */
  async settle(): Promise<void> {
    await this.order.idle();
    if (this.complete) return;
    const missing = this.state === 'request' ? 'starting a response' : 'completing the response';
    throw this.failure ?? new TypeError(`the application returned without ${missing}`);
  }

  readonly receive = (): Promise<ASGIReceiveEvent> => {
    const event = this.received.then(() => this.nextEvent());
    this.received = event.catch(() => undefined);
    return event;
  };

  readonly send = (event: ASGISendEvent): Promise<void> => {
    const { client } = this.exchange;
    try {
      const step = this.accept(event as HTTPSendEvent);
      if (client.gone !== null) throw client.gone;
      const sent = this.order.run(step);
      sent.catch((error: unknown) => {
        this.failure = error as Error;
      });
      return sent;
    } catch (error) {
      return refused(error);
    }
  };

  private async nextEvent(): Promise<ASGIReceiveEvent> {
    const { body, client } = this.exchange;
    if (!this.requestEnded && this.state !== 'done' && client.gone === null) {
      try {
        const chunk = await body.read();
        this.requestEnded = chunk === null || body.drained;
        return { type: 'http.request', body: chunk ?? EMPTY, more_body: !this.requestEnded };
      } catch (error) {
        if (!(error instanceof ClientGone)) throw error;
      }
    }
    await this.over;
    return { type: 'http.disconnect' };
  }

  /** Checks an event, moves the state and gives what is to be done. @throws TypeError, RangeError. */
  private accept(event: HTTPSendEvent): Step {
    const { type } = event as { type?: unknown };
    if (typeof type !== 'string') throw new TypeError(`an event is a ${kindOf(event)} without a type`);
    if (this.state === 'done') return this.ignore(type);
    if (!LEGAL[this.state].has(type)) throw new TypeError(this.whyNot(type));
    switch (event.type) {
      case 'http.response.early_hint':
        return this.hint(event);
      case 'http.response.start':
        return this.start(event);
      case 'http.response.body':
        return this.body(event);
      case 'http.response.pathsend':
        return this.path(event);
      case 'http.response.trailers':
        return this.trailers(event);
      default:
        throw new TypeError(this.whyNot(type));
    }
  }

  private ignore(type: string): Step {
    const message = `${requestName(this.exchange)}: ${type} after the response is complete is ignored`;
    this.context.log({ level: 'debug', event: 'late_event', message });
    return NOTHING;
  }

  private hint({ links }: HTTPResponseEarlyHintEvent): Step {
    const { earlyHints } = this.exchange.response;
    if (earlyHints === null) throw new TypeError(notOffered('http.response.early_hint'));
    const values = checkFields([...links].map((link) => [LINK, link])).map(([, value]) => value);
    return () => {
      earlyHints(values);
      return undefined;
    };
  }

  private start({ status, headers, trailers }: HTTPResponseStartEvent): Step {
    const head = checkStart(status, headers);
    if (trailers === true) {
      if (this.exchange.response.trailers === null) throw new TypeError(notOffered('http.response.trailers'));
      if (head.contentLength !== null) throw new TypeError('trailers need a body without Content-Length');
    }
    this.trailersDue = trailers === true;
    this.pending = head;
    this.state = 'started';
    return NOTHING;
  }

  private body({ body = EMPTY, more_body: more = false }: HTTPResponseBodyEvent): Step {
    if (!(body instanceof Uint8Array))
      throw new TypeError(`body is a ${kindOf(body)}, expected a Uint8Array`);
    if (typeof more !== 'boolean') throw new TypeError(`more_body is a ${kindOf(more)}, expected a boolean`);
    this.state = more ? 'body' : this.ended();
    const { state } = this;
    return () => {
      this.commit();
      if (state === 'done') {
        this.end(body);
        return undefined;
      }
      const sent = this.response.write(body);
      if (!this.response.overrun) return sent;
      this.state = 'done';
      this.end(EMPTY);
      return undefined;
    };
  }

  private path({ path }: HTTPResponsePathsendEvent): Step {
    if (typeof path !== 'string') throw new TypeError(`path is a ${kindOf(path)}, expected a string`);
    this.state = this.ended();
    const { state } = this;
    return async () => {
      await sendFile(path, (data) => {
        this.commit();
        return this.response.write(data);
      });
      this.commit();
      if (state === 'done') this.end(EMPTY);
    };
  }

  private trailers({ headers, more_trailers: more = false }: HTTPResponseTrailersEvent): Step {
    for (const [name, value] of checkFields(headers)) this.fields.push([name, value]);
    if (more) return NOTHING;
    this.state = 'done';
    return () => {
      this.exchange.response.trailers?.(this.fields);
      this.end(EMPTY);
      return undefined;
    };
  }

  private ended(): State {
    return this.trailersDue ? 'trailers' : 'done';
  }

  private commit(): void {
    if (this.pending === null) return;
    this.response.commit(this.pending);
    this.pending = null;
  }

  private end(last: Uint8Array): void {
    this.response.end(last.length === 0 ? undefined : last);
    this.complete = true;
    this.finish();
    if (this.response.overrun) throw new RangeError('the body is longer than Content-Length');
  }

  private whyNot(type: string): string {
    const expected = [...LEGAL[this.state]].join(' or ');
    return `${type} is not allowed now: expected ${expected}`;
  }
}

const LINK = new TextEncoder().encode('link');

function notOffered(extension: string): string {
  return `${extension} is not possible on this connection: scope.extensions does not offer it`;
}
