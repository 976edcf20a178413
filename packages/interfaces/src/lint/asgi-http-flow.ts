import { sendRejects } from './asgi-flow.js';
import type { Flow } from './asgi-flow.js';
import { hasExtension, headerValues } from './asgi-messages.js';
import type { Event } from './asgi-messages.js';
import type { ASGIRuleId } from './rules-asgi.js';
import { isBodyless, isBytes, show } from './values.js';
import type { Report } from './violation.js';

/** One HTTP request: www.rst, "HTTP", and the order that extensions.rst adds. */
export class HTTPFlow implements Flow {
  private readonly scope: Readonly<Record<string, unknown>>;
  private readonly report: Report;
  private response: 'none' | 'started' | 'trailers' | 'done' = 'none';
  private request: 'open' | 'complete' | 'gone' = 'open';
  private debugged = false;
  private trailers = false;
  /** Whether a piece of the body was sent: the file of a pathsend cannot follow. */
  private pieces = false;
  private bodyless = false;
  private bytes = 0;
  /** What content-length promises; `null` when it says nothing, or when the size of a file is not known here. */
  private length: number | null = null;

  constructor(scope: Readonly<Record<string, unknown>>, report: Report) {
    this.scope = scope;
    this.report = report;
  }

  sent(event: Event): void {
    const { type } = event;
    const before = type === 'http.response.early_hint' || type === 'http.response.debug';
    if (this.response === 'done') this.report('H3', `${type} is sent after the response is complete`, event);
    else if (this.response === 'trailers') this.trailer(event);
    else if (before) this.beforeStart(event);
    else if (type === 'http.response.start') this.start(event);
    else if (this.response === 'none') this.report('H1', `${type} is sent before http.response.start`, event);
    else if (type === 'http.response.trailers')
      this.report('H4', 'trailers are sent before the end of the body', event);
    else if (type !== 'http.response.push') this.piece(event);
  }

  private beforeStart(event: Event): void {
    const again = event.type === 'http.response.debug' && this.debugged;
    if (this.response !== 'none' || again)
      this.report('H6', `${event.type} is sent too late, or again`, event);
    this.debugged ||= event.type === 'http.response.debug';
  }

  private start(event: Event): void {
    if (this.response !== 'none') {
      this.report('H2', 'http.response.start is sent again', event);
      return;
    }
    this.response = 'started';
    this.trailers = event['trailers'] === true;
    if (this.trailers && !hasExtension(this.scope, 'http.response.trailers'))
      this.report('X1', 'trailers are announced without the extension http.response.trailers', event);
    this.bodyless = isBodyless(this.scope['method'], Number(event['status']));
    const lengths = headerValues(event, 'content-length');
    if (lengths.length > 1 || lengths.some((value) => !/^[0-9]{1,15}$/.test(value)))
      this.report('H8', `content-length is ${lengths.map(show).join(' and ')}`, event);
    else this.length = lengths.length === 0 ? null : Number(lengths[0]);
  }

  private piece(event: Event): void {
    const file = event.type === 'http.response.pathsend';
    if (file && this.pieces)
      this.report('H5', 'http.response.pathsend is sent after a piece of the body', event);
    this.pieces = true;
    if (event.type === 'http.response.body') this.count(event);
    else this.length = null;
    if (file || event['more_body'] !== true) this.endBody(event);
  }

  private count(event: Event): void {
    const { body } = event;
    if (!isBytes(body) || body.length === 0) return;
    const before = this.bytes;
    this.bytes += body.length;
    if (this.bodyless) {
      if (before === 0) this.report('H9', 'there is a body where there can be none', event);
    } else if (this.length !== null && before <= this.length && this.bytes > this.length)
      this.report('H8', `the body passes content-length, which is ${this.length}`, event);
  }

  private endBody(event: Event): void {
    this.response = this.trailers ? 'trailers' : 'done';
    if (this.length !== null && this.bytes < this.length && !this.bodyless)
      this.report('H8', `the body has ${this.bytes} bytes, content-length is ${this.length}`, event);
  }

  private trailer(event: Event): void {
    if (event.type !== 'http.response.trailers')
      this.report('H4', `${event.type} is sent where trailers were announced`, event);
    else if (event['more_trailers'] !== true) this.response = 'done';
  }

  received(event: Event): void {
    const { type } = event;
    if (type === 'http.request') {
      if (this.request !== 'open') this.report('H10', 'http.request comes after the last', event);
      else if (event['more_body'] !== true) this.request = 'complete';
    } else this.request = 'gone';
  }

  returned(): void {
    if (this.request === 'gone' || this.response === 'done') return;
    if (this.response === 'trailers')
      this.report('H4', 'the trailers that were announced are missing', undefined);
    else this.report('H7', `the application returned, the response is ${STATES[this.response]}`, undefined);
  }

  over(): void {
    // Nothing lasts.
  }

  gone(): ASGIRuleId | null {
    return this.request === 'gone' && this.response !== 'done' && sendRejects(this.scope) ? 'H11' : null;
  }
}

const STATES = { none: 'not started', started: 'not complete' };
