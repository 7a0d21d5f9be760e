/** Runs the tests of every language of the plugins, as `languages test` does: what the two files of plugin programs share. */
import { expect, test } from "bun:test";
import type { Language } from "../../src/language/language.ts";
import { pluginNames } from "../../src/language/plugins.ts";
import { openState } from "../helpers/binary.ts";
import { isTriedHere, pluginLanguages, programsOf, whereIs } from "../helpers/plugins.ts";
import { claimWith, sandbox, type Requirement } from "../helpers/requires.ts";

/** What `languages test --json` prints, as far as it is looked at. */
interface Report {
  readonly languages: readonly {
    readonly id: string;
    readonly origin: string;
    readonly skipped: string | null;
    readonly toolchain: { readonly version?: string | null };
    readonly tests: readonly { readonly name: string; readonly passed: boolean | null; readonly message: string | null }[];
  }[];
}

/** Languages whose compiler takes seconds for each program: their tests are more than half of the time of all. */
const slowIds = ["kotlin", "scala", "typescript"];

export const patient = { timeout: 300_000 };

const found = (program: string): Requirement => ({ missing: whereIs(program) === null ? program : null });

/** One claim for each language of the plugins that is slow, or that is not. @param needs what else the claims need */
export function claimPrograms(slow: boolean, ...needs: readonly Requirement[]): void {
  for (const plugin of pluginNames) {
    for (const language of pluginLanguages(plugin)) {
      // Debian has no package of Bun: it has a claim of its own.
      if (language.id === "typescript-bun" || slowIds.includes(language.id) !== slow) continue;
      const title = `${plugin}: ${language.id}`;
      const programs = programsOf(language).map(found);
      const missing = programs.flatMap((need) => need.missing ?? []);
      const cannotBeHad = !isTriedHere(language) || (language.id === "assembly" && process.arch !== "x64");
      if (cannotBeHad && missing.length > 0) test.skip(`${title} (skipped: Debian has no package with ${missing.join(" or ")})`, () => {});
      else claimWith(...sandbox, ...programs, ...needs)(title, async () => expectAllPass(plugin, language), patient);
    }
  }
}

export async function expectAllPass(plugin: string, language: Language, pack: { readonly name: string; readonly text: string } | null = null): Promise<void> {
  await using state = openState();
  const file = pack === null ? null : state.file(pack.name, pack.text);
  const flags = ["--pack", plugin, ...(file === null ? [] : ["--pack", file])];
  const { result, stderr } = await state.json<Report>(["languages", "test", language.id, ...flags], { timeoutMs: 280_000 });
  const [report, ...others] = result.languages;
  expect(others).toEqual([]);
  expect([report!.id, report!.origin, report!.skipped, stderr.includes("error")]).toEqual([language.id, file ?? plugin, null, false]);
  expect(report!.toolchain.version).toMatch(/^[0-9]/);
  expect(report!.tests.map(({ name, passed, message }) => [name, passed, message])).toEqual(language.tests.map(({ name }) => [name, true, null]));
}
