/** Paints a text, or returns it as it is. */
export type Paint = (text: string) => string;

/** The colours that this package uses, by name: all of them or none. */
export interface Colors {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly cyan: Paint;
}

/** ANSI colours when `on`, else nothing is added. The 16 basic ones: terminals draw them to fit their background. */
export function colors(on: boolean): Colors {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      on && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(34, 39),
    magenta: paint(35, 39),
    cyan: paint(36, 39),
  };
}

/** What decides about colours: an output stream of Node. */
export interface ColorTarget {
  readonly isTTY?: boolean;
}

/**
 * Whether to write colours to `stream`: on a terminal that is not `dumb`, unless `NO_COLOR` is set; `FORCE_COLOR` (not
 * `0`) asks for them elsewhere too.
 */
export function wantsColor(stream: ColorTarget, env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
