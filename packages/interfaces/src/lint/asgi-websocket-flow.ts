import { sendRejects } from './asgi-flow.js';
import type { Flow } from './asgi-flow.js';
import type { Event } from './asgi-messages.js';
import type { ASGIRuleId } from './rules-asgi.js';
import type { Report } from './violation.js';

/** One WebSocket: www.rst, "WebSocket", and the denial response of extensions.rst. */
export class WebSocketFlow implements Flow {
  private readonly scope: Readonly<Record<string, unknown>>;
  private readonly report: Report;
  private state: 'connecting' | 'open' | 'denying' | 'denied' | 'closed' = 'connecting';
  private connected = false;
  private disconnected = false;

  constructor(scope: Readonly<Record<string, unknown>>, report: Report) {
    this.scope = scope;
    this.report = report;
  }

  sent(event: Event): void {
    const { type } = event;
    if (this.state === 'connecting') this.answer(event);
    else if (this.state === 'denying' || this.state === 'denied') this.deny(event);
    else if (this.state === 'closed') this.report('W3', `${type} is sent after websocket.close`, event);
    else if (type === 'websocket.accept') this.report('W2', 'websocket.accept is sent again', event);
    else if (type === 'websocket.close') this.state = 'closed';
    else if (type !== 'websocket.send') this.report('W4', `${type} is sent after websocket.accept`, event);
  }

  private answer(event: Event): void {
    if (event.type === 'websocket.accept') this.state = 'open';
    else if (event.type === 'websocket.close') this.state = 'closed';
    else if (event.type === 'websocket.http.response.start') this.state = 'denying';
    else this.report('W1', `${event.type} is the first event`, event);
  }

  private deny(event: Event): void {
    if (this.state === 'denied' || event.type !== 'websocket.http.response.body')
      this.report('W4', `${event.type} is sent in or after a denial response`, event);
    else if (event['more_body'] !== true) this.state = 'denied';
  }

  received(event: Event): void {
    const { type } = event;
    if (this.disconnected) {
      if (type !== 'websocket.disconnect')
        this.report('W7', `${type} comes after websocket.disconnect`, event);
      return;
    }
    if (this.connected === (type === 'websocket.connect'))
      this.report('W6', `${type} comes ${this.connected ? 'again' : 'first'}`, event);
    else if (type === 'websocket.receive' && this.state !== 'open' && this.state !== 'closed')
      this.report('W7', `${type} comes before websocket.accept`, event);
    this.connected = true;
    this.disconnected = type === 'websocket.disconnect';
  }

  returned(): void {
    if (!this.disconnected && (this.state === 'connecting' || this.state === 'denying'))
      this.report('W5', 'the application returned without an answer to the handshake', undefined);
  }

  over(): void {
    // Nothing lasts.
  }

  gone(): ASGIRuleId | null {
    return this.disconnected && this.state !== 'closed' && this.state !== 'denied' && sendRejects(this.scope)
      ? 'W8'
      : null;
  }
}
