import type { Event } from './asgi-messages.js';
import type { ASGIRuleId } from './rules-asgi.js';

/** The order of events in one call of an application. */
export interface Flow {
  /** The application sends an event. */
  sent(event: Event): void;
  /** The server gives an event. */
  received(event: Event): void;
  /** The application has returned without an error. */
  returned(): void;
  /** The call is over, well or not. */
  over(): void;
  /** The rule by which `send` must reject now, because the client has gone; `null` when it need not. */
  gone(): ASGIRuleId | null;
}

/** Whether the scope has a specification of at least 2.4: `send` rejects when the client has gone. */
export function sendRejects(scope: Readonly<Record<string, unknown>>): boolean {
  const { spec_version: version = '2.0' } = (scope['asgi'] ?? {}) as Readonly<Record<string, unknown>>;
  const [major, minor] = String(version).split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 4);
}
