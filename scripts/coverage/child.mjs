// Loaded first by every Node program that the tests start: when it ends, it leaves behind which parts of our code ran.
// NODE_V8_COVERAGE tells the same without the code that ran, and what tsx makes of a source is kept nowhere else.
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

const folder = process.env['GATEWIRE_COVERAGE'];

/** Asked from inside the process, it answers at once. */
const session = new Session();

/**
 * @param {string} method
 * @param {object} [params]
 * @returns {any}
 */
function ask(method, params) {
  let answer;
  session.post(method, params, (_error, result) => (answer = result));
  return answer;
}

/** @param {string} folder */
function leaveBehind(folder) {
  const { result } = ask('Profiler.takePreciseCoverage');
  ask('Debugger.enable');
  const scripts = [];
  for (const { scriptId, url, functions } of result) {
    if (!url.startsWith('file:') || url.includes('/node_modules/')) continue;
    const { scriptSource } = ask('Debugger.getScriptSource', { scriptId });
    // Only what was made of TypeScript is ours to judge.
    if (!/\n\/\/# sourceMappingURL=data:\S+\s*$/.test(scriptSource)) continue;
    const hash = createHash('sha256').update(scriptSource).digest('hex');
    const file = join(folder, `${hash}.js`);
    if (!existsSync(file)) writeFileSync(file, scriptSource);
    scripts.push({ hash, url, functions });
  }
  writeFileSync(join(folder, `${process.pid}-${threadId}-${Date.now()}.json`), JSON.stringify(scripts));
}

if (folder !== undefined) {
  session.connect();
  ask('Profiler.enable');
  ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  process.once('exit', () => leaveBehind(folder));
}
