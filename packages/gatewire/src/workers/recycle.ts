/** How often the memory is looked at, in milliseconds. */
const MEMORY_EVERY_MS = 1000;

/** When a worker has served enough. */
export interface RecycleLimits {
  /** Requests. */
  readonly maxRequests?: number;
  /** Resident memory, in MiB. */
  readonly maxRss?: number;
}

/**
 * Up to a tenth more than `--max-requests`, by chance (`random` is from 0 up to 1): workers that started together and
 * share the load would otherwise all be replaced at the same moment.
 */
export function requestLimit(maxRequests: number, random: number = Math.random()): number {
  return maxRequests + Math.floor(random * (1 + Math.floor(maxRequests / 10)));
}

/**
 * Watches this process. `retire` is called once, with the reason; the process goes on answering until it is replaced.
 * Returns what to call when a request has ended.
 */
export function watchLimits(
  { maxRequests, maxRss }: RecycleLimits,
  retire: (why: string) => void,
): () => void {
  let left = maxRequests === undefined ? Infinity : requestLimit(maxRequests);
  let retired = false;
  const once = (why: string): void => {
    if (!retired) retire(why);
    retired = true;
  };
  if (maxRss !== undefined) {
    const timer = setInterval(() => {
      const mib = Math.round(process.memoryUsage.rss() / 2 ** 20);
      if (mib > maxRss) once(`${mib} MiB of memory, the limit is ${maxRss}`);
    }, MEMORY_EVERY_MS);
    timer.unref();
  }
  return () => {
    left--;
    if (left <= 0) once('it has answered its number of requests');
  };
}
