/** The signals that mean something. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGTTIN' | 'SIGTTOU' | 'SIGUSR1';

/** What {@link onSignals} needs from its process, so that a test can stand in for it. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
}

/** What happens on a signal. */
export interface SignalActions {
  /** The first TERM or INT, or HUP where nothing can be reloaded: stop accepting, let requests finish. */
  readonly stop: (signal: Signal) => void;
  /** A second INT: give up what is still running. */
  readonly cut: () => void;
  /** USR1: the log files have been moved away. */
  readonly reopen: () => void;
  /** HUP: load the application again. */
  readonly reload?: () => void;
  /** TTIN: one worker more. */
  readonly more?: () => void;
  /** TTOU: one worker fewer. */
  readonly fewer?: () => void;
}

/**
 * Milliseconds in which another INT is taken for the same key stroke: a terminal sends Ctrl-C to npx and to its child,
 * and npx passes its own on.
 */
const SAME_KEY_STROKE = 400;

/** TERM and INT stop gracefully, once; INT after that cuts. While it is stopping, nothing else has an effect. */
export function onSignals(source: SignalSource, actions: SignalActions, now: () => number = Date.now): void {
  let firstInt: number | null = null;
  let stopping = false;
  const begin = (signal: Signal): void => {
    if (!stopping) actions.stop(signal);
    stopping = true;
  };
  source.on('SIGTERM', () => begin('SIGTERM'));
  source.on('SIGINT', () => {
    if (firstInt !== null && now() - firstInt > SAME_KEY_STROKE) actions.cut();
    firstInt ??= now();
    begin('SIGINT');
  });
  const { reload = () => begin('SIGHUP'), more, fewer } = actions;
  const others = { SIGHUP: reload, SIGTTIN: more, SIGTTOU: fewer } as const;
  for (const signal of ['SIGHUP', 'SIGTTIN', 'SIGTTOU'] as const) {
    const act = others[signal];
    if (act === undefined) continue;
    source.on(signal, () => {
      if (!stopping) act();
    });
  }
  source.on('SIGUSR1', actions.reopen);
}
