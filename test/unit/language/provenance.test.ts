import { describe, expect, test } from "bun:test";
import type { Definition, MergedLanguage } from "../../../src/language/extend.ts";
import { checkPack } from "../../../src/language/load.ts";
import { type SourcedKeys, sourcedKeys, sourceOf } from "../../../src/language/provenance.ts";

function mergedIn(text: string, origin: string, earlier?: readonly MergedLanguage[]): readonly MergedLanguage[] {
  const { languages, problems } = checkPack(text, origin, earlier);
  expect(problems).toEqual([]);
  return languages;
}

const base = mergedIn("{version: 1, id: a, name: A, aliases: [aa], extensions: [.a], time: {factor: 2, add: 1s}, environment: {X: 1, Y: 2}, compile: {command: cc, limits: {time: 5}}, run: {command: x}}", "base.yaml");
const [top] = mergedIn("{version: 1, id: b, extends: a, time: {factor: 3}, environment: {Y: 5, 'Z.z': 6}, compile: null, extensions: []}", "top.yaml", base);

/** The values without their sources. */
function withoutSources(keys: SourcedKeys): unknown {
  return Object.fromEntries([...keys.keys].map(([key, sourced]) => [key, "definition" in sourced ? sourced.value : withoutSources(sourced)]));
}

describe("the source of a value", () => {
  const keys = sourcedKeys(top!.chain);
  const origin = (...path: string[]) => (sourceOf(keys, path) satisfies Definition | null)?.origin ?? null;

  test("is the last that said it, key by key", () => {
    expect([origin("id"), origin("name"), origin("time", "factor"), origin("time", "add"), origin("environment", "X"), origin("environment", "Y"), origin("environment", "Z.z")]).toEqual([
      "top.yaml", "base.yaml", "top.yaml", "base.yaml", "base.yaml", "top.yaml", "top.yaml",
    ]);
  });

  test("is the one that took it away, whatever was inside", () => {
    expect([origin("compile"), origin("compile", "command"), origin("compile", "limits", "time"), origin("extensions")]).toEqual(["top.yaml", "top.yaml", "top.yaml", "top.yaml"]);
  });

  test("is nobody for what nobody said, and for what is not inherited", () => {
    expect([origin("priority"), origin("run", "seccomp"), origin("aliases"), origin("hidden")]).toEqual([null, null, null, null]);
  });

  test("goes with the values that the language has", () => {
    expect(withoutSources(keys)).toEqual(top!.merged as Record<string, unknown>);
    for (const { merged, chain } of base) expect(withoutSources(sourcedKeys(chain))).toEqual(merged as Record<string, unknown>);
  });
});
