/**
 * Whether an Accept header asks for HTML rather than for plain text, as browsers do and `curl` (`*` + `/*`) does not
 * (RFC 9110 §12.5.1). Only `text/html` and `application/xhtml+xml` by name count.
 */
export function prefersHtml(accept: string | undefined): boolean {
  let html = 0;
  let text = 0;
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = qualityOf(parameters);
    if (type === 'text/html' || type === 'application/xhtml+xml') html = Math.max(html, quality);
    if (type === 'text/plain') text = Math.max(text, quality);
  }
  return html > 0 && html >= text;
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  if (given === undefined) return 1;
  const quality = Number(given.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
