/** One line on stderr that rewrites itself on a terminal; elsewhere a line each time another step begins. */
export class Progress {
  private readonly started = performance.now();
  private last = '';

  /** `share`: what is done, 0 to 1. `step`: what is at work. */
  show(share: number, step: string): void {
    const left = ((performance.now() - this.started) / 1000) * (1 / share - 1);
    const line = `${step}  ${(share * 100).toFixed(0)} %, ${left.toFixed(0)} s left`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    else if (step !== this.last) process.stderr.write(`${line}\n`);
    this.last = step;
  }

  /** Takes the line away. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
