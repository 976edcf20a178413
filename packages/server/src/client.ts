/** The client or the web server went away, or the server gave the request up: nobody waits for the response. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

type Listener = (error: ClientGone) => void;

/** Who waits for a response. */
export class Client {
  /** Why nobody waits any more; null as long as somebody does. */
  gone: ClientGone | null = null;
  private listeners: Listener[] = [];
  private controller: AbortController | null = null;

  /** For applications: aborted when the client goes. Made when it is asked for, which few do: it costs 4 us. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.gone !== null) this.controller.abort(this.gone);
    }
    return this.controller.signal;
  }

  leave(error: ClientGone): void {
    if (this.gone !== null) return;
    this.gone = error;
    this.controller?.abort(error);
    for (const listener of this.listeners) listener(error);
    this.listeners = [];
  }

  /** Calls `listener` once when the client goes. */
  onLeave(listener: Listener): void {
    this.listeners.push(listener);
  }

  offLeave(listener: Listener): void {
    this.listeners = this.listeners.filter((other) => other !== listener);
  }
}
