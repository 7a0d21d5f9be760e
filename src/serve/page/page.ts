/** The page of the service: one file that loads nothing, and talks to the own API alone. */
import { script } from "./script.ts";
import { style } from "./style.ts";

const hash = (text: string) => `'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`;

/** Only our own script and style. What a program writes is shown as text; even if it were not, it would neither run nor load anything. */
export const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>mini-isolate</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>mini-isolate <small id="version"></small></h1>
<p id="state" role="status"></p>
<form id="access" hidden>
<label for="key">Key</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-note">
<button type="submit">Use it</button>
<small id="key-note">It stays in this page, and is gone with it.</small>
</form>
<noscript><p>This page needs JavaScript. The service itself does not: its API is at <a href="v1/openapi.json">/v1</a>.</p></noscript>
</header>
<main>
<section aria-labelledby="program-title">
<h2 id="program-title">Program</h2>
<p class="row"><label for="language">Language</label> <select id="language"></select></p>
<div id="editor"><pre id="numbers" aria-hidden="true">1</pre><textarea id="source" rows="14" wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off" aria-label="Source" aria-describedby="editor-note"></textarea></div>
<p><small id="editor-note">Tab indents. Escape, then Tab, leaves the editor. Ctrl+Enter runs the program.</small></p>
<p><label for="input">Input</label></p>
<textarea id="input" rows="3" wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea>
<p class="row"><button id="run" type="button">Run</button> <button id="stop" type="button" disabled>Stop</button></p>
</section>
<section aria-labelledby="result-title">
<h2 id="result-title">Result</h2>
<p id="verdict" role="status" aria-live="polite">Nothing was run yet.</p>
<dl id="figures"></dl>
<div id="compiler" hidden><h3>Compiler</h3><pre tabindex="0" aria-label="What the compiler wrote"></pre></div>
<h3>Output</h3>
<pre id="stdout" tabindex="0" aria-label="Standard output"></pre>
<div id="errors" hidden><h3>Standard error</h3><pre tabindex="0" aria-label="Standard error"></pre></div>
</section>
<section aria-labelledby="queue-title">
<h2 id="queue-title">Queue and slots</h2>
<p id="queue"></p>
<div class="scroll"><table id="slots"><caption>Slots of this machine</caption><thead><tr><th scope="col">slot</th><th scope="col">processor</th><th scope="col">does</th></tr></thead><tbody></tbody></table></div>
<div class="scroll"><table id="workers" hidden><caption>Workers</caption><thead><tr><th scope="col">worker</th><th scope="col">slots</th><th scope="col">runs</th></tr></thead><tbody></tbody></table></div>
</section>
<section aria-labelledby="languages-title">
<h2 id="languages-title">Languages</h2>
<div class="scroll"><table id="languages"><thead><tr><th scope="col">language</th><th scope="col">version</th><th scope="col">id and aliases</th></tr></thead><tbody></tbody></table></div>
</section>
</main>
<script>${script}</script>
</body>
</html>
`;
