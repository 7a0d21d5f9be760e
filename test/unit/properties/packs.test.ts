// Language packs and sources: whatever a pack or a file is called or says, plans are sound or refused with a typed error.
import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInDefinitions, builtInLanguages } from "../../../src/language/builtin.ts";
import { mergePack } from "../../../src/language/extend.ts";
import { checkPack } from "../../../src/language/load.ts";
import { sourcedKeys, sourceOf } from "../../../src/language/provenance.ts";
import { languagesIn } from "../../helpers/packs.ts";
import { planSource } from "../../../src/language/plan-source.ts";
import { parseSize, parseTime } from "../../../src/language/quantities.ts";
import { resolveLanguage } from "../../../src/language/resolve.ts";
import { awkward, inherited, mutate, property, type Random, typed } from "./property.ts";

const directory = join(import.meta.dir, "../../../languages");
const packs = readdirSync(directory).filter((name) => name.endsWith(".yaml")).map((name) => readFileSync(join(directory, name), "utf8"));

const yamlPieces = [
  ...awkward, "\n__proto__:\n  polluted: 1\n", "\nconstructor: {prototype: {polluted: 1}}\n", "\n? [a, b]\n: c\n", "&a ", "*a", "<<: *a\n", "!!js/function 'x'", "!!binary aGk=", "!!set {a}", "!!int 'x'", "--- \n", "...\n", "%YAML 1.1\n", "%TAG ! x\n",
  "\nversion: 2\n", "\nid: x\n", "\nid: __proto__\n", "extensions: [.x]\n", "null", "~", "yes", "1e400", ".nan", ".inf", "0o17", "-1", "{", "}", "[", "]", "- ", ": ", "# ", "|\n", ">-\n", "\t", "{memory_mb-99999999}", "{nothing}", "(", "(a+)+$", "\\", "\"",
  "\na: &b [*b]\n", `\nx: ${"[".repeat(300)}\n`, "\nlol: [&a [1,2], &b [*a,*a,*a,*a,*a,*a,*a,*a], [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]]\n",
];

/** A built-in pack with some lines or characters changed. */
function changedPack(random: Random): string {
  const text = random.pick(packs);
  if (random.once(2)) return mutate(random, text, yamlPieces);
  const lines = text.split("\n");
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(lines.length);
    const line = lines[at] ?? "";
    lines.splice(at, 1, ...random.pick([() => [], () => [line, line], () => [` ${line}`], () => [line.trimStart()], () => [line.replace(/:.*/, `: ${random.pick(yamlPieces)}`)], () => [random.pick(yamlPieces), line]])());
  }
  return lines.join("\n");
}

property("a pack with anything changed in it is refused with its place, or gives languages that plan", 300, (random) => {
  const text = changedPack(random);
  const { value: languages, error } = typed(() => languagesIn(text, "pack.yaml"));
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  if (languages === null) {
    expect(error.message).toMatch(/^pack\.yaml:[0-9]+:[0-9]+: ./s);
    expect(error.exitCode).toBe(64);
    return;
  }
  // Read again, it says the same.
  expect(languagesIn(text, "pack.yaml")).toEqual(languages);
  for (const language of languages) {
    expect(language.id).toMatch(/^[a-z0-9]/);
    expect(Object.getPrototypeOf(language)).toBe(Object.prototype);
    const { value: plan } = typed(() => planSource(language, { fileName: `Main${language.extensions[0] ?? ""}`, source: Buffer.from("class Main { static void main() {} }"), memoryBytes: null, cpuTimeSeconds: null, workdir: "/box" }));
    if (plan !== null) expect([plan.run.command, ...(plan.compile === null ? [] : [plan.compile.command])].every((command) => command.length > 0 && command.every((word) => !word.includes("\0")))).toBeTrue();
  }
});

