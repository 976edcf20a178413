import type { OpenRequest } from './open-request.js';

/**
 * The requests of a connection that are open, by id, in the order in which they began. Nearly always it is one, and a Map
 * of one that comes and goes takes 0.09 us of 1.1 us per request.
 */
export class OpenRequests {
  /** Began when no other was open. */
  private first: OpenRequest | undefined;
  /** Made when it is needed: one for each connection takes 0.07 us more. */
  private others: Map<number, OpenRequest> | undefined;

  get size(): number {
    return (this.others?.size ?? 0) + (this.first ? 1 : 0);
  }

  get(id: number): OpenRequest | undefined {
    return this.first?.id === id ? this.first : this.others?.get(id);
  }

  add(request: OpenRequest): void {
    if (this.size > 0) (this.others ??= new Map()).set(request.id, request);
    else this.first = request;
  }

  delete(id: number): void {
    if (this.first?.id === id) this.first = undefined;
    else this.others?.delete(id);
  }

  /** A copy: what is in it may be deleted. There may be no first one. */
  all(): (OpenRequest | undefined)[] {
    return [this.first, ...(this.others?.values() ?? [])];
  }
}
