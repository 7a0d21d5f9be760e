// The name that a caller chose for a source reaches no compiler that gives it a meaning: all packs, by their command lines.
import { describe, expect, test } from "bun:test";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import type { Language } from "../../../src/language/language.ts";
import { planSource } from "../../../src/language/plan-source.ts";
import { pluginNames } from "../../../src/language/plugins.ts";
import { meaningfulNames, oddNames } from "../../helpers/odd-names.ts";
import { languagesIn } from "../../helpers/packs.ts";
import { pluginLanguages } from "../../helpers/plugins.ts";

// A pack of somebody who did not think of names.
const careless = languagesIn("version: 1\nid: careless\nname: Careless\nextensions: [.x]\ncompile: {command: [sh, -c, 'cc {source} -o {executable}']}\nrun: {command: '{dir}/{stem}'}", "x.yaml")[0]!;

const languages = [
  ...builtInLanguages().map((language) => ({ pack: "built-in", language })),
  ...pluginNames.flatMap((pack) => pluginLanguages(pack).map((language) => ({ pack, language }))),
  { pack: "own", language: careless },
].map((one) => ({ ...one, id: one.language.id }));

const planOf = (language: Language, fileName: string) =>
  planSource(language, { fileName, source: Buffer.from("class A { public static void main(String[] a) {} }"), memoryBytes: 2 ** 30, cpuTimeSeconds: 1, workdir: "/box" });

describe("an odd name makes the same plan as a plain one", () => {
  test.each(languages)("$pack: $id", ({ language }) => {
    const extension = language.extensions[0] ?? ".x";
    const plain = planOf(language, `main${extension}`);
    expect(plain.stagedName).toMatch(/^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9+]+)?$/);
    for (const name of oddNames(extension)) expect([name, planOf(language, name)]).toEqual([name, plain]);
  });
});

describe("a name that the language itself gives a meaning to makes the same plan", () => {
  const known = languages.filter(({ id }) => Object.hasOwn(meaningfulNames, id));
  test.each(known)("$pack: $id", ({ language, id }) => {
    for (const name of meaningfulNames[id]!) {
      // C and C++ keep the plain part, which means nothing to them.
      const stem = language.sourceName === null ? name.replace(/\..*$/, "") : "main";
      const extension = language.extensions.find((one) => name.toLowerCase().endsWith(one.toLowerCase())) ?? language.extensions[0]!;
      expect([name, planOf(language, name)]).toEqual([name, planOf(language, `${stem}${extension}`)]);
    }
  });

  test("all of them are tried", () => {
    expect(Object.keys(meaningfulNames).filter((id) => !known.some((language) => language.id === id))).toEqual([]);
  });
});
