import { describe, expect, test } from "bun:test";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import { packKeys } from "../../../src/language/keys.ts";
import { checkPack } from "../../../src/language/load.ts";
import { formatProblem } from "../../../src/language/problem-line.ts";
import { normalizeLanguage } from "../../../src/language/normalize.ts";
import { skeleton } from "../../../src/language/skeleton.ts";
import { warningsFor } from "../../../src/language/warnings.ts";
import { readYaml } from "../../../src/language/document.ts";

const builtIn = builtInLanguages();
const known = (id: string) => builtIn.find((language) => language.id === id || language.aliases.includes(id)) ?? null;
const ids = ["lua", "c2", "f#", "a+b", "x.y-z_1", "null", "true", "on", "1", "1e5", "0x10", "0o7", "1.0", "a".repeat(64), "b".repeat(32), "py", ...builtIn.map(({ id }) => id)];

/** Every example holds. */
function withExamples(text: string): string {
  return text.replace(/^( *)#(?! \S)/gm, "$1");
}

function checked(text: string) {
  const { languages, problems } = checkPack(text, "p.yaml");
  expect(problems.map((problem) => formatProblem("p.yaml", problem))).toEqual([]);
  return languages.map((language) => normalizeLanguage(language, 1));
}

describe.each(ids.flatMap((id) => [[id, "compiled", false], [id, "interpreted", true]] as const))("the skeleton of %s, %s", (id, _, interpreted) => {
  const text = skeleton(id, known(id), undefined, interpreted);

  test("passes all checks as it is, and with every example in force", () => {
    expect(checked(text).map((language) => language.id)).toEqual([id]);
    expect(withExamples(text)).not.toBe(text);
    expect(checked(withExamples(text)).map((language) => language.id)).toEqual([id]);
  });

  test("is the language that there is, or one of its own that nothing is said against", () => {
    const [language] = checked(text);
    const base = known(id);
    if (base === null) expect(warningsFor(language!, [])).toEqual([]);
    else if (!interpreted || base.compile === null) expect(language).toMatchObject({ name: base.name, compile: base.compile, run: base.run, aliases: id === base.id ? base.aliases : [] });
    if (interpreted) expect(language!.compile).toBeNull();
    if (interpreted && base?.compile !== null) expect([language!.run.command, language!.toolchain!.command]).toEqual([[`/usr/bin/${id}`, "{source}"], [`/usr/bin/${id}`, "--version"]]);
  });

  test("has a line of explanation above each key of a language", () => {
    const lines = text.split("\n");
    for (const [at, line] of lines.entries()) {
      const [, key] = /^#?([a-z_]+):/.exec(line) ?? [];
      if (key === undefined || key === "compile" || key === "run" || key === "extends") continue;
      expect(lines[at - 1]).toBe(`# ${packKeys[key as keyof typeof packKeys]}`);
    }
  });
});

test("the skeleton of a new language shows every key of a language but those for special cases", () => {
  const document = readYaml(withExamples(skeleton("lua", null)));
  if (Array.isArray(document)) throw new Error("not a document");
  const shown = Object.keys(document.value as object);
  const all = Object.keys(packKeys).filter((key) => !key.includes("."));
  expect(all.filter((key) => !shown.includes(key))).toEqual(["languages", "extends", "hidden", "fallback", "entry_point", "network", "allow", "piston", "judge0"]);
});

test("the skeleton names the file that it is written to", () => {
  expect(skeleton("lua", null, "packs/mine.yaml")).toContain("languages test --pack packs/mine.yaml lua ");
  expect(skeleton("f#", null)).toContain("languages test --pack ./pack.yaml f# ");
});
