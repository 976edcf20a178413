import { Duplex } from 'node:stream';
import type { ASGIClient } from '@gatewire/interfaces';

/** Two ends of a connection in memory. The second, for a server, has the client's address, as a socket has. */
export function socketPair(client: ASGIClient | null, encrypted: boolean): [near: Duplex, far: Duplex] {
  const near = new End();
  const far = new End();
  near.other = far;
  far.other = near;
  const [remoteAddress, remotePort] = client ?? [];
  Object.assign(far, { remoteAddress, remotePort, encrypted });
  return [near, far];
}

/** One end: what is written to it is read at the other, at the pace of the reader. */
class End extends Duplex {
  other: End | null = null;
  private taken: (() => void) | null = null;

  // node:http asks sockets for these.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }

  override _read(): void {
    const { taken } = this;
    this.taken = null;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const { other } = this;
    if (other === null || other.destroyed) done();
    else if (other.push(chunk)) done();
    else other.taken = done;
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    this.other = null;
    this._read();
    // The other side sees a connection that is gone, in its own turn.
    if (other !== null) process.nextTick(() => other.destroy());
    done(error);
  }
}
