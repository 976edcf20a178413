// Runs under valgrind, as one bundled file: warms a work up, then does it in segments with a mark at each end. The mark
// is umask(2), which node calls for nothing else here: valgrind counts anew whenever it is called.
import { WORKS } from './works.js';

export let sink: unknown;

function main(name: string, segments: number): void {
  const found = WORKS.find((work) => work.name === name);
  if (found === undefined) throw new RangeError(`there is no ${name}`);
  const work = found.prepare();
  repeat(work, found.warmUp);
  process.umask(0o22);
  for (let segment = 0; segment < segments; segment++) {
    repeat(work, found.count);
    process.umask(0o22);
  }
}

function repeat(work: () => unknown, count: number): void {
  for (let i = 0; i < count; i++) sink = work();
}

main(process.argv[2], Number(process.argv[3]));
