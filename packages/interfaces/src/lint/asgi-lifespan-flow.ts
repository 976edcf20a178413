import type { Flow } from './asgi-flow.js';
import type { Event } from './asgi-messages.js';
import type { Report } from './violation.js';

/** How far the lifespan of an application is. `none`: the server has none, or the application knows none. */
export type LifespanPhase = 'none' | 'starting' | 'running' | 'failed';

/** What all calls of one application share. */
export interface Shared {
  phase: LifespanPhase;
  /** The state objects of earlier scopes. */
  readonly states: WeakSet<object>;
}

/** The lifespan (lifespan.rst). */
export class LifespanFlow implements Flow {
  private readonly shared: Shared;
  private readonly report: Report;
  /** Events that were given, and answered. */
  private readonly seen: Record<'startup' | 'shutdown', 'no' | 'given' | 'answered'> = {
    startup: 'no',
    shutdown: 'no',
  };

  constructor(shared: Shared, report: Report) {
    this.shared = shared;
    this.report = report;
  }

  sent(event: Event): void {
    const [, which, outcome] = event.type.split('.') as [string, 'startup' | 'shutdown', string];
    if (this.seen[which] !== 'given')
      this.report(
        which === 'startup' ? 'L1' : 'L2',
        `${event.type} is sent ${WHEN[this.seen[which]]}`,
        event,
      );
    this.seen[which] = 'answered';
    this.shared.phase = outcome === 'failed' && which === 'startup' ? 'failed' : 'running';
  }

  received(event: Event): void {
    const which = event.type === 'lifespan.startup' ? 'startup' : 'shutdown';
    const early = which === 'shutdown' && this.seen.startup !== 'answered';
    if (this.seen[which] !== 'no' || early) {
      this.report('L4', `${event.type} comes ${early ? 'too early' : 'again'}`, event);
      return;
    }
    this.seen[which] = 'given';
    this.shared.phase = which === 'startup' ? 'starting' : 'running';
  }

  returned(): void {
    const open = (['startup', 'shutdown'] as const).find((which) => this.seen[which] === 'given');
    if (open !== undefined)
      this.report('L3', `the application returned, lifespan.${open} is not answered`, undefined);
  }

  /** Whoever fails before an answer knows no lifespan: the server goes on without. */
  over(): void {
    if (this.shared.phase === 'starting') this.shared.phase = 'none';
  }

  gone(): null {
    return null;
  }
}

const WHEN = { no: 'before the event that it answers', given: '', answered: 'again' };
