import { open } from 'node:fs/promises';
import type { SheetOptions } from '../annotation-sheet.js';
import { wantsColor } from '../colors.js';
import { whyUnreadable } from '../file-errors.js';
import { visible } from '../show-bytes.js';
import type { Conversation, InspectedProtocol, Inspection } from './conversation.js';
import { readFile } from './read-file.js';
import { annotatedLines } from './show-annotated.js';
import { jsonLines, messagesOf, TABLE_HEAD, tableLines } from './show-messages.js';

/** What `gatewire inspect` was asked for. */
export interface InspectFlags {
  readonly table?: true;
  readonly json?: true;
  readonly protocol: 'auto' | InspectedProtocol;
}

/** Largest file: it is held in memory. */
const MOST_BYTES = 2 ** 30;

/** Shows the files on stdout, and on stderr what cannot be shown. Resolves with the exit code. */
export async function runInspect(files: readonly string[], flags: InspectFlags): Promise<0 | 1> {
  const shown: Inspection[] = [];
  let exitCode: 0 | 1 = 0;
  let first = 1;
  for (const file of files) {
    const name = file === '-' ? 'stdin' : file;
    const warn = (text: string): unknown =>
      process.stderr.write(`gatewire inspect: ${visible(`${name}: ${text}`)}\n`);
    try {
      const inspection = readFile(await contentOf(file), { file: name, protocol: flags.protocol, first });
      for (const note of inspection.notes) warn(note);
      if (inspection.conversations.length === 0 && inspection.notes.length === 0)
        warn('no TCP connection in it');
      first += inspection.conversations.length;
      shown.push(inspection);
      if (inspection.isIncomplete) exitCode = 1;
    } catch (error) {
      warn(whyUnreadable(error));
      exitCode = 1;
    }
  }
  const conversations = shown.flatMap((inspection) => inspection.conversations);
  if (conversations.some(hasProblem)) exitCode = 1;
  await write(linesOf(conversations, flags));
  return exitCode;
}

function hasProblem(conversation: Conversation): boolean {
  return messagesOf(conversation).some(({ message }) => message.kind === 'problem');
}

function linesOf(conversations: readonly Conversation[], flags: InspectFlags): string[] {
  if (flags.json === true) return conversations.flatMap(jsonLines);
  const sheet: SheetOptions & { color: boolean; width: number } = {
    color: wantsColor(process.stdout, process.env),
    width: Math.max(60, Math.min(process.stdout.columns || 100, 140)),
  };
  if (flags.table !== true) return conversations.flatMap((one) => [...annotatedLines(one, sheet), '']);
  const times = conversations.flatMap(({ sent, returned }) => [
    sent?.timeAt(0) ?? null,
    returned?.timeAt(0) ?? null,
  ]);
  const known = times.filter((time) => time !== null);
  const since = known.length === 0 ? null : Math.min(...known);
  return [TABLE_HEAD, ...conversations.flatMap((one) => tableLines(one, since, sheet))];
}

/** Whoever reads may stop reading, as `head` does: then there is nothing more to say. */
async function write(lines: readonly string[]): Promise<void> {
  const { stdout } = process;
  stdout.on('error', () => undefined);
  for (const line of lines) {
    const error = await new Promise((resolve) => stdout.write(`${line}\n`, resolve));
    if (error instanceof Error) return;
  }
}

async function contentOf(file: string): Promise<Uint8Array> {
  if (file === '-') return contentOfStdin();
  const handle = await open(file);
  return all(handle.createReadStream({ highWaterMark: 1_048_576 }));
}

/**
 * Ctrl-C at a pipeline reaches all of it, and is meant for what writes into the pipe, such as tcpdump. A second one ends this
 * too.
 */
async function contentOfStdin(): Promise<Uint8Array> {
  const ignore = (): void => undefined;
  if (!process.stdin.isTTY) process.once('SIGINT', ignore);
  try {
    return await all(process.stdin);
  } finally {
    process.off('SIGINT', ignore);
  }
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new Error('more than 1 GiB: make it smaller with tcpdump -r FILE -w SMALLER "port N"');
  }
  return Buffer.concat(chunks);
}
