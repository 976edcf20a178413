import { ASGI_RULES } from './rules-asgi.js';
import type { ASGIRuleId } from './rules-asgi.js';
import { WSGI_RULES } from './rules-wsgi.js';
import type { WSGIRuleId } from './rules-wsgi.js';

/** Who breaks a rule: what is around the application (server or middleware), or the application. */
export type LintSide = 'server' | 'application';

/** `warning`: legal, or usual, and still likely to be a mistake. */
export type LintSeverity = 'error' | 'warning';

/** The number of a rule. Stable: a number never gets another meaning. */
export type LintRuleId = WSGIRuleId | ASGIRuleId;

/** What the tables of rules say of one rule, by its number. */
export type RuleRow = readonly [side: LintSide, severity: LintSeverity, section: string, text: string];

/** One rule. */
export interface LintRule {
  readonly id: LintRuleId;
  readonly interface: 'wsgi' | 'asgi';
  readonly side: LintSide;
  readonly severity: LintSeverity;
  /** What must be true, in one sentence. */
  readonly text: string;
  /** Where the specification says it, or `-` when it does not. */
  readonly section: string;
}

/**
 * Every rule that is checked.
 *
 * @example
 * ```ts
 * import { LINT_RULES } from '@gatewire/interfaces/lint';
 *
 * const rule = LINT_RULES.find(({ id }) => id === 'A7');
 * console.log(rule?.side, rule?.severity, rule?.text); // application error No header is called Status.
 * ```
 */
export const LINT_RULES: readonly LintRule[] = [
  ...rulesOf('wsgi', WSGI_RULES),
  ...rulesOf('asgi', ASGI_RULES),
];

function rulesOf(name: 'wsgi' | 'asgi', rows: Readonly<Record<string, RuleRow>>): LintRule[] {
  return Object.entries(rows).map(([id, [side, severity, section, text]]) => {
    return { id: id as LintRuleId, interface: name, side, severity, text, section };
  });
}
