import { createHash } from 'node:crypto';
import { problemsBetween } from './compare.js';
import type { DemoExchange, Scene } from './exchange.js';

/** What is wrong with the answers to a request, by exchange; empty lists when they are what had to come. */
export function problemsOfScene(scene: Scene): string[][] {
  return scene.map((exchange, i) => {
    const between = i === 0 ? [] : problemsBetween(scene[0], exchange);
    const prefix = scene.length === 1 ? '' : `over ${exchange.gateway}_pass: `;
    return [...problemsOf(exchange).map((problem) => `${prefix}${problem}`), ...between];
  });
}

/** What is wrong with an answer; empty when it is what had to come. */
export function problemsOf({ request, answer }: DemoExchange): string[] {
  const problems: string[] = [];
  if (answer.status !== 200) problems.push(`status ${answer.status}, expected 200`);
  const lines = answer.body.split('\n');
  for (const line of expectedLines(request))
    if (!lines.includes(line)) problems.push(`the answer lacks: ${line}`);
  return problems;
}

/** From the request that was sent, not from what was decoded. */
function expectedLines({ method, target, body }: DemoExchange['request']): string[] {
  const [path = '', query = ''] = target.split('?');
  const lines = [
    `REQUEST_METHOD = "${method}"`,
    `REQUEST_URI = "${target}"`,
    `PATH_INFO = "${decodeURIComponent(path)}"`,
    `QUERY_STRING = "${query}"`,
  ];
  if (body.length === 0) return lines;
  const sha256 = createHash('sha256').update(body).digest('hex');
  return [
    ...lines,
    `CONTENT_LENGTH = "${body.length}"`,
    `body size: ${body.length} bytes`,
    `body sha256: ${sha256}`,
  ];
}
