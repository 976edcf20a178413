import type { RuleRow } from './rules.js';

export type ASGIRuleId = 'P1';

export const ASGI_RULES: Readonly<Record<ASGIRuleId, RuleRow>> = {
  P1: ['server', 'error', 'Applications', 'The application is called with a scope and two functions.'],
};
