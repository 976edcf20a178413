import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { onSignals } from '../src/signals.js';
import type { Signal } from '../src/signals.js';

/** What happens for signals at the given milliseconds. */
function after(signals: readonly (readonly [at: number, signal: Signal])[], workers = true): string[] {
  const source = new EventEmitter();
  const happened: string[] = [];
  let now = 0;
  const actions = {
    stop: (signal: Signal): void => void happened.push(`stop ${signal}`),
    cut: (): void => void happened.push('cut'),
    reopen: (): void => void happened.push('reopen'),
  };
  const more = {
    reload: (): void => void happened.push('reload'),
    more: (): void => void happened.push('more'),
    fewer: (): void => void happened.push('fewer'),
  };
  onSignals(source, workers ? { ...actions, ...more } : actions, () => now);
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
  ['HUP, TTIN, TTOU, USR1', [[0, 'SIGHUP'], [1, 'SIGTTIN'], [2, 'SIGTTOU'], [3, 'SIGUSR1']], ['reload', 'more', 'fewer', 'reopen']], // prettier-ignore
  ['TERM, then HUP and TTIN', [[0, 'SIGTERM'], [1, 'SIGHUP'], [2, 'SIGTTIN']], ['stop SIGTERM']], // prettier-ignore
] as const)('%s', (_, signals, happened) => {
  expect(after(signals)).toEqual(happened);
});

test('one process cannot reload: HUP stops it', () => {
  const signals = [[0, 'SIGUSR1'], [1, 'SIGHUP'], [2, 'SIGTERM']] as const; // prettier-ignore
  expect(after(signals, false)).toEqual(['reopen', 'stop SIGHUP']);
});
