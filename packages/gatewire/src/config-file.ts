import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { whyUnreadable } from './file-errors.js';

/** Looked for in the working directory, in this order, when no file is named. */
export const CONFIG_FILES: readonly string[] = ['js', 'mjs', 'cjs', 'json'].map(
  (end) => `gatewire.config.${end}`,
);

/** What a configuration file says; `name` is how the user knows the file. */
export interface Config {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads the configuration file `file`, or the first of {@link CONFIG_FILES} that is in `directory`; null when neither
 * there is one nor was one named. A `.json` file holds an object, any other is a module whose default export is one.
 *
 * Rejects with an Error whose message begins with the name of the file.
 */
export async function readConfig(file: string | undefined, directory: string): Promise<Config | null> {
  const name = file ?? CONFIG_FILES.find((candidate) => isFile(join(directory, candidate)));
  if (name === undefined) return null;
  const path = resolve(directory, name);
  let values: unknown;
  try {
    // Importing words it as if a module were at fault.
    if (statSync(path).isDirectory()) throw new Error('it is a folder');
    values = name.endsWith('.json') ? JSON.parse(readFileSync(path, 'utf8')) : await defaultExport(path);
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? whyUnreadable(error) : String(error)}`, {
      cause: error,
    });
  }
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
    return { name, values: values as Record<string, unknown> };
  }
  throw new Error(`${name}: expected an object${name.endsWith('.json') ? '' : ' as the default export'}`);
}

async function defaultExport(path: string): Promise<unknown> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  return module.default;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
