import type { WSGIEnvironment } from '@gatewire/interfaces';
import { readable, visible } from '../show-bytes.js';
import { startOf } from './body-report.js';
import type { BodyReport } from './body-report.js';
import { STYLE } from './style.js';
import { groupsOf } from './variables.js';
import type { Variable } from './variables.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` for HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** The answer as a page that fetches nothing: the variables in groups, and the body if there was one. */
export function asHtml(environ: WSGIEnvironment, body: BodyReport): string {
  const path = visible(readable(environ.SCRIPT_NAME + environ.PATH_INFO));
  const query = environ.QUERY_STRING === '' ? '' : `?${visible(readable(environ.QUERY_STRING))}`;
  const [request, ...others] = groupsOf(environ).map(({ title, variables }) => section(title, variables));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gatewire demo application</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Hello from gatewire</h1>
<p>Your request arrived, and this is every variable that the application was called with.</p>
<div class="asked"><span class="method">${escapeHtml(visible(environ.REQUEST_METHOD))}</span> <code>${escapeHtml(path + query)}</code></div>
</header>
${[request, bodySection(body), ...others].join('\n')}
<footer>The gatewire demo application. Ask without <code>Accept: text/html</code> for the same as text.</footer>
</main>
</body>
</html>
`;
}

function bodySection(body: BodyReport): string {
  if (body.size === 0) return '';
  return section('Body', [
    { name: 'size', value: `${body.size} bytes`, isText: true },
    { name: 'sha256', value: body.sha256, isText: true },
    { name: 'starts', value: startOf(body), isText: true },
  ]);
}

function section(title: string, variables: readonly Variable[]): string {
  const rows = variables.map(
    ({ name, value, isText }) => `<div><dt>${escapeHtml(visible(name))}</dt>${cell(value, isText)}</div>`,
  );
  return `<section>\n<h2>${title} <span>${variables.length}</span></h2>\n<dl>\n${rows.join('\n')}\n</dl>\n</section>`;
}

function cell(value: string, isText: boolean): string {
  if (value === '') return '<dd class="empty">empty</dd>';
  return `<dd${isText ? '' : ' class="kind"'}>${escapeHtml(visible(value))}</dd>`;
}
