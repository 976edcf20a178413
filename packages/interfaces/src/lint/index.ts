export { validateASGI } from './asgi.js';
export { LINT_RULES } from './rules.js';
export type { LintRule, LintRuleId, LintSeverity, LintSide } from './rules.js';
export { LintViolation } from './violation.js';
export type { LintOptions } from './violation.js';
export { validateWSGI } from './wsgi.js';
