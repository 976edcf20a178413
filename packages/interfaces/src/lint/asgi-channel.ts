import type { ASGIReceiveCallable, ASGISendCallable } from '../asgi.js';
import type { Flow } from './asgi-flow.js';
import { checkReceived, checkSent, readable } from './asgi-messages.js';
import { isThenable, show } from './values.js';
import type { Report } from './violation.js';

/** `receive` and `send` of one call under watch. */
export class WatchedChannel {
  private readonly scope: Readonly<Record<string, unknown>>;
  /** `null`: a scope of an unknown type, of whose events nothing is known. */
  private readonly flow: Flow | null;
  private readonly report: Report;
  private receiving = 0;
  private sending = 0;
  private used = false;
  private over = false;
  /** Whether a send was rejected: the application may stop where it is. */
  private refused = false;

  constructor(scope: object, flow: Flow | null, report: Report) {
    this.scope = scope as Readonly<Record<string, unknown>>;
    this.flow = flow;
    this.report = report;
  }

  receive(inner: ASGIReceiveCallable): ASGIReceiveCallable {
    return async () => {
      this.use('receive()');
      if (this.receiving > 0)
        this.report('P5', 'receive() is called again before it has given an event', undefined);
      this.receiving++;
      try {
        const event = await this.call('receive()', inner);
        if (this.flow !== null && checkReceived(event, this.scope, this.report)) this.flow.received(event);
        return event;
      } finally {
        this.receiving--;
      }
    };
  }

  send(inner: ASGISendCallable): ASGISendCallable {
    return (given) => {
      const sent = this.forward(inner, given);
      // Not awaited, it must not end the process: what it was comes out of the application.
      sent.catch(() => undefined);
      return sent;
    };
  }

  /** Runs up to the inner `send` without a break: events that are not awaited keep their order. */
  private async forward(inner: ASGISendCallable, given: unknown): Promise<void> {
    this.use('send()');
    const event = readable(given);
    const gone = this.flow?.gone() ?? null;
    if (this.flow !== null && checkSent(event, this.scope, this.report)) this.flow.sent(event);
    this.sending++;
    try {
      await this.call('send()', () => inner(event as Parameters<ASGISendCallable>[0]));
    } catch (error) {
      this.refused = true;
      throw error;
    } finally {
      this.sending--;
    }
    if (gone !== null) this.report(gone, 'send() resolved after the client had gone', event);
  }

  private use(what: string): void {
    this.used = true;
    if (this.over) this.report('P8', `${what} is called after the application has returned`, undefined);
  }

  private call<T>(what: string, inner: () => Promise<T>): Promise<T> {
    let result: unknown;
    try {
      result = inner();
    } catch (error) {
      this.report('P2', `${what} threw, expected a promise that rejects`, error);
      throw error;
    }
    if (!isThenable(result))
      this.report('P2', `${what} returned ${show(result)}, expected a promise`, result);
    return result as Promise<T>;
  }

  /** The application has returned without an error. */
  returned(value: unknown): void {
    this.over = true;
    if (value !== undefined) this.report('P4', `the application resolved with ${show(value)}`, value);
    if (this.sending > 0) this.report('P6', `${this.sending} calls of send() are not awaited`, this.sending);
    if (this.flow !== null && !this.refused) this.flow.returned();
    else if (this.flow === null && !this.used)
      this.report('P7', `a scope of type ${show(this.scope['type'])} was not rejected`, this.scope);
  }
}
