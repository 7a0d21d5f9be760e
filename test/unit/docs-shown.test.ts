// What the documents show can be used as it is: packs are right, and the files that commands name are in docs/examples.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInDefinitions } from "../../src/language/builtin.ts";
import type { MergedLanguage } from "../../src/language/extend.ts";
import { checkPack } from "../../src/language/load.ts";
import { formatProblem } from "../../src/language/problem-line.ts";
import { pluginNames } from "../../src/language/plugins.ts";
import { pluginLanguages } from "../../src/language/registry.ts";
import { documents } from "../helpers/doc-tables.ts";
import { commandsIn, shownBlocks } from "../helpers/shown-commands.ts";

const top = join(import.meta.dir, "../..");
const pages = documents().map((name) => ({ name, text: readFileSync(join(top, name), "utf8") }));
const blocksIn = (...languages: string[]) => pages.flatMap(({ name, text }) => shownBlocks(name, text, languages));
const known: readonly MergedLanguage[] = [...pluginNames.flatMap((name) => pluginLanguages(name, builtInDefinitions())), ...builtInDefinitions()];

/** What is shown of a pack without its beginning, as a part of one. */
function asPack(text: string): string {
  const rest = [...(/^name:|^extends:|^languages:/m.test(text) ? [] : ["name: shown"]), ...(/^run:|^extends:|^languages:/m.test(text) ? [] : ["run: shown"])];
  return [...(/^version:/m.test(text) ? [] : ["version: 1"]), ...(/^id:|^languages:/m.test(text) ? [] : ["id: shown"]), ...rest, text].join("\n");
}

describe("YAML that is shown", () => {
  const blocks = blocksIn("yaml", "yml");

  test("is there", () => {
    expect(blocks.length).toBeGreaterThan(6);
    expect(blocks.filter(({ notChecked }) => notChecked === "")).toEqual([]);
  });

  test.each(blocks.filter(({ notChecked }) => notChecked === null))("passes languages check: $place", ({ place, text }) => {
    expect(checkPack(asPack(text), place, known).problems.map((problem) => formatProblem(place, problem))).toEqual([]);
  });

  test("that is a pack in the output of a command is one as well", () => {
    const shown = blocksIn("console").flatMap((block) => commandsIn(block).filter(({ output }) => /^version: 1$/m.test(output)).map(({ output }) => ({ place: block.place, output: output.replace(/^mini-isolate: .*\n/gm, "") })));
    expect(shown.length).toBeGreaterThan(2);
    for (const { place, output } of shown) expect([place, checkPack(output, place, known).problems.map(({ message }) => message)]).toEqual([place, []]);
  });
});

describe("files that commands are shown with", () => {
  /** Flags with a file of the reader's. */
  const named = /(?:--(?:source|input|add) |--pack (?=\S*[/.])|languages (?:check|import) (?=\S*\.)|<(?=[a-z])| cat )([\w./-]+)/g;
  const files = blocksIn("console", "sh").flatMap((block) => commandsIn(block).flatMap(({ command }) => [...command.matchAll(named)].map(([, file = ""]) => ({ place: block.place, file, page: block.place.split(":")[0]! }))));
  /** What a command of the same page makes. */
  const made = (page: string) => new Set(pages.find(({ name }) => name === page)!.text.matchAll(/(?:--(?:output|meta) |>\s?)([\w./-]+)/g).map(([, file = ""]) => file));

  test.each(files.filter(({ file, page }) => !made(page).has(file.replace(/^\.\//, "")) && !file.startsWith("/")))("$place: $file is in docs/examples", ({ file }) => {
    expect(existsSync(join(top, file.startsWith("docs/") ? file : join("docs/examples", file)))).toBe(true);
  });

  test("are many", () => {
    expect(files.length).toBeGreaterThan(25);
  });
});
