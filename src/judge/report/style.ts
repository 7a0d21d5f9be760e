/** How the report looks: on light and on dark screens, narrow and wide ones, and on paper. Texts have a contrast of at least 4.5. */
import { colours, coloursInTheDark } from "./colours.ts";
import { stylePrint } from "./style-print.ts";
import { verdicts } from "../verdict.ts";

export const style = `
:root { color-scheme: light dark; ${colours} }
@media (prefers-color-scheme: dark) { :root { ${coloursInTheDark} } }
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
body { margin: 0 auto; max-width: 1200px; padding: 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; } h3 { font-size: 1rem; margin: 1.1rem 0 .3rem; } h4 { font-size: .9rem; margin: .7rem 0 .2rem; }
p, ul, dl { margin: .3rem 0; } a { color: var(--link); } small { color: var(--faint); font-size: .85em; font-weight: normal; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0; }
.columns { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
dl div { display: flex; gap: .8rem; } dt { color: var(--faint); flex: 0 0 9rem; } dd { margin: 0; min-width: 0; }
.scroll { max-width: 100%; overflow: auto; }
.note, .cut { color: var(--faint); }
.box { border: 1px solid var(--line); border-radius: 6px; padding: .2rem 1rem .8rem; }
ul.inline { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; padding: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.list { width: 100%; } .list th, .list td { border-bottom: 1px solid var(--line); overflow-wrap: normal; padding: .25rem .6rem .25rem 0; text-align: left; vertical-align: top; }
.list thead th { color: var(--faint); font-weight: normal; } .list tbody th { font-weight: normal; min-width: 9rem; overflow-wrap: anywhere; } .list .number { text-align: right; white-space: nowrap; }
.list tbody small { display: block; } td.what { min-width: 16rem; overflow-wrap: anywhere; width: 45%; }
strong.off, tr.off strong { color: var(--alarm); } tr.off th { border-left: 4px solid var(--alarm); padding-left: .5rem; }
tr:target { outline: 3px solid var(--link); outline-offset: -2px; }
.legend { display: flex; flex-wrap: wrap; font-size: .87rem; gap: .25rem 1.1rem; list-style: none; margin: .4rem 0; padding: 0; } .legend svg { vertical-align: -3px; }
.v { background: var(--b); color: var(--f); font-family: ui-monospace, monospace; } span.v { border-radius: 3px; display: inline-block; min-width: 1.4em; padding: 0 .3em; text-align: center; }
${verdicts.map((verdict) => `.v.${verdict} { --b: var(--${verdict}-back); --f: var(--${verdict}-fore); } .dot.${verdict} { --dot: var(--${verdict}-dot); }`).join("\n")}
.v.none { --b: transparent; --f: var(--faint); }
.v.off { background: repeating-linear-gradient(45deg, var(--b) 0 4px, var(--hatch) 4px 7px); background-color: var(--b); box-shadow: inset 0 0 0 2px var(--f); font-weight: bold; text-shadow: 0 0 2px var(--b), 0 0 2px var(--b), 0 0 4px var(--b), 0 0 4px var(--b); }
.matrix { border: 1px solid var(--line); max-height: 85vh; }
.matrix table { border-collapse: separate; border-spacing: 0; }
.matrix thead { position: sticky; top: 0; z-index: 2; } .matrix thead th { background: var(--paper); font-weight: normal; }
.matrix th.group { border-left: 2px solid var(--ink); font-size: .85rem; max-width: 0; overflow: hidden; padding: .1rem .3rem; text-align: left; text-overflow: ellipsis; white-space: nowrap; }
.matrix th.test { border-bottom: 1px solid var(--line); font-size: .75rem; max-width: 2em; padding: .3rem 0; vertical-align: bottom; } .matrix th.test span { display: inline-block; max-height: 10rem; overflow: hidden; white-space: nowrap; writing-mode: vertical-rl; }
.matrix .first { border-left: 2px solid var(--ink); }
.matrix th.name { background: var(--paper); left: 0; font-size: .9rem; max-width: 20rem; min-width: 15rem; padding: .15rem .6rem .15rem .4rem; position: sticky; text-align: left; z-index: 1; } .matrix tbody th { border-bottom: 1px solid var(--line); font-weight: normal; } .matrix th.name small { display: block; }
.matrix th.name.off { border-left: 4px solid var(--alarm); } .matrix th.off small { color: var(--alarm); }
.matrix td { border-bottom: 1px solid var(--paper); border-right: 1px solid var(--paper); height: 1px; min-width: 1.6rem; padding: 0; text-align: center; } .matrix td a { align-items: center; color: inherit; display: flex; height: 100%; justify-content: center; min-height: 2rem; padding: .45rem .15rem; text-decoration: none; } .matrix td a:hover { text-decoration: underline; }
svg { display: block; } svg text { fill: var(--ink); font-size: 12px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; } .key { display: inline-block; }
svg a text { fill: var(--link); } line.tick { stroke: var(--line); } text.tick { fill: var(--faint); } line.row { stroke: var(--line); stroke-width: .5; }
line.mark { stroke: var(--ink); stroke-width: 1.5; } .mark.limit { stroke: var(--alarm); stroke-width: 2; } .mark.lower { stroke-dasharray: 6 3; } .mark.upper { stroke-dasharray: 2 3; } .mark.margin { stroke-dasharray: 8 3 2 3; } line.own { stroke-width: 4; }
.dot { fill: var(--dot); fill-opacity: .75; stroke: var(--dot); } .dot .stroke { fill: none; stroke-width: 2.5; }
details.submission { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .3rem .8rem; } details.submission.off { border-left: 4px solid var(--alarm); }
summary { cursor: pointer; } summary .path { font-weight: 600; }
pre { background: var(--shade); border-radius: 4px; font: .85rem/1.4 ui-monospace, monospace; margin: .3rem 0; max-height: 25rem; overflow: auto; padding: .4rem .6rem; unicode-bidi: plaintext; white-space: pre-wrap; }
.transcript { max-width: 60rem; table-layout: fixed; width: 100%; } .transcript th, .transcript td { border-bottom: 0; padding: 0 .3rem; vertical-align: top; width: 50%; } .transcript pre { margin: .1rem 0; }
#tools { display: flex; gap: .5rem; } button { background: var(--shade); border: 1px solid var(--faint); border-radius: 4px; color: var(--ink); cursor: pointer; font: inherit; padding: .2rem .7rem; }
@media (max-width: 600px) { .matrix th.name { max-width: 9rem; min-width: 9rem; } dt { flex-basis: 7rem; } body { padding: .6rem; } }
@media (forced-colors: active) { .v.off { outline: 2px solid; outline-offset: -2px; } }
${stylePrint}`;
