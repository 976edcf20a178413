/** What {@link stopOnSignals} needs from its process, so that a test can stand in for it. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** What happens on a signal. */
export interface StopActions {
  /** The first TERM or INT: stop accepting, let requests finish. */
  readonly stop: (signal: 'SIGTERM' | 'SIGINT') => void;
  /** A second INT: give up what is still running. */
  readonly cut: () => void;
}

/**
 * Milliseconds in which another INT is taken for the same key stroke: a terminal sends Ctrl-C to npx and to its child,
 * and npx passes its own on.
 */
const SAME_KEY_STROKE = 400;

/** TERM and INT stop gracefully, once; INT after that cuts. Further TERMs change nothing: stopping is under way. */
export function stopOnSignals(
  source: SignalSource,
  actions: StopActions,
  now: () => number = Date.now,
): void {
  let firstInt: number | null = null;
  let stopping = false;
  const begin = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (!stopping) actions.stop(signal);
    stopping = true;
  };
  source.on('SIGTERM', () => begin('SIGTERM'));
  source.on('SIGINT', () => {
    if (firstInt !== null && now() - firstInt > SAME_KEY_STROKE) actions.cut();
    firstInt ??= now();
    begin('SIGINT');
  });
}