/** Languages with a random part of the keys of a language, that extend each other, built-in ones, or nothing that there is. */
function severalLanguages(random: Random): string {
  const ids = ["a", "b", "c", "d", "cpp", "java"];
  /** What is right wherever it stands, then what is wrong, or right only with something else. */
  const values: Readonly<Record<string, readonly [right: readonly string[], risky: readonly string[]]>> = {
    name: [["X", "'{x}'"], ["5", "null"]], hidden: [["true", "false"], ["null"]], aliases: [["[]"], ["[x]", "[x, y]", "[a]", "null"]], extensions: [["[]"], ["[.x]", "[.x, .y]", "[.cpp]"]],
    shebang: [["x"], ["null", "'('"]], priority: [["1", "-1"], ["1.5"]], source_name: [["'{stem}.x'"], ["null", "'{mainclass}.x'"]],
    entry_point: [["{pattern: (x)}", "{default: null}", "{depth: 2}"], ["null", "{pattern: x}"]], environment: [["{A: 1}", "{A: 2, B: '{source}'}", "{}"], ["null"]], mounts: [["[]", "[data]"], ["[dev]"]],
    time: [["{factor: 2}", "{add: 1s}", "{}"], ["null", "{factor: 0}"]], memory: [["{add: 1}", "{factor: 3}"], ["null"]], toolchain: [["{command: x}"], ["null", "{minimum: '1'}"]],
    compile: [["{command: x}", "{command: [x, '{sources}']}", "{command: y, limits: {time: 1, wall_time: 2}, artefacts: [a]}"], ["null", "{}", "{limits: {time: 1}}"]],
    run: [["{command: x}", "{command: 'x {source}', needs: {memory: 1}}"], ["{needs: {memory: 2}, limits: {stack: 1}}", "{}", "null"]], test: [["[]", "[{source: x}]"], ["[{}]"]],
  };
  const one = (id: string) => {
    const keys = Object.keys(values).filter(() => random.once(5));
    const base = random.once(2) ? [`extends: ${random.pick(random.once(12) ? [...ids, "nothing"] : ids.slice(4))}`] : [];
    const usual = base.length > 0 ? [] : ["name: N", "run: {command: 'r {source}'}"].filter((line) => !keys.includes(line.split(":")[0]!));
    const away = base.length > 0 ? ["extensions: [], priority: 0"].filter(() => !keys.includes("extensions") && !keys.includes("priority")) : [];
    return `{${[`id: ${id}`, ...base, ...usual, ...away, ...keys.map((key) => `${key}: ${random.pick(values[key]![random.once(15) ? 1 : 0])}`)].join(", ")}}`;
  };
  const chosen = ids.filter(() => random.once(2));
  const siblings = chosen.map((id, index) => {
    const text = one(id);
    return index > 0 && random.once(2) ? text.replace(/extends: [a-z]+/, `extends: ${chosen[random.below(index)]!}`) : text;
  });
  return `version: 1\nlanguages:\n${(siblings.length === 0 ? [one("a")] : random.once(2) ? siblings : siblings.toReversed()).map((text) => `  - ${text}\n`).join("")}`;
}

property("a pack of several languages, changed or not, is refused with places or gives what merging it again gives", 1000, (random) => {
  const text = random.once(4) ? mutate(random, severalLanguages(random), yamlPieces) : severalLanguages(random);
  const { languages: merged, problems } = checkPack(text, "pack.yaml");
  expect(merged.length > 0 && problems.length > 0).toBeFalse();
  expect(merged.length + problems.length).toBeGreaterThan(0);
  for (const { line, column, message } of problems) expect(line >= 1 && column >= 1 && message !== "").toBeTrue();
  const alone = mergePack(merged.map((language) => language.merged), "again", builtInDefinitions()).languages;
  expect(alone.map((language) => language.merged)).toEqual(merged.map((language) => language.merged));
  for (const { merged: one, chain } of merged) {
    // A language that says nothing of its own is the one that it extends, but for what others call that one.
    const [copy] = mergePack([{ id: "copy", extends: one.id }], "copy", merged).languages;
    const { aliases, hidden, piston, judge0, ...inherited } = one;
    if (merged.filter((other) => other.merged.id === one.id).length === 1) expect(copy!.merged).toEqual({ ...inherited, id: "copy" });
    const valueAt = (path: readonly string[]) => path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], one);
    const keys = sourcedKeys(chain);
    for (const path of [["name"], ["compile"], ["compile", "command"], ["time", "add"], ["aliases"], ["hidden"], ["environment", "A"]]) {
      // Whatever has a value has somebody who said it, in the file, in the words of that one.
      const value = valueAt(path);
      if (value === undefined) continue;
      const definition = sourceOf(keys, path);
      if (typeof value !== "object" || value === null || Array.isArray(value)) expect(chain).toContain(definition!);
    }
  }
});

