import { colors } from '../src/colors.js';
import type { Colors } from '../src/colors.js';
import { elide } from '../src/show-bytes.js';

/** How exchanges are shown. */
export interface ReportOptions {
  readonly color: boolean;
  readonly width: number;
  /** Elide nothing but long values. */
  readonly full: boolean;
  /** Name and version of what sent the packets. */
  readonly webServer: string;
}

/** Column where the values of variables begin. */
const NAME_COLUMNS = 24;

/** What all parts of a report have in common: colours, width, headings. */
export class Layout {
  readonly options: ReportOptions;
  readonly paint: Colors;

  constructor(options: ReportOptions) {
    this.options = options;
    this.paint = colors(options.color);
  }

  /** The line above everything about a request. */
  rule(title: string): string {
    const { bold, dim } = this.paint;
    const shown = elide(` ${title} `, this.options.width - 4);
    const rest = '─'.repeat(Math.max(2, Math.min(this.options.width, 100) - shown.length - 2));
    return `${dim('──')}${bold(shown)}${dim(rest)}`;
  }

  /** Lines under their name; one line beside it. */
  part(name: string, lines: readonly string[]): string[] {
    const { bold } = this.paint;
    if (lines.length === 1) return [`${bold(name.padEnd(9))} ${lines[0]}`];
    return [bold(name), ...lines.map((line) => (line === '' ? '' : `  ${line}`)), ''];
  }

  /** A variable: its name in a column of its own, then what is said of it, already fitted. */
  variable(name: string, values: string): string {
    return `${this.paint.cyan(name.padEnd(NAME_COLUMNS))} ${values}`;
  }

  /** Columns for the values of variables. */
  get valueColumns(): number {
    return this.options.width - NAME_COLUMNS - 3;
  }

  /** A line of a part, cut to the width. */
  fit(line: string): string {
    return elide(line, this.options.width - 2);
  }
}
