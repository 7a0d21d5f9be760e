/** How the page looks: on light and on dark screens, narrow and wide ones. Texts have a contrast of at least 4.5. */
export const style = `
:root { color-scheme: light dark; --paper: #fff; --shade: #f3f4f6; --ink: #1b1b1d; --faint: #595c63; --line: #cfd2d8; --link: #0b57a4; --good: #0f5a2a; --alarm: #a3140c; --act: #0b57a4; --act-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --shade: #22252a; --ink: #e9e9ea; --faint: #a7abb2; --line: #3a3e45; --link: #85b8f2; --good: #7fd699; --alarm: #ff8f85; --act: #85b8f2; --act-ink: #10151b; } }
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
body { margin: 0 auto; max-width: 1200px; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 1.4rem 0 .4rem; } h3 { font-size: .95rem; margin: .8rem 0 .2rem; }
p, dl { margin: .4rem 0; } a { color: var(--link); } small { color: var(--faint); font-size: .87em; font-weight: normal; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
main { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); } section { min-width: 0; }
form:not([hidden]), .row { align-items: center; display: flex; flex-wrap: wrap; gap: .4rem .8rem; }
button, select, input, textarea { background: var(--shade); border: 1px solid var(--faint); border-radius: 4px; color: var(--ink); font: inherit; max-width: 100%; padding: .3rem .6rem; }
button { cursor: pointer; min-width: 5rem; } button:disabled { border-color: var(--line); color: var(--faint); cursor: default; }
#run:not(:disabled) { background: var(--act); border-color: var(--act); color: var(--act-ink); }
textarea, pre { font: .87rem/1.45 ui-monospace, monospace; margin: 0; tab-size: 4; width: 100%; }
textarea { display: block; resize: vertical; }
#editor { border: 1px solid var(--faint); border-radius: 4px; display: flex; overflow: hidden; } #editor:focus-within { outline: 3px solid var(--link); outline-offset: 1px; }
#numbers { background: var(--shade); border-right: 1px solid var(--line); color: var(--faint); flex: none; max-height: none; overflow: hidden; padding: .3rem .5rem; text-align: right; user-select: none; width: auto; white-space: pre; border-radius: 0; position: relative; }
#source { background: var(--paper); border: 0; border-radius: 0; outline: 0; }
pre { background: var(--shade); border-radius: 4px; max-height: 24rem; min-height: 2.1rem; overflow: auto; padding: .4rem .6rem; unicode-bidi: plaintext; white-space: pre-wrap; }
#verdict { font-weight: 600; } #verdict.good { color: var(--good); } #verdict.bad { color: var(--alarm); }
dl { display: flex; flex-wrap: wrap; gap: .1rem 1.6rem; } dl div { display: flex; gap: .5rem; } dt { color: var(--faint); } dd { font-variant-numeric: tabular-nums; margin: 0; }
.scroll { max-width: 100%; overflow: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; width: 100%; } caption { color: var(--faint); text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; } thead th { color: var(--faint); font-weight: normal; } tbody th { font-weight: 600; }
.off { color: var(--faint); }
@media (max-width: 600px) { body { padding: .6rem; } }
`;
