import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A block of TypeScript in a document: in a Markdown file, or in the comment of a source file. */
export interface Block {
  /** The file, from the top folder. */
  readonly path: string;
  /** Line of the file on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** False for `ts no-run: reason`: it is compiled, and not run. */
  readonly runs: boolean;
}

/**
 * Every block fenced as `ts`, or `ts no-run: reason`, in a file. In `.ts` files those inside of documentation comments. Not
 * `ts no-run` without a reason, which is a sketch.
 */
export function blocksOf(path: string, text: string): Block[] {
  const lines = text.split('\n').map((line) => (path.endsWith('.ts') ? commentLine(line) : line));
  const blocks: Block[] = [];
  let start = -1;
  let runs = true;
  lines.forEach((line, index) => {
    if (start < 0) {
      runs = /^\s*```ts\s*$/.test(line);
      if (runs || /^\s*```ts no-run: ./.test(line)) start = index + 1;
    } else if (/^\s*```\s*$/.test(line)) {
      blocks.push({ path, line: start + 1, code: lines.slice(start, index).join('\n') + '\n', runs });
      start = -1;
    }
  });
  if (start >= 0) throw new Error(`${path}:${start}: a block of code without an end`);
  return blocks;
}

/** Text of a line of a documentation comment; nothing for a line of code. */
function commentLine(line: string): string {
  return /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] ?? '';
}

/** What follows the three backquotes of every block of code in a Markdown text, in order. */
export function fencesOf(text: string): string[] {
  const fences = text.split('\n').filter((line) => /^\s*```/.test(line));
  return fences.filter((_, index) => index % 2 === 0).map((line) => line.trim().slice(3));
}

export function blocksIn(root: string, path: string): Block[] {
  return blocksOf(path, readFileSync(`${root}/${path}`, 'utf8'));
}

/** A `console.log` statement: what the comment behind it promises, `null` without one. */
export type Promised = string | null;

/** What the `console.log` statements of a block promise, in the order in which they are written. */
export function promisesOf(code: string): Promised[] {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true);
  const promises: Promised[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && isConsoleLog(node.expression)) {
      const comment = ts.getTrailingCommentRanges(code, node.end)?.at(0);
      promises.push(
        comment === undefined ? null : oneLine(code.slice(comment.pos, comment.end).replace(/^\/\//, '')),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return promises;
}

function isConsoleLog(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && node.expression.getText() === 'console.log';
}

/** As printed, but on one line and with single spaces: Node breaks long arrays into several lines. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/**
 * Why what was printed is not what was promised, or `null` when it is. A promise is met by the next output that equals
 * it, or, written `a, b, c`, by several outputs that do; ` ...` in it stands for any text. Output that nothing was said about is passed over only where a
 * `console.log` without a comment may have made it.
 */
export function brokenPromise(promises: readonly Promised[], printed: readonly string[]): string | null {
  const silent = promises.includes(null);
  let at = 0;
  for (const promise of promises) {
    if (promise === null) continue;
    let taken = taking(promise, printed, at);
    while (taken === 0 && silent && at < printed.length) taken = taking(promise, printed, ++at);
    if (taken === 0)
      return `promised ${JSON.stringify(promise)}, printed ${JSON.stringify(printed[at] ?? null)}`;
    at += taken;
  }
  return at === printed.length || silent
    ? null
    : `printed ${JSON.stringify(printed[at])}, which no comment promises`;
}

/** How many outputs from `at` on meet the promise; 0 when they do not. */
function taking(promise: string, printed: readonly string[], at: number): number {
  if (meets(promise, printed.at(at))) return 1;
  const parts = promise.split(', ');
  return parts.every((part, index) => meets(part, printed.at(at + index))) ? parts.length : 0;
}

function meets(promise: string, output: string | undefined): boolean {
  if (output === undefined || promise === output) return output !== undefined;
  const pieces = promise
    .split(/(?<= |^)\.\.\.(?= |$)/)
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return pieces.length > 1 && new RegExp(`^${pieces.join('.*')}$`).test(output);
}
