/** What is wrong with a capture file. */
export type CaptureErrorCode =
  /** The first bytes are those of no format that is read here. */
  | 'CAPTURE_UNKNOWN_FORMAT'
  /** The file ends inside a packet or block. */
  | 'CAPTURE_TRUNCATED'
  /** A version of the format that is not read here. */
  | 'CAPTURE_BAD_VERSION'
  /** A length that contradicts another one, or its format. */
  | 'CAPTURE_BAD_LENGTH'
  /** A packet of an interface that was not described. */
  | 'CAPTURE_BAD_INTERFACE';

/** A file cannot be read further. The packets before `offset` were good. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  readonly code: CaptureErrorCode;
  /** Bytes from the start of the file to what is wrong. */
  readonly offset: number;

  constructor(code: CaptureErrorCode, detail: string, offset: number) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