const languages = builtInLanguages();
const extensions = languages.flatMap((language) => language.extensions);

function fileName(random: Random): string {
  return random.text([...awkward, ...inherited, "-x", "@x", "..", "/", "a", "Main"], 4) + random.pick(["", ".", ...extensions, ...inherited.map((name) => `.${name}`)]);
}

property("a language is one of the known ones, none for what can be executed, or a typed error", 2000, (random) => {
  const name = fileName(random);
  const language = random.once(2) ? null : random.pick([...inherited, "cpp", "C++", "python", "", " cpp", random.text(awkward, 5)]);
  const firstBytes = random.once(2) ? random.bytes(random.below(20)) : Buffer.from(random.pick(["#!", "#!/usr/bin/python3\n", "#!/bin/__proto__", "\x7fELF", ""]));
  const { value, error } = typed(() => resolveLanguage({ fileName: name, firstBytes, language, executable: random.once(4) }, languages));
  if (error !== null) expect(error.exitCode).toBe(64);
  else if (value !== null) expect(languages).toContain(value);
  else expect(language).toBeNull();
});

property("a source of any name stays one file of the working directory, and is never an option of the compiler's", 2000, (random) => {
  const language = random.once(6) ? null : random.pick(languages);
  const name = fileName(random);
  const source = Buffer.from(random.text(["class ", "Main", "public ", "{", "}", "static void main(", "package ", "a.b", ";", "/*", "\"", "'", "\n", "é", ...inherited], 20));
  const { value: plan, error } = typed(() => planSource(language, { fileName: name, source, memoryBytes: random.pick([null, 2 ** 20, 2 ** 30]), cpuTimeSeconds: random.pick([null, 0.5, 10]), workdir: "/box" }));
  if (error !== null) {
    expect(error.exitCode).toBe(64);
    return;
  }
  expect(plan.stagedName).not.toMatch(/[/\0\n]/);
  expect([".", "..", ""]).not.toContain(plan.stagedName);
  expect(Buffer.byteLength(plan.stagedName)).toBeLessThanOrEqual(200);
  if (/^[-@]/.test(plan.stagedName)) {
    // A pack may have an option of that name (`-x c++`): then it is there as often as the pack says, and no more.
    const times = (command: readonly string[] | undefined) => (command ?? []).filter((word) => word === plan.stagedName).length;
    expect(times(plan.run.command)).toBe(times(language?.run.command));
    expect(times(plan.compile?.command)).toBe(times(language?.compile?.command));
  }
  // A source that is executed itself is never looked for in PATH.
  if (language === null) expect(plan.run.command).toEqual([`./${name}`]);
});

property("a size or a time of a pack is a positive number, or nothing", 2000, (random) => {
  const text = random.once(2) ? random.pick(["1", "0", "0.5", "512", "9".repeat(16)]) + random.pick(["", " "]) + random.pick(["MiB", "KB", "s", "ms", "h", "min", "B", "m", ...inherited]) : random.text([..."0159.eE+- ", "MiB", "s"], 6);
  for (const parse of [parseSize, parseTime]) {
    const value = parse(text);
    if (value === null) continue;
    expect(Number.isFinite(value) && value >= 0).toBeTrue();
    expect(text).toMatch(/^[0-9]{1,15}(\.[0-9]{1,9})? ?[A-Za-z]+$/);
  }
});
