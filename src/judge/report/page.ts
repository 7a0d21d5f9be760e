/** The frame of the report: one file that loads nothing. */
import { Html, html, type Part } from "./html.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

/** What the file begins with, so that an older report can be told from somebody's work. */
export const reportBeginning = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="mini-isolate judge">\n';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

/** @param title plain text */
export function page(title: string, lead: Html, sections: readonly Section[]): string {
  return `${reportBeginning}${html`<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${lead}
<nav aria-label="Contents"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}-section">${name}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(({ id, title: name, body }) => html`<section id="${id}-section" aria-labelledby="${id}-title">
<h2 id="${id}-title">${name}</h2>
${body}
</section>
`)}</main>
<script>${new Html(script)}</script>
</body>
</html>
`.text}`;
}

/** Only our own script and style: whatever a program smuggled in would neither run, nor look otherwise, nor load anything. */
function policy(): string {
  const hash = (text: string) => `'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`;
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
}
