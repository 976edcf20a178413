import type { ErrorStream, InputStream } from '../wsgi.js';
import { guarded, isBytes, isIterable, isThenable, show } from './values.js';
import type { Report } from './violation.js';

/** `wsgi.input` under watch. `limit`: CONTENT_LENGTH, `Infinity` when there is none. */
export function watchInput(input: InputStream, limit: number, report: Report): InputStream {
  const seen = new InputCheck(limit, report);
  const method =
    <T>(name: string, call: (size?: number) => Promise<T>, check: (data: T, most: number) => void) =>
    (...args: [size?: number]): Promise<T> => {
      checkSize(name, args, report);
      const result = call(...args);
      if (!isThenable(result)) report('S12', `${name} returned ${show(result)}, expected a promise`, result);
      const most = args[0] === undefined || args[0] < 0 ? Infinity : args[0];
      return Promise.resolve(result).then((data) => (check(data, most), data));
    };
  const methods: InputStream = {
    read: method(
      'read()',
      (size) => input.read(size),
      (data, most) => seen.bytes('read()', data, most),
    ),
    readline: method(
      'readline()',
      (size) => input.readline(size),
      (data, most) => seen.bytes('readline()', data, most),
    ),
    readlines: method(
      'readlines()',
      (hint) => input.readlines(hint),
      (lines) => seen.lines(lines),
    ),
    async *[Symbol.asyncIterator]() {
      for await (const chunk of input) {
        seen.chunk(chunk);
        yield chunk;
      }
      seen.ended = true;
    },
  };
  return guarded(methods, (name) => report('A15', `wsgi.input is asked for ${name}`, name));
}

/** Judges what comes out of an input stream. */
class InputCheck {
  ended = false;
  private received = 0;
  private readonly limit: number;
  private readonly report: Report;

  constructor(limit: number, report: Report) {
    this.limit = limit;
    this.report = report;
  }

  bytes(what: string, data: unknown, most: number): void {
    if (!this.chunk(data)) return;
    if (data.length > most) this.report('S12', `${what} gave ${data.length} bytes, asked for ${most}`, data);
    // Nothing, though something was asked for: that is the end, for ever.
    if (data.length === 0 && most > 0) this.ended = true;
  }

  chunk(data: unknown): data is Uint8Array {
    if (!isBytes(data)) {
      this.report('S12', `wsgi.input gave ${show(data)}, expected a Uint8Array`, data);
      return false;
    }
    this.received += data.length;
    if (this.received > this.limit)
      this.report('S12', `${this.received} bytes of input, CONTENT_LENGTH is ${this.limit}`, data);
    if (this.ended && data.length > 0) this.report('S12', 'wsgi.input gave bytes after the end', data);
    return true;
  }

  lines(lines: unknown): void {
    if (Array.isArray(lines)) for (const line of lines) this.bytes('readlines()', line, Infinity);
    else this.report('S12', `readlines() gave ${show(lines)}, expected an array`, lines);
  }
}

function checkSize(name: string, args: readonly unknown[], report: Report): void {
  const [size] = args;
  if (args.length > 1 || (size !== undefined && !Number.isSafeInteger(size)))
    report('A15', `${name} gets ${args.map(show).join(', ')}, expected a whole number or nothing`, args);
}

/** `wsgi.errors` under watch. */
export function watchErrors(errors: ErrorStream, report: Report): ErrorStream {
  const check = (name: string, text: unknown): void => {
    if (typeof text !== 'string') report('A16', `${name} gets ${show(text)}, expected a string`, text);
  };
  return guarded<ErrorStream>(
    {
      write(text) {
        check('write()', text);
        return errors.write(text);
      },
      writelines(lines) {
        // A generator is read once: by us, so that there is something left for the stream.
        const list: unknown = isIterable(lines) ? [...lines] : lines;
        if (Array.isArray(list)) for (const line of list) check('writelines()', line);
        else report('A16', `writelines() gets ${show(lines)}, expected strings`, lines);
        return errors.writelines(list as string[]);
      },
      flush: () => errors.flush(),
    },
    (name) => report('A16', `wsgi.errors is asked for ${name}`, name),
  );
}
