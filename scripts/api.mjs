// A report of each published package's API: what its built declarations export, without comments, in `api.md` beside its
// package.json. A change of the API is then a change of that file, which a reviewer sees. Needs `npm run build`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { compareWithFile, isMain, report } from './lib/report.mjs';
import { publishedPackages, ROOT } from './lib/workspace.mjs';

/**
 * Whether users can see a member of a class: not when it is private, and not when it is protected in a class that they
 * cannot name and so not extend.
 * @param {ts.ClassElement} member
 * @param {boolean} exported
 */
function isVisible(member, exported) {
  const flags = ts.getCombinedModifierFlags(member);
  return !(flags & ts.ModifierFlags.Private) && (exported || !(flags & ts.ModifierFlags.Protected));
}

/**
 * The declarations behind a name, as they stand in the `.d.ts` files but for comments, `declare` and hidden members.
 * @param {readonly ts.Declaration[]} declarations
 * @param {boolean} exported
 */
function textOf(declarations, exported) {
  const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  const texts = declarations.map((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    const node = ts.isClassDeclaration(statement) ? visibleClass(statement, exported) : statement;
    return printer
      .printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile())
      .replace(/^(export )?(declare )?/, '');
  });
  return [...new Set(texts)].join('\n');
}

/**
 * @param {ts.ClassDeclaration} node
 * @param {boolean} exported
 */
function visibleClass(node, exported) {
  const members = node.members.filter((member) => isVisible(member, exported));
  const { modifiers, name, typeParameters, heritageClauses } = node;
  return ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members);
}

/**
 * What lies in the folder of the package and is named in these declarations, directly or not.
 * @param {ts.TypeChecker} checker
 * @param {readonly ts.Symbol[]} exported
 * @param {(file: ts.SourceFile) => boolean} isOwn
 */
function reachable(checker, exported, isOwn) {
  const found = new Set(exported);
  /** @param {ts.Symbol} symbol */
  const own = (symbol) => symbol.declarations?.filter((node) => isOwn(node.getSourceFile())) ?? [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (
      ts.isClassElement(node) &&
      !isVisible(
        node,
        exported.some((symbol) => own(symbol).some((other) => other === node.parent)),
      )
    )
      return;
    if (ts.isIdentifier(node)) {
      const symbol = resolved(checker, checker.getSymbolAtLocation(node));
      if (symbol !== undefined && !found.has(symbol) && own(symbol).some(isTopLevel)) found.add(symbol);
    }
    ts.forEachChild(node, visit);
  };
  // A set that grows while it is walked: what is found is searched too.
  for (const symbol of found) own(symbol).forEach(visit);
  return found;
}

/** @param {ts.Declaration} node */
function isTopLevel(node) {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return ts.isSourceFile(statement.parent);
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol | undefined} symbol
 */
function resolved(checker, symbol) {
  return symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias
    ? checker.getAliasedSymbol(symbol)
    : symbol;
}

/**
 * @param {ts.Program} program
 * @param {string} name Of the package.
 * @param {string} folder Absolute.
 * @param {readonly { name: string, path: string }[]} entries
 * @returns {string} The report, as Markdown.
 */
export function apiReport(program, name, folder, entries) {
  const checker = program.getTypeChecker();
  const parts = [`# API of ${name}`, 'Written by `npm run check -- --update`; compared by `npm run check`.'];
  /** @type {Set<ts.Symbol>} */
  const everything = new Set();
  for (const entry of entries) {
    const source = program.getSourceFile(entry.path);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry.path} is not built, or exports nothing`);
    /** @type {[string, ts.Symbol][]} */
    const names = checker
      .getExportsOfModule(module)
      .map((symbol) => [symbol.name, resolved(checker, symbol) ?? symbol]);
    for (const [, symbol] of names) everything.add(symbol);
    parts.push(`## ${entry.name}`, block(names, true));
  }
  const named = [
    ...reachable(checker, [...everything], (file) => file.fileName.startsWith(`${folder}/dist/`)),
  ].filter((symbol) => !everything.has(symbol));
  if (named.length > 0)
    parts.push(
      '## Named above, not exported',
      block(
        named.map((symbol) => [symbol.name, symbol]),
        false,
      ),
    );
  return `${parts.join('\n\n')}\n`;
}

/**
 * @param {readonly [string, ts.Symbol][]} names
 * @param {boolean} exported
 */
function block(names, exported) {
  const texts = [...names]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, symbol]) => {
      const text = textOf(symbol.declarations ?? [], exported);
      return symbol.name === name ? text : `// as ${name}\n${text}`;
    });
  return `\`\`\`typescript\n${texts.join('\n\n')}\n\`\`\``;
}

/** @param {import('./lib/workspace.mjs').Package} subject */
function typesOf({ folder, manifest }) {
  const { exports } =
    /** @type {{ publishConfig?: { exports?: Record<string, unknown> } }} */ (manifest).publishConfig ?? {};
  return Object.entries(exports ?? {}).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return [];
    const { import: forImport } = /** @type {{ import: { types: string } }} */ (target);
    return [{ name: manifest.name + subpath.slice(1), path: join(ROOT, folder, forImport.types) }];
  });
}

if (isMain(import.meta.url)) {
  const update = process.argv.includes('--update');
  const packages = publishedPackages().map((subject) => ({ ...subject, entries: typesOf(subject) }));
  const missing = packages.flatMap(({ entries }) => entries.filter(({ path }) => !existsSync(path)));
  if (missing.length > 0) report([...missing.map(({ path }) => `${path} is not built`)], '');
  else {
    const program = ts.createProgram(
      packages.flatMap(({ entries }) => entries.map(({ path }) => path)),
      {
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        skipLibCheck: true,
        noEmit: true,
        types: [],
      },
    );
    const violations = packages.flatMap(({ folder, manifest, entries }) =>
      compareWithFile(
        `${folder}/api.md`,
        apiReport(program, manifest.name, join(ROOT, folder), entries),
        update,
      ),
    );
    report(violations, `the API of ${packages.length} packages is as reported`);
  }
}
