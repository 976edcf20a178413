// What is in the tarballs: that types are found by every way of resolving a module, that nothing is needed which is not
// declared, and that nothing is there which users have no use for. Needs `scripts/pack.mjs`.
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { importsOf, parseSource } from './lib/imports.mjs';
import { isMain, report } from './lib/report.mjs';
import { filesIn, installTarballs, tarballOf } from './lib/tarballs.mjs';

/** Resolution as before Node 12: it knows no `exports`, so that it finds no package that has nothing else. */
const TOO_OLD = 'node10';

/** Where recorded traffic lies, which is what one of the packages is for. */
const RECORDED = /^(uwsgi|fastcgi|http)\//;
/** What a tarball may hold beside that. */
const WANTED = /^(package\.json|LICENSE|schema\.json|[A-Z-]+\.md|dist\/.+\.(js|cjs|d\.ts|d\.cts))$/;

/**
 * @param {string} file Path of a tarball.
 * @returns {Promise<string[]>} One line per way in which types cannot be found, or are not those of what is loaded.
 */
async function typeProblems(file) {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(file))));
  if (result.types === false) return ['has no types'];
  return result.problems
    .filter((problem) => !('resolutionKind' in problem && problem.resolutionKind === TOO_OLD))
    .map((problem) => JSON.stringify(problem));
}

/**
 * What the files of a package ask for and do not get: packages that it does not declare, and files that it does not have.
 * @param {{ name: string, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} manifest
 * @param {ReadonlyMap<string, string>} files Text by path in the package.
 * @returns {string[]} One line per violation.
 */
export function undeclared(manifest, files) {
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  const declared = [
    manifest.name,
    ...Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
  ];
  return [...files]
    .filter(([path]) => /\.(js|cjs|d\.ts|d\.cts)$/.test(path))
    .flatMap(([path, text]) => {
      const specifiers = [
        ...importsOf(parseSource(path, text)).map((found) => found.specifier),
        ...requiresOf(text),
      ];
      return [...new Set(specifiers)]
        .filter((specifier) => !isThere(specifier, path, declared, files))
        .map(
          (specifier) =>
            `${path} asks for ${specifier}, which is not ${specifier.startsWith('.') ? 'packed' : 'declared'}`,
        );
    });
}

/** @param {string} text */
function requiresOf(text) {
  return [...text.matchAll(/\brequire\((["'])([^"']+)\1\)/g)].map(([, , specifier]) => specifier);
}

/**
 * @param {string} specifier
 * @param {string} path
 * @param {readonly string[]} declared
 * @param {ReadonlyMap<string, string>} files
 */
function isThere(specifier, path, declared, files) {
  if (!specifier.startsWith('.'))
    return (
      isBuiltin(specifier) || declared.some((name) => specifier === name || specifier.startsWith(`${name}/`))
    );
  const target = posix.join(posix.dirname(path), specifier);
  const types = target.replace(/\.js$/, '.d.ts').replace(/\.cjs$/, '.d.cts');
  return files.has(/\.d\.c?ts$/.test(path) ? types : target);
}

/**
 * @param {import('./lib/tarballs.mjs').Installed} subject
 * @returns {string[]}
 */
function contentProblems({ folder, manifest }) {
  const paths = filesIn(folder);
  const unwanted = paths.filter((path) => !WANTED.test(path) && !RECORDED.test(path));
  const missing = ['LICENSE', 'README.md'].filter((path) => !paths.includes(path));
  const files = new Map(
    paths.map((path) => [path, path.startsWith('dist/') ? readFileSync(join(folder, path), 'utf8') : '']),
  );
  return [
    ...unwanted.map((path) => `${path} is packed`),
    ...missing.map((path) => `${path} is missing`),
    ...undeclared(manifest, files),
  ];
}

if (isMain(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'gatewire-tarballs-'));
  try {
    const installed = await installTarballs(folder);
    /** @type {string[]} */
    const violations = [];
    for (const subject of installed) {
      const problems = [...(await typeProblems(tarballOf(subject.manifest))), ...contentProblems(subject)];
      violations.push(...problems.map((problem) => `${subject.name}: ${problem}`));
    }
    report(violations, `${installed.length} tarballs hold what they should, and types are found in them`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
