import { textTable } from '../markdown.js';
import {
  BARE_FASTCGI,
  BARE_UWSGI,
  GATEWIRE_FASTCGI,
  GATEWIRE_UWSGI,
  NODE_CLOSE,
  NODE_KEEP,
} from './backends.js';
import { cpuRatio } from './measure.js';
import type { ScenarioResult } from './measure.js';
import type { Quartiles } from '../stats.js';

/** CPU time per request of one back end as a share of another's, and what it may be at most. */
export interface Target {
  readonly one: string;
  readonly other: string;
  readonly most: number;
}

/** What the project is judged by. The bare servers are the floor of what node's public API allows. */
export const TARGETS: readonly Target[] = [
  { one: GATEWIRE_FASTCGI, other: NODE_KEEP, most: 0.55 },
  { one: GATEWIRE_UWSGI, other: NODE_CLOSE, most: 0.65 },
  { one: GATEWIRE_UWSGI, other: BARE_UWSGI, most: 1.1 },
];

/** For comparison: what the floors themselves reach. */
export const FLOORS: readonly Omit<Target, 'most'>[] = [
  { one: BARE_FASTCGI, other: NODE_KEEP },
  { one: BARE_UWSGI, other: NODE_CLOSE },
  { one: GATEWIRE_FASTCGI, other: BARE_FASTCGI },
];

export function formatScenario(result: ScenarioResult): string {
  const head = [
    '',
    'requests/s',
    'p50 ms',
    'p90 ms',
    'p99 ms',
    'CPU ms/1,000',
    'nginx ms/1,000',
    'x node:http',
    'middle half',
  ];
  const rows = result.backends.map((backend) => {
    const share = cpuRatio(result, backend.name, NODE_KEEP);
    return [
      `  ${backend.name}${backend.errors > 0 ? ` (${backend.errors} errors)` : ''}`,
      backend.rate.median.toFixed(0),
      milliseconds(backend.p50),
      milliseconds(backend.p90),
      milliseconds(backend.p99),
      backend.cpu.median.toFixed(1),
      backend.nginxCpu.median.toFixed(1),
      share === null ? '' : share.median.toFixed(2),
      share === null ? '' : spread(share),
    ];
  });
  return `${result.scenario}\n${textTable([head, ...rows])}`;
}

/** A line for each comparison that the project is judged by, and for the floors. */
export function formatTargets(results: readonly ScenarioResult[]): string {
  const lines = results.flatMap((result) => {
    const line = (one: string, other: string, most?: number): string[] => {
      const share = cpuRatio(result, one, other);
      if (share === null) return [];
      const verdict =
        most === undefined ? '' : `, at most ${most}: ${share.median <= most ? 'met' : 'missed'}`;
      return [
        `  ${result.scenario}: ${one} / ${other}: ${share.median.toFixed(2)} (${spread(share)})${verdict}`,
      ];
    };
    return [
      ...TARGETS.flatMap(({ one, other, most }) => line(one, other, most)),
      ...FLOORS.flatMap(({ one, other }) => line(one, other)),
    ];
  });
  return lines.length === 0
    ? ''
    : `CPU time per request, one as a share of the other:\n${lines.join('\n')}\n`;
}

function milliseconds({ median }: Quartiles): string {
  return (median / 1000).toFixed(2);
}

function spread({ lower, upper }: Quartiles): string {
  return `${lower.toFixed(2)} to ${upper.toFixed(2)}`;
}
