/** A protocol whose bytes can be shown. */
export type InspectedProtocol = 'uwsgi' | 'fastcgi';

/** Who sent bytes: the web server, which asks, or the application, which answers. */
export type Sender = 'web server' | 'application';

/** What one side of a connection sent, as far as it is known without holes. */
export interface Side {
  readonly bytes: Uint8Array;
  /** What is wrong with it after these bytes, in words; `null` when nothing is. */
  readonly loss: string | null;
  /** Seconds since 1970 at which the packet with the byte at `offset` was captured; `null` when nobody knows. */
  readonly timeAt: (offset: number) => number | null;
}

/** A connection, or a file with the bytes of one side of one. */
export interface Conversation {
  /** Counted from 1 over all files. */
  readonly number: number;
  readonly file: string;
  /** `127.0.0.1:40000 -> 127.0.0.1:3031`; empty for a file of bytes. */
  readonly ends: string;
  readonly protocol: InspectedProtocol;
  readonly sent: Side | null;
  readonly returned: Side | null;
  /** What a reader should know about the capture. */
  readonly notes: readonly string[];
}

/** What a file holds. */
export interface Inspection {
  readonly conversations: readonly Conversation[];
  /** What is not shown, and why. */
  readonly notes: readonly string[];
  /** Whether something is missing or malformed. */
  readonly isIncomplete: boolean;
}
