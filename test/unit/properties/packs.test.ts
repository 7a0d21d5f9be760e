// Language packs and sources: whatever a pack or a file is called or says, plans are sound or refused with a typed error.
import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInLanguages } from "../../../src/language/builtin.ts";
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
    for (const command of [plan.run.command, plan.compile?.command ?? []]) expect(command).not.toContain(plan.stagedName);
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
