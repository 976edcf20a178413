import { spawn } from 'node:child_process';
import { ROOT } from './workspace.mjs';

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string} output What it printed, on stdout and stderr as it came.
 *
 * Runs a program and waits for it. Never throws: a program that cannot be started has failed.
 * @param {readonly string[]} command
 * @param {{ cwd?: string, seconds?: number, env?: Record<string, string> }} [options] `seconds` is how long it may take, 300
 *   unless given; `env` is added to the environment.
 * @returns {Promise<Outcome>}
 */
export function run(command, { cwd = ROOT, seconds = 300, env = {} } = {}) {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => {
      if (signal !== null) output += `${program} was stopped by ${signal} (it may take ${seconds} s)\n`;
      resolve({ ok: code === 0, output });
    });
  });
}

/**
 * {@link run}, for programs that must succeed.
 * @param {readonly string[]} command
 * @param {{ cwd?: string, seconds?: number, env?: Record<string, string> }} [options]
 * @returns {Promise<string>} What it printed.
 */
export async function mustRun(command, options) {
  const { ok, output } = await run(command, options);
  if (ok) return output;
  throw new Error(`${command.join(' ')} failed\n${output}`);
}
