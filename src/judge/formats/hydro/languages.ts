/** Languages by the names that Hydro's langs.yaml has for them, as languages of ours. */

/** By what stands before the dot. */
const bases: Readonly<Record<string, string>> = {
  c: "c", cc: "cpp", py: "python", java: "java", js: "javascript", ts: "typescript", go: "go", rs: "rust", pas: "pascal", kt: "kotlin", cs: "csharp", rb: "ruby", php: "php", pl: "perl",
  lua: "lua", hs: "haskell", ml: "ocaml", d: "d", jl: "julia", r: "r", bash: "shell", sh: "shell",
};
/** Those that are another language than their base says. */
const whole: Readonly<Record<string, string>> = { "py.pypy3": "pypy" };

/** @returns the id of a language of ours; a name that is not known stays as it is */
export function languageFor(hydro: string): string {
  return whole[hydro] ?? bases[hydro.split(".")[0]!] ?? hydro;
}

/** Each language once. */
export function languagesFor(hydro: readonly string[]): string[] {
  return [...new Set(hydro.map(languageFor))];
}
