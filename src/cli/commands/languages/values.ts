/** Every value of a language under its key in a pack, in the order of the format. */
import type { Adjustment, CompileStep, EntryPointRule, Language, RunStep, Variable } from "../../../language/language.ts";
import { type SourcedKeys, sourcedKeys, sourceOf } from "../../../language/provenance.ts";
import { joinWords } from "../../../language/words.ts";
import { valueOrigin } from "./origin.ts";
import { showBytes, showSeconds } from "../../quantities.ts";

/** A value with its place in the pack and the pack that says it. */
export interface ShownValue {
  /** `compile.limits.memory` */
  readonly key: string;
  /** In seconds and bytes; null: there is none. */
  readonly value: unknown;
  /** The same for people. */
  readonly text: string;
  readonly origin: string;
}

type Shown = Pick<ShownValue, "key" | "value" | "text">;

/** All values, defaults too. */
export function valuesOf(language: Language): ShownValue[] {
  const keys = sourcedKeys(language.chain);
  const own = language.chain.at(-1)!;
  // What is merged has no `extends` of its own.
  const source = (key: string) => (key === "extends" ? (own.written.extends === undefined ? null : own) : sourceOf(keys, pathOf(key)));
  return shownValues(language, keys).map((shown) => ({ ...shown, origin: valueOrigin(source(shown.key), language.id) }));
}

function shownValues(language: Language, keys: SourcedKeys): Shown[] {
  const { time, memory, toolchain, compile, run } = language;
  return [
    plain("id", language.id),
    plain("name", language.name),
    plain("extends", language.chain.at(-1)!.written.extends ?? null),
    plain("hidden", language.hidden),
    plain("fallback", language.fallback),
    list("aliases", language.aliases),
    list("extensions", language.extensions),
    plain("shebang", language.shebang),
    plain("priority", language.priority),
    plain("source_name", language.sourceName, "the caller's, if plain"),
    ...section("entry_point", language.entryPoint, entryPointValues),
    ...variables("environment", environmentOf(keys, ["environment"])),
    list("mounts", language.mounts),
    list("allow", language.allow),
    ...section("time", time, (key, { factor, add }: Adjustment) => [plain(`${key}.factor`, factor), shown(`${key}.add`, add, showSeconds)]),
    ...section("memory", memory, (key, { factor, add }: Adjustment) => [plain(`${key}.factor`, factor), shown(`${key}.add`, add, showBytes)]),
    ...section("toolchain", toolchain, (key, { command, pattern, minimum }) => [
      shown(`${key}.command`, command, joinWords), plain(`${key}.pattern`, pattern), plain(`${key}.minimum`, minimum, "any"),
    ]),
    ...section("compile", compile, (key, step) => compileValues(key, step, environmentOf(keys, ["compile", "environment"]))),
    ...runValues("run", run, environmentOf(keys, ["run", "environment"])),
    ...section("piston", language.piston, (key, { name, aliases, runtime }) => [plain(`${key}.name`, name), list(`${key}.aliases`, aliases), plain(`${key}.runtime`, runtime)]),
    shown("judge0", language.judge0, (numbers) => (numbers.length === 0 ? none : numbers.join(" "))),
    list("test", language.tests.map(({ name }) => name)),
  ];
}

function entryPointValues(key: string, rule: EntryPointRule): Shown[] {
  return [
    plain(`${key}.scanner`, rule.scanner),
    list(`${key}.ignore`, rule.ignore),
    plain(`${key}.depth`, rule.depth),
    list(`${key}.pattern`, rule.pattern),
    list(`${key}.package`, rule.package),
    list(`${key}.file_name`, rule.fileName),
    plain(`${key}.default`, rule.default, "must be given"),
  ];
}

function compileValues(key: string, { command, limits, artefacts, seccomp }: CompileStep, environment: readonly Variable[]): Shown[] {
  return [
    shown(`${key}.command`, command, joinWords),
    ...variables(`${key}.environment`, environment),
    shown(`${key}.limits.time`, limits.cpuTimeSeconds, showSeconds),
    shown(`${key}.limits.wall_time`, limits.wallTimeSeconds, showSeconds),
    shown(`${key}.limits.memory`, limits.memoryBytes, showBytes),
    plain(`${key}.limits.processes`, limits.processes),
    shown(`${key}.limits.file_size`, limits.fileSizeBytes, showBytes),
    shown(`${key}.limits.output`, limits.outputBytes, showBytes),
    list(`${key}.artefacts`, artefacts),
    plain(`${key}.seccomp`, seccomp, ofBox),
  ];
}

function runValues(key: string, { command, limits, needs, seccomp }: RunStep, environment: readonly Variable[]): Shown[] {
  return [
    shown(`${key}.command`, command, joinWords),
    ...variables(`${key}.environment`, environment),
    shown(`${key}.limits.time`, limits.cpuTimeSeconds ?? null, showSeconds, ofBox),
    shown(`${key}.limits.wall_time`, limits.wallTimeSeconds ?? null, showSeconds, ofBox),
    shown(`${key}.limits.memory`, limits.memoryBytes ?? null, showBytes, ofBox),
    plain(`${key}.limits.processes`, limits.processes ?? null, ofBox),
    shown(`${key}.limits.file_size`, limits.fileSizeBytes ?? null, showBytes, ofBox),
    shown(`${key}.limits.stack`, limits.stackBytes ?? null, showBytes, ofBox),
    shown(`${key}.limits.output`, limits.outputBytes ?? null, showBytes, ofBox),
    plain(`${key}.needs.processes`, needs.processes),
    shown(`${key}.needs.memory`, needs.memoryBytes, (bytes) => (bytes === 0 ? none : showBytes(bytes))),
    plain(`${key}.seccomp`, seccomp, ofBox),
  ];
}

const none = "none";
const ofBox = "that of the box";

function shown<T>(key: string, value: T | null, show: (value: T) => string, absent = none): Shown {
  return { key, value, text: value === null ? absent : show(value) };
}

function plain(key: string, value: string | number | boolean | null, absent = none): Shown {
  return shown(key, value, String, absent);
}

function list(key: string, values: readonly string[]): Shown {
  return { key, value: values, text: values.length === 0 ? none : joinWords(values) };
}

function section<T>(key: string, value: T | null, inside: (key: string, value: T) => Shown[]): Shown[] {
  return value === null ? [plain(key, null)] : inside(key, value);
}

/** A name of a variable may have dots in it, so it is the whole rest of the key. */
function pathOf(key: string): string[] {
  const [, before, name] = /^(.*?environment)\.(.*)$/s.exec(key) ?? [];
  return before === undefined ? key.split(".") : [...before.split("."), name!];
}

function variables(key: string, environment: readonly Variable[]): Shown[] {
  return environment.map(([name, value]) => plain(`${key}.${name}`, value));
}

/** The variables of one place: a {@link Language} has those of both steps in each step. */
function environmentOf(keys: SourcedKeys, path: readonly string[]): Variable[] {
  let current: SourcedKeys = keys;
  for (const key of path) {
    const next = current.keys.get(key);
    if (next === undefined || "definition" in next) return [];
    current = next;
  }
  return [...current.keys].flatMap(([name, sourced]) => ("definition" in sourced ? [[name, String(sourced.value)] as const] : []));
}
