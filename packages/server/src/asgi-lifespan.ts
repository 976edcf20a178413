import type {
  ASGI3Application,
  ASGIReceiveEvent,
  ASGISendEvent,
  LifespanSendEvent,
} from '@gatewire/interfaces';
import { refused } from './asgi-order.js';
import { describeError } from './runner.js';
import type { RunnerContext } from './runner.js';
import { kindOf } from './wsgi-response.js';

/** `auto`: an application that fails before it answers has no lifespan. `on`: then it must not run. `off`: not asked. */
export type LifespanMode = 'auto' | 'on' | 'off';

/** How long an application may take to start, and to stop, in milliseconds. */
const ANSWER_MS = 60_000;

type Phase = 'startup' | 'shutdown';

/** The lifespan protocol of ASGI (lifespan.rst): tells an application that the server starts and stops. */
export class Lifespan {
  /** What the application stored for its requests; null when it has no lifespan. */
  state: Record<string, unknown> | null = null;
  private readonly app: ASGI3Application;
  private readonly mode: LifespanMode;
  private readonly context: Pick<RunnerContext, 'log'>;
  private running = false;
  /** Whether the application's call is over. */
  private returned = false;
  private phase: Phase = 'startup';
  private asked = 0;
  private answer: (error: Error | null) => void = () => undefined;
  private beginShutdown: () => void = () => undefined;
  private readonly shutdown: Promise<void>;

  constructor(app: ASGI3Application, mode: LifespanMode, context: Pick<RunnerContext, 'log'>) {
    this.app = app;
    this.mode = mode;
    this.context = context;
    this.shutdown = new Promise((resolve) => {
      this.beginShutdown = resolve;
    });
  }

  /** Rejects when the application says that it cannot start, or does not answer. */
  async start(): Promise<void> {
    if (this.mode === 'off') return;
    const state: Record<string, unknown> = {};
    const answered = this.answered();
    void this.call(state);
    const error = await answered;
    if (error === null) {
      this.running = true;
      this.state = state;
    } else if (this.mode === 'on' || error instanceof LifespanFailed) {
      const why = error.message === '' ? '' : `: ${error.message}`;
      throw new Error(`the application failed to start${why}`, { cause: error });
    } else {
      const message = `the application has no lifespan: ${error.message}`;
      this.context.log({ level: 'debug', event: 'lifespan_unsupported', message });
    }
  }

  /** Lets the application clean up. Never rejects. */
  async stop(): Promise<void> {
    if (!this.running || this.returned) return;
    this.running = false;
    this.phase = 'shutdown';
    const answered = this.answered();
    this.beginShutdown();
    const error = await answered;
    if (error !== null) this.report(`the application's shutdown failed: ${error.message}`, error);
  }

  /** Resolves with null or the failure when the application has answered this phase, or `ANSWER_MS` have passed. */
  private answered(): Promise<Error | null> {
    return new Promise((resolve) => {
      const late = (): void =>
        resolve(new LifespanFailed(`no answer to lifespan.${this.phase} within ${ANSWER_MS / 1000} s`));
      const timer = setTimeout(late, ANSWER_MS);
      this.answer = (error) => {
        clearTimeout(timer);
        resolve(error);
      };
    });
  }

  private async call(state: Record<string, unknown>): Promise<void> {
    const scope = { type: 'lifespan', asgi: { version: '3.0', spec_version: '2.0' }, state } as const;
    try {
      await this.app(scope, this.receive, this.send);
      this.returned = true;
      this.answer(new Error(`it returned without an answer to lifespan.${this.phase}`));
    } catch (error) {
      this.returned = true;
      if (this.running) this.report(`the application's lifespan failed: ${describeError(error)}`, error);
      this.answer(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private readonly receive = async (): Promise<ASGIReceiveEvent> => {
    this.asked++;
    if (this.asked === 1) return { type: 'lifespan.startup' };
    await this.shutdown;
    if (this.asked === 2) return { type: 'lifespan.shutdown' };
    // There is nothing more to receive, ever.
    return new Promise(() => undefined);
  };

  private readonly send = (event: ASGISendEvent): Promise<void> => {
    const { type, message } = event as LifespanSendEvent & { message?: string | undefined };
    const phase = `lifespan.${this.phase}`;
    if (type === `${phase}.complete`) this.answer(null);
    else if (type === `${phase}.failed`) this.answer(new LifespanFailed(message ?? ''));
    else {
      const name = typeof type === 'string' ? type : kindOf(event);
      return refused(
        new TypeError(`${name} is not allowed now: expected ${phase}.complete or ${phase}.failed`),
      );
    }
    return Promise.resolve();
  };

  private report(message: string, error: unknown): void {
    this.context.log({ level: 'error', event: 'lifespan_failed', message, error });
  }
}

/** The application says that it failed, in its own words. */
class LifespanFailed extends Error {
  override readonly name = 'LifespanFailed';
}
