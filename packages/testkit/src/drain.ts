/** What all our decoders have in common. */
export interface PullDecoder<Event> {
  receive(chunk: Uint8Array): void;
  next(): Event | null;
  finish(): void;
}

/** What a decoder made of its input. Events that came before the error are kept. */
export interface Drained<Event> {
  readonly events: Event[];
  /** What was thrown, or `null`. */
  readonly error: unknown;
}

/**
 * Feeds `chunks` to a decoder, with `next` until `null` after each and after `finish`. Every chunk is a copy that is
 * overwritten once it is drained, so a decoder that keeps a view too long shows it; byte fields of events are copied.
 *
 * With `finish: false` the input stays open. More events than the input can hold are an error: a decoder that never
 * says `null` would fill the memory.
 */
export function drain<Event extends object>(
  decoder: PullDecoder<Event>,
  chunks: Iterable<Uint8Array>,
  { finish = true }: { readonly finish?: boolean } = {},
): Drained<Event> {
  const events: Event[] = [];
  let most = 16;
  const take = (): void => {
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (events.push(copied(event)) > most) throw new RangeError(`${most} events and no end of them`);
    }
  };
  try {
    for (const chunk of chunks) {
      const lent = new Uint8Array(chunk); // `slice` of a Buffer would be no copy
      most += 2 * lent.length;
      decoder.receive(lent);
      take();
      lent.fill(0xee);
    }
    if (finish) {
      decoder.finish();
      take();
    }
    return { events, error: null };
  } catch (error) {
    return { events, error };
  }
}

/**
 * The same events with neighbours joined that differ in their `data` only. Where a body is cut depends on the chunks
 * it came in: after this, two chunkings of one input can be compared.
 */
export function joinFragments<Event extends object>(events: readonly Event[]): Event[] {
  const joined: Event[] = [];
  for (let at = 0; at < events.length;) {
    let end = at + 1;
    while (end < events.length && continues(events[at], events[end])) end++;
    joined.push(end === at + 1 ? events[at] : { ...events[at], data: concatenated(events.slice(at, end)) });
    at = end;
  }
  return joined;
}

function copied<Event extends object>(event: Event): Event {
  const copy = { ...event } as Record<string, unknown>;
  for (const [key, value] of Object.entries(copy)) {
    if (value instanceof Uint8Array) copy[key] = value.slice();
  }
  return copy as Event;
}

function continues(first: object, second: object): boolean {
  if (dataOf(first) === null || dataOf(second) === null) return false;
  const a = first as Record<string, unknown>;
  const b = second as Record<string, unknown>;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key === 'data' || a[key] === b[key]);
}

function dataOf(event: object): Uint8Array | null {
  return 'data' in event && event.data instanceof Uint8Array ? event.data : null;
}

function concatenated(events: readonly object[]): Uint8Array {
  const parts = events.map((event) => dataOf(event) ?? new Uint8Array(0));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
