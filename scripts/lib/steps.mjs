/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command
 * @property {readonly string[]} [after] Names of steps without whose success this one makes no sense.
 * @property {boolean} [updates] Compares with a committed file, and writes it when it is given `--update`.
 *
 * @typedef {object} StepResult
 * @property {string} name
 * @property {boolean} ok
 * @property {number} seconds
 * @property {string} output
 */

/**
 * The named steps and all that they need, in the order of the table.
 * @param {readonly Step[]} steps
 * @param {readonly string[]} names
 * @returns {Step[]}
 */
export function selectSteps(steps, names) {
  const unknown = names.find((name) => !steps.some((step) => step.name === name));
  if (unknown !== undefined)
    throw new RangeError(`there is no check ${unknown}; there are ${steps.map((s) => s.name).join(', ')}`);
  const wanted = new Set(names);
  for (const step of [...steps].reverse()) {
    if (wanted.has(step.name)) for (const name of step.after ?? []) wanted.add(name);
  }
  return steps.filter(({ name }) => wanted.has(name));
}

/**
 * Runs steps, several at once, and goes on after a failure. A step whose prerequisite failed fails without being run.
 * @param {readonly Step[]} steps In an order in which each stands after its prerequisites.
 * @param {number} atOnce
 * @param {(command: readonly string[]) => Promise<{ ok: boolean, output: string }>} run
 * @param {(result: StepResult) => void} done
 * @returns {Promise<StepResult[]>}
 */
export async function runSteps(steps, atOnce, run, done) {
  /** @type {Map<string, Promise<StepResult>>} */
  const results = new Map();
  /** @type {Set<Promise<StepResult>>} */
  const running = new Set();
  for (const step of steps) {
    while (running.size >= atOnce) await Promise.race(running);
    const result = runStep(step, results, run).then((finished) => {
      running.delete(result);
      done(finished);
      return finished;
    });
    running.add(result);
    results.set(step.name, result);
  }
  return Promise.all(results.values());
}

/**
 * @param {Step} step
 * @param {ReadonlyMap<string, Promise<StepResult>>} results
 * @param {(command: readonly string[]) => Promise<{ ok: boolean, output: string }>} run
 * @returns {Promise<StepResult>}
 */
async function runStep({ name, command, after = [] }, results, run) {
  const before = await Promise.all(after.map((other) => results.get(other)));
  const missing = before.find((result) => result?.ok === false);
  if (missing !== undefined)
    return { name, ok: false, seconds: 0, output: `not run: ${missing.name} failed\n` };
  const start = performance.now();
  const { ok, output } = await run(command);
  return { name, ok, seconds: (performance.now() - start) / 1000, output };
}
