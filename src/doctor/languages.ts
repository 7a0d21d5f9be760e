/** Packs and compilers. */
import { type CheckGroup, type Finding, pass, warn } from "./check.ts";
import type { Host } from "./host.ts";

async function packs(host: Host): Promise<Finding> {
  const { problems } = await host.compilers();
  const [first, ...more] = problems;
  if (first === undefined) return pass("all can be used");
  return warn(`${first}${more.length === 0 ? "" : ` (and ${more.length} more)`}`);
}

/** A built-in language that nobody has installed is nothing to worry about, unless none is there. */
async function compilers(host: Host): Promise<Finding> {
  const { found, missing } = await host.compilers();
  const wrong = missing.filter(({ chosen, elsewhere }) => chosen || elsewhere);
  const names = (list: readonly { readonly language: string }[]) => list.map(({ language }) => language).join(" ");
  const there = found.length === 0 ? "none" : found.join(" ");
  const first = wrong[0];
  if (first !== undefined) return warn(`${wrong.map(({ language, what }) => `${language}: ${what}`).join("; ")}`, first.advice === null ? {} : { mend: first.advice });
  if (found.length === 0) return warn(`none of ${names(missing)}`);
  return pass(`${there}${missing.length === 0 ? "" : `; not installed: ${names(missing)}`}`);
}

export const languages: CheckGroup = {
  name: "languages",
  title: "Languages",
  checks: [
    {
      id: "languages.packs", title: "language packs", worst: "warn", how: "the host's directory of packs, and MINI_ISOLATE_PACKS", look: packs,
      means: "Sources in a language of this pack are refused.", mend: "mini-isolate languages check",
    },
    {
      id: "languages.compilers", title: "compilers and runtimes", worst: "warn", how: "the programs of every language, looked for as in a box", look: compilers,
      means: "Sources in this language end with exit code 69.", mend: "install it; mini-isolate languages list shows all, and languages test runs their tests",
    },
  ],
};
