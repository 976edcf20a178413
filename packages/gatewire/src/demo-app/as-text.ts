import type { WSGIEnvironment } from '@gatewire/interfaces';
import { visible } from '../show-bytes.js';
import { startOf } from './body-report.js';
import type { BodyReport } from './body-report.js';
import { variablesOf } from './variables.js';

/** The answer as text: a greeting, `NAME = "value"` for every variable, sorted, and the body if there was one. */
export function asText(environ: WSGIEnvironment, body: BodyReport): string {
  const lines = variablesOf(environ).map(
    ({ name, value, isText }) => `${visible(name)} = ${isText ? quoted(value) : visible(value)}\n`,
  );
  return `Hello from gatewire!\n\n${lines.join('')}${bodyAsText(body)}`;
}

function bodyAsText(body: BodyReport): string {
  if (body.size === 0) return '';
  return `\nbody size: ${body.size} bytes\nbody sha256: ${body.sha256}\nbody starts: ${startOf(body)}\n`;
}

function quoted(value: string): string {
  return `"${visible(value.replace(/["\\]/g, '\\$&'))}"`;
}
