/**
 * A pack to begin with. Lines with "# " and a word explain, other lines with "#" are examples: without the "#" they hold. What is
 * there passes all checks as it is, with the examples as well as without.
 */
import { Document, isScalar, visit } from "yaml";
import { bytesPerMebibyte } from "../model/units.ts";
import { defaultArtefacts, defaultCompileLimits, defaultRunNeeds } from "./defaults.ts";
import { type PackKey, packKeys } from "./keys.ts";
import type { Language } from "./language.ts";
import { packFormatVersion } from "./schema.ts";
import { joinWords } from "./words.ts";

/**
 * @param base the language that has this id or alias already; null: a language that nobody knows
 * @param file where it will be kept, as far as that is known
 * @param interpreted nothing is compiled
 */
export function skeleton(id: string, base: Language | null, file = `${/^[a-z0-9]+$/.test(id) ? id : "pack"}.yaml`, interpreted = false): string {
  const path = file.includes("/") ? file : `./${file}`;
  const commands = [
    [`languages check ${file}`, "finds mistakes"],
    [`languages test --pack ${path} ${id}`, "compiles and runs what stands under test"],
    ["languages schema", "for editors; docs/languages.md says how"],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  const head = [
    "# A language pack of mini-isolate: how sources of a language are compiled and run.",
    '# A line such as "#priority: 0" is an example: without the "#" it holds.',
    ...commands.map(([command, purpose]) => `# mini-isolate ${command.padEnd(width)}  ${purpose}`),
    "",
  ];
  return `${[...head, ...(base === null ? newLanguage(id, interpreted) : changedLanguage(id, base, interpreted))].join("\n")}\n`;
}

function newLanguage(id: string, interpreted: boolean): string[] {
  const program = `/usr/bin/${id}`;
  const extension = id.length < 32 ? `.${id}` : ".x";
  const { cpuTimeSeconds, memoryBytes, processes } = defaultCompileLimits;
  return [
    ...key("version", { version: packFormatVersion }),
    ...key("id", { id }),
    ...key("name", { name: id.charAt(0).toUpperCase() + id.slice(1) }),
    ...example("aliases", { aliases: [otherName(id)] }),
    ...key("extensions", { extensions: [extension] }),
    ...example("shebang", { shebang: `^#!\\s*${program.replace(/[.+]/g, "\\$&")}\\s*$` }),
    ...example("priority", { priority: 0 }),
    ...example("source_name", { source_name: `{stem}${extension}` }),
    ...example("environment", { environment: { LC_ALL: "C.UTF-8" } }),
    ...example("mounts", { mounts: [`etc/${id}:maybe`] }),
    ...example("time", { time: { factor: 1, add: "500ms" } }),
    ...example("memory", { memory: { factor: 1, add: "64MiB" } }),
    "",
    ...key("toolchain", { toolchain: { command: `${program} --version` } }),
    ...below("toolchain.pattern", { pattern: "version ([0-9.]+)" }),
    ...below("toolchain.minimum", { minimum: "1.0" }),
    "",
    ...(interpreted
      ? []
      : [
          ...key("compile", { compile: { command: `${program} -o {executable} {sources}` } }),
          ...below("compile.artefacts", { artefacts: defaultArtefacts }),
          ...below("compile.environment", { environment: { TMPDIR: "/tmp" } }),
          ...below("compile.limits", { limits: { time: `${cpuTimeSeconds}s`, memory: size(memoryBytes), processes } }),
          "",
        ]),
    ...key("run", { run: { command: interpreted ? `${program} {source}` : "{executable}" } }),
    ...(interpreted ? [] : [`  # an interpreter has no compile step, and a command such as: ${program} {source}`]),
    ...below("run.needs", { needs: { processes: defaultRunNeeds.processes, memory: "16MiB" } }),
    ...below("run.environment", { environment: { LC_ALL: "C.UTF-8" } }),
    ...below("run.limits", { limits: { stack: "64MiB" } }),
    "",
    ...key("test", { test: [{ name: "adds two numbers", source: "to be replaced by a program that prints the sum of what it reads\n", input: "1 2\n", output: "3\n" }] }),
    ...below("test.status", { status: "Success" }).map(indent),
  ];
}

function changedLanguage(id: string, base: Language, interpreted: boolean): string[] {
  const { name, aliases, extensions, time, memory, compile } = base;
  const same = id === base.id;
  return [
    ...key("version", { version: packFormatVersion }),
    ...key("id", { id }),
    ...(same ? ["# A language with this id is known already: this one takes its place."] : []),
    ...key("extends", { extends: base.id }),
    "# null takes away what it brings, such as compile: null",
    ...example("name", { name }),
    ...(same && aliases.length > 0 ? key("aliases", { aliases }) : example("aliases", { aliases: [otherName(id)] })),
    ...example("extensions", { extensions }),
    ...example("time", { time: { factor: time?.factor ?? 1, add: `${time?.add || 0.5}s` } }),
    ...example("memory", { memory: { factor: memory?.factor ?? 1, add: size(memory?.add || 64 * bytesPerMebibyte) } }),
    ...(compile !== null && interpreted ? interpretedInstead(id) : sameSteps(base)),
  ];
}

/** The program that was compiled is no interpreter, so nothing of the steps can stay. */
function interpretedInstead(id: string): string[] {
  const program = `/usr/bin/${id}`;
  return [...key("toolchain", { toolchain: { command: `${program} --version` } }), ...key("compile", { compile: null }), ...key("run", { run: { command: `${program} {source}` } })];
}

function sameSteps({ compile, run }: Language): string[] {
  return [
    ...(compile === null
      ? []
      : [
          ...comment("compile.command", "compile.limits"),
          ...lines({ compile: { command: joinWords(compile.command), limits: { time: `${compile.limits.cpuTimeSeconds}s`, memory: size(compile.limits.memoryBytes) } } }).map(asExample),
        ]),
    ...comment("run.command", "run.needs"),
    ...lines({ run: { command: joinWords(run.command), needs: { processes: run.needs.processes, memory: size(run.needs.memoryBytes || 16 * bytesPerMebibyte) } } }).map(asExample),
  ];
}

/** A value with its meaning above it. */
function key(name: PackKey, value: Fragment): string[] {
  return [...comment(name), ...lines(value)];
}

/** The same as an example. */
function example(name: PackKey, value: Fragment): string[] {
  return [...comment(name), ...lines(value).map(asExample)];
}

/** An example inside the mapping above it. */
function below(name: PackKey, value: Fragment): string[] {
  return example(name, value).map(indent);
}

type Fragment = Readonly<Record<string, unknown>>;

function comment(...names: readonly PackKey[]): string[] {
  return names.map((name) => (names.length === 1 ? `# ${packKeys[name]}` : `# ${name}: ${packKeys[name]}`));
}

function lines(value: Fragment): string[] {
  const document = new Document(value, { compat: "yaml-1.1" });
  visit(document, {
    // Lists of names on one line, as people write them.
    Seq: (_, list) => void (list.flow = list.items.every(isScalar)),
  });
  return document.toString({ lineWidth: 0, singleQuote: true, flowCollectionPadding: false }).trimEnd().split("\n");
}

function asExample(line: string): string {
  return `#${line}`;
}

function indent(line: string): string {
  return `  ${line}`;
}

function size(bytes: number): string {
  return bytes % bytesPerMebibyte === 0 ? `${bytes / bytesPerMebibyte}MiB` : `${bytes}B`;
}

/** A name that is not the id, and as short as a name has to be. */
function otherName(id: string): string {
  return `${id.slice(0, 63)}2`;
}
