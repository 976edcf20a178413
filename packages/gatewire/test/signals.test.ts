import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { stopOnSignals } from '../src/signals.js';

type Signal = 'SIGTERM' | 'SIGINT';

/** What happens for signals at the given milliseconds. */
function after(...signals: readonly (readonly [at: number, signal: Signal])[]): string[] {
  const source = new EventEmitter();
  const happened: string[] = [];
  let now = 0;
  const actions = {
    stop: (signal: Signal): void => void happened.push(`stop ${signal}`),
    cut: (): void => void happened.push('cut'),
  };
  stopOnSignals(source, actions, () => now);
  for (const [at, signal] of signals) {
    now = at;
    source.emit(signal);
  }
  return happened;
}

test.each([
  ['TERM', [[0, 'SIGTERM']], ['stop SIGTERM']],
  ['INT', [[0, 'SIGINT']], ['stop SIGINT']],
  ['TERM twice', [[0, 'SIGTERM'], [1000, 'SIGTERM']], ['stop SIGTERM']], // prettier-ignore
  ['INT, a second later INT', [[0, 'SIGINT'], [1000, 'SIGINT']], ['stop SIGINT', 'cut']], // prettier-ignore
  ['one Ctrl-C that arrives twice', [[0, 'SIGINT'], [3, 'SIGINT']], ['stop SIGINT']], // prettier-ignore
  ['that, then another', [[0, 'SIGINT'], [3, 'SIGINT'], [900, 'SIGINT']], ['stop SIGINT', 'cut']], // prettier-ignore
  ['TERM, then INT once', [[0, 'SIGTERM'], [1000, 'SIGINT']], ['stop SIGTERM']], // prettier-ignore
  ['TERM, then INT twice', [[0, 'SIGTERM'], [1000, 'SIGINT'], [2000, 'SIGINT']], ['stop SIGTERM', 'cut']], // prettier-ignore
] as const)('%s', (_, signals, happened) => {
  expect(after(...signals)).toEqual(happened);
});
