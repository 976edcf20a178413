// npm run docs: the reference of every exported name, to docs/api/. A warning is a failure: a link that leads nowhere, a type
// that is used and not exported, a parameter that is described and not there.
import { join, posix } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { entryPoints, publishedPackages, ROOT } from './lib/workspace.mjs';

/** Names of modules by their sources: `@gatewire/fastcgi/cgi` for `packages/fastcgi/src/cgi/index.ts`. */
const names = new Map(
  publishedPackages().flatMap(({ folder, manifest }) =>
    entryPoints(manifest).map(({ subpath, source }) => [
      posix.join(folder, source),
      posix.join(manifest.name, subpath),
    ]),
  ),
);

const application = await Application.bootstrap({
  name: 'gatewire',
  entryPoints: [...names.keys()].map((source) => join(ROOT, source)),
  tsconfig: join(ROOT, 'tsconfig.docs.json'),
  basePath: ROOT,
  readme: 'none',
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  disableSources: true,
  hideGenerator: true,
  highlightLanguages: ['bash', 'c', 'javascript', 'json', 'typescript'],
});
const project = await application.convert();
if (project !== undefined) {
  const titles = new Map([...names].map(([source, name]) => [source.replace(/(\/index)?\.ts$/, ''), name]));
  for (const module of project.getReflectionsByKind(ReflectionKind.Module))
    module.name = titles.get(module.name) ?? module.name;
  application.validate(project);
  await application.generateDocs(project, join(ROOT, 'docs/api'));
}
const { errorCount, warningCount } = application.logger;
process.exitCode = project === undefined || errorCount + warningCount > 0 ? 1 : 0;
