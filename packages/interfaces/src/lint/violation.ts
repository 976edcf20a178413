import { LINT_RULES } from './rules.js';
import type { LintRule, LintRuleId, LintSeverity, LintSide } from './rules.js';

/**
 * A rule was broken.
 *
 * @example
 * ```ts
 * import type { WSGIApplication } from '@gatewire/interfaces';
 * import { LintViolation, validateWSGI } from '@gatewire/interfaces/lint';
 *
 * const app: WSGIApplication = (_environ, startResponse) => {
 *   startResponse('200', []);
 *   return [];
 * };
 * try {
 *   validateWSGI(app)({} as never, () => () => Promise.resolve());
 * } catch (error) {
 *   if (!(error instanceof LintViolation)) throw error;
 *   console.log(error.rule, error.side); // S1 server
 * }
 * ```
 */
export class LintViolation extends Error {
  override readonly name = 'LintViolation';
  /** Which rule: a row of `LINT_RULES`. */
  readonly rule: LintRuleId;
  /** Who broke it. */
  readonly side: LintSide;
  readonly severity: LintSeverity;
  /** What broke it: a value, or the object or event that holds it. */
  readonly value: unknown;

  constructor({ id, side, severity, section }: LintRule, detail: string, value: unknown) {
    super(`${detail} (${id}${section === '-' ? '' : `, "${section}"`}; ${side})`);
    this.rule = id;
    this.side = side;
    this.severity = severity;
    this.value = value;
  }
}

/** How an application is watched. */
export interface LintOptions {
  /** Called for each violation; the call then goes on as if nothing had been seen. Without it a violation is thrown. */
  readonly onViolation?: ((violation: LintViolation) => void) | undefined;
  /** Rules that are not checked. */
  readonly exclude?: readonly LintRuleId[] | undefined;
  /** The least severity that counts. Default: `error`. */
  readonly severity?: LintSeverity | undefined;
}

/** Says that a rule was broken. Throws the violation, unless somebody asked to be told instead. */
export type Report = (rule: LintRuleId, detail: string, value: unknown) => void;

const RULES: ReadonlyMap<LintRuleId, LintRule> = new Map(LINT_RULES.map((rule) => [rule.id, rule]));

/** What was seen in one call of an application. */
export class LintCall {
  private readonly options: LintOptions;
  /** A violation that was thrown into code that may have swallowed it. */
  private owed: LintViolation | null = null;
  private threw = false;

  constructor(options: LintOptions) {
    this.options = options;
  }

  readonly report: Report = (id, detail, value) => {
    const rule = RULES.get(id);
    const { exclude, severity = 'error', onViolation } = this.options;
    if (rule === undefined || exclude?.includes(id) || (rule.severity === 'warning' && severity === 'error'))
      return;
    const violation = new LintViolation(rule, detail, value);
    if (onViolation === undefined) {
      this.owed = violation;
      this.threw = true;
      throw violation;
    }
    onViolation(violation);
  };

  /** As `report`, when the call is long over: what somebody dropped because a violation was thrown is no fault. */
  readonly reportLate: Report = (id, detail, value) => {
    if (!this.threw) this.report(id, detail, value);
  };

  /** Throws again what was thrown at a place from which it did not come out. */
  settle(): void {
    const { owed } = this;
    this.owed = null;
    if (owed !== null) throw owed;
  }
}
