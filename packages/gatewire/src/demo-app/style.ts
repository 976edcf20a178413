/** The page's only style sheet. System fonts and colours of its own for light and dark: nothing is fetched. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #e3e6ea; --text: #1c2430; --soft: #5d6979;
  --name: #0b5a8a; --kind: #7a4b00; --accent: #0a7f5a; --accent-text: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181e; --card: #1c222b; --line: #2d3540; --text: #e4e8ee; --soft: #97a3b4;
    --name: #7cc4f2; --kind: #e2b36b; --accent: #5fd3a7; --accent-text: #0c241b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.01em; }
header p { margin: 0.5rem 0 0; color: var(--soft); }
.asked {
  display: flex; align-items: baseline; gap: 0.75rem; margin: 1.25rem 0 0; padding: 0.75rem 1rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
}
.method {
  flex: none; padding: 0.05rem 0.55rem; border-radius: 0.35rem; font-weight: 600; font-size: 0.85rem;
  background: var(--accent); color: var(--accent-text);
}
code, dt, dd { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, dd { overflow-wrap: anywhere; }
section { margin-top: 1.75rem; }
h2 { margin: 0 0 0.5rem; font-size: 1rem; }
h2 span { color: var(--soft); font-weight: 400; }
dl { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; }
dl div {
  display: grid; grid-template-columns: minmax(13rem, 19rem) 1fr; gap: 0.15rem 1.25rem; padding: 0.45rem 1rem;
  font-size: 0.85rem;
}
dl div + div { border-top: 1px solid var(--line); }
dt { color: var(--name); overflow-wrap: anywhere; }
dd { margin: 0; min-width: 0; white-space: pre-wrap; }
dd.kind { color: var(--kind); }
dd.empty { color: var(--soft); font-style: italic; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.85rem; }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 2rem; }
  h1 { font-size: 1.4rem; }
  dl div { grid-template-columns: 1fr; padding: 0.5rem 0.85rem; }
}
`;
