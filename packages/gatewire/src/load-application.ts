import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Application } from '@gatewire/server';

/** The application could not be loaded. The message says why in one line; `cause` has what the module threw, if it did. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** Exports that are tried, in this order, when none is named. */
const DEFAULT_EXPORTS = ['default', 'app'];

/** What a file's name may leave out: `gatewire serve main` is `main.js`. */
const EXTENSIONS = ['', '.js', '.mjs', '.cjs'];

/**
 * Splits `MODULE[:EXPORT]`. The colon of a drive letter or of a `node:` prefix is part of the module.
 *
 * @throws LoadError when either part is empty.
 */
export function parseSpecifier(text: string): {
  readonly module: string;
  readonly exportName: string | null;
} {
  const colon = text.lastIndexOf(':');
  const isSeparator =
    colon !== -1 && !/[/\\]/.test(text.slice(colon)) && !(colon === 1 && /^[A-Za-z]$/.test(text[0]));
  if (!isSeparator) return { module: text, exportName: null };
  const parts = { module: text.slice(0, colon), exportName: text.slice(colon + 1) };
  if (parts.module !== '' && parts.exportName !== '') return parts;
  throw new LoadError(`${JSON.stringify(text)} is not MODULE or MODULE:EXPORT`);
}

/**
 * Loads the application that `MODULE[:EXPORT]` names: a file, relative to `directory`, else a package as a module in
 * `directory` would import it. EXPORT is `default`, then `app`, unless it is named. It is a function or an object with a
 * `fetch` method; which interface it has is for the server to say.
 *
 * Rejects with {@link LoadError}.
 */
export async function loadApplication(specifier: string, directory: string): Promise<Application> {
  const { module, exportName } = parseSpecifier(specifier);
  const namespace = await importModule(module, directory);
  const exports = withDefaults(namespace);
  const found =
    exportName === null ? DEFAULT_EXPORTS.find((name) => isApplication(exports[name])) : exportName;
  const application = found === undefined ? undefined : exports[found];
  if (isApplication(application)) return application;
  throw new LoadError(whyNoApplication(module, exportName, exports));
}

async function importModule(module: string, directory: string): Promise<Record<string, unknown>> {
  const url = locate(module, directory);
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    if (url === module && isNotFound(module, cause))
      throw new LoadError(`no file and no package ${JSON.stringify(module)}: looked in ${directory}`);
    throw new LoadError(whyNotImported(module, url, cause), { cause });
  }
}

/** What to import for `module`: a file's URL, or the bare name where only this package's own place can resolve it. */
function locate(module: string, directory: string): string {
  const path = resolve(directory, module);
  const file = EXTENSIONS.map((extension) => path + extension).find(isFile);
  if (file !== undefined) return pathToFileURL(file).href;
  if (/^(?:\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(module))
    throw new LoadError(isFolder(path) ? `${path} is a folder: name a file in it` : `no file ${path}`);
  try {
    return pathToFileURL(createRequire(join(directory, 'import-from-here.js')).resolve(module)).href;
  } catch {
    // Not found, or found for `import` alone, which Node has no public way to resolve from another directory.
    return module;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Exports by name. What is transpiled to CommonJS, and what a CommonJS module assigns, is inside of `default`. */
function withDefaults(namespace: Record<string, unknown>): Record<string, unknown> {
  const inner = namespace['default'];
  if (typeof inner !== 'object' || inner === null) return namespace;
  const exports: Record<string, unknown> = { ...inner, ...namespace };
  const transpiled = (inner as Record<string, unknown>)['default'];
  if (transpiled !== undefined) exports['default'] = transpiled;
  return exports;
}

function whyNoApplication(
  module: string,
  exportName: string | null,
  exports: Record<string, unknown>,
): string {
  const wanted = exportName ?? 'default or app';
  const given = exportName === null ? undefined : exports[exportName];
  if (given !== undefined)
    return `${module}: the export ${wanted} is no function and has no fetch method: it is ${typeOf(given)}`;
  const others = Object.keys(exports).filter((name) => isApplication(exports[name]));
  const have = others.length === 0 ? 'it exports no function' : `functions it exports: ${others.join(', ')}`;
  return `${module}: no function is exported as ${wanted}; ${have}`;
}

function whyNotImported(module: string, url: string, cause: unknown): string {
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  // Node tells where only when the program ends by it.
  const where = cause instanceof SyntaxError ? ' (node --check FILE shows the line)' : '';
  if (codeOf(cause) !== 'ERR_UNKNOWN_FILE_EXTENSION') return `${module} cannot be imported: ${text}${where}`;
  const hint = /\.[cm]?tsx?$/.test(url) ? '; start with NODE_OPTIONS="--import tsx" for TypeScript' : '';
  return `${module} cannot be imported: Node does not know this kind of file${hint}`;
}

/** Whether it is the module itself that was not found, not one that it imports. */
function isNotFound(module: string, error: unknown): boolean {
  const isMissing = error instanceof Error && codeOf(error) === 'ERR_MODULE_NOT_FOUND';
  return isMissing && error.message.includes(`'${packageOf(module)}'`);
}

/** `a/b` is in package `a`, `@a/b/c` in `@a/b`. */
function packageOf(module: string): string {
  return module.split('/', module.startsWith('@') ? 2 : 1).join('/');
}

function isApplication(value: unknown): value is Application {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && 'fetch' in value && typeof value.fetch === 'function';
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
