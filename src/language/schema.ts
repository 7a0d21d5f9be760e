/** The language pack format, version 1, as it is written in YAML. docs/languages.md describes every field. */
import * as v from "valibot";
import { type LimitKey, limits } from "../model/limits.ts";
import { permissions } from "../model/permissions.ts";
import { seccompProfiles } from "../model/seccomp.ts";
import { statuses } from "../model/status.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { languageNameForm, languageNamePattern } from "./identifiers.ts";
import { patternProblem } from "./patterns.ts";
import { parseSize, parseTime, sizeForm, timeForm } from "./quantities.ts";
import { entryPointScanners } from "./scanners.ts";

/** The one version of the format that there is. */
export const packFormatVersion = 1;

const plainText = v.pipe(v.string(), v.check((value) => !value.includes("\0"), "must not contain a NUL character"));

const text = v.pipe(plainText, v.nonEmpty("must not be empty"));

/** One value or a list of them. */
function oneOrMany<Item extends v.GenericSchema<string, string>>(item: Item) {
  return v.union([item, v.pipe(v.array(item), v.nonEmpty("must not be an empty list"))]);
}

/** A quantity with the bounds of a limit of the box (model/limits.ts). */
function quantity(bounds: LimitKey, parse: (value: number | string) => number | null, form: string, show: (value: number) => string) {
  const { min, max } = limits[bounds];
  const fits = (value: number | string) => {
    const parsed = parse(value);
    return parsed === null || (parsed >= min && parsed <= max);
  };
  return v.pipe(
    v.union([v.string(), v.number()]),
    v.check((value) => parse(value) !== null, `must be ${form}`),
    v.check(fits, `must be from ${show(min)} to ${show(max)}`),
  );
}

function size(bounds: LimitKey) {
  const show = (bytes: number) => (bytes < bytesPerMebibyte ? `${bytes}B` : `${bytes / bytesPerMebibyte}MiB`);
  return quantity(bounds, parseSize, sizeForm, show);
}

function time(bounds: LimitKey) {
  return quantity(bounds, parseTime, timeForm, (seconds) => `${seconds}s`);
}

const count = v.pipe(
  v.number(),
  v.integer("must be a whole number"),
  v.minValue(limits.process_limit.min, `must be at least ${limits.process_limit.min}`),
  v.maxValue(limits.process_limit.max, `must be at most ${limits.process_limit.max}`),
);

/** Ids and aliases: what `--language` takes. */
const languageName = v.pipe(
  v.string(),
  v.regex(languageNamePattern, languageNameForm),
);

const extension = v.pipe(v.string(), v.regex(/^\.[^\s/\p{Cc}]{1,31}$/u, 'must begin with a dot and have no blank or slash in it, such as ".cpp"'));

function pattern(groups: "none" | "one") {
  return v.pipe(
    text,
    v.rawCheck(({ dataset, addIssue }) => {
      const problem = dataset.typed ? patternProblem(dataset.value, groups) : null;
      if (problem !== null) addIssue({ message: problem });
    }),
  );
}

const command = v.union([text, v.pipe(v.array(plainText), v.nonEmpty("must not be an empty list"))]);

const variableName = v.pipe(v.string(), v.regex(/^[^=\0\d][^=\0]*$/, "must be a variable name, without = and not beginning with a digit"));
const variableValue = v.union([plainText, v.number()]);
const environment = v.record(variableName, variableValue);

const artefact = v.pipe(
  text,
  v.check((glob) => !glob.startsWith("/") && !glob.split("/").includes(".."), "must be relative to the working directory and stay in it"),
);

const seccomp = v.picklist(seccompProfiles, `must be ${seccompProfiles.join(" or ")}`);

/** Takes something away that `extends` would bring: meaning.ts allows null only there. */
function removable<Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(v.nullable(schema));
}

const factor = v.pipe(v.number(), v.minValue(0.01, "must be at least 0.01"), v.maxValue(1000, "must be at most 1000"));

const adjustment = (add: ReturnType<typeof time> | ReturnType<typeof size>) => v.strictObject({ factor: v.optional(factor), add: v.optional(add) });

const entryPoint = v.strictObject({
  scanner: removable(v.picklist(entryPointScanners, `must be ${entryPointScanners.join(" or ")}`)),
  ignore: v.optional(oneOrMany(pattern("none"))),
  depth: v.optional(v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(0, "must be at least 0"), v.maxValue(9, "must be at most 9"))),
  pattern: v.optional(oneOrMany(pattern("one"))),
  package: v.optional(oneOrMany(pattern("one"))),
  file_name: v.optional(oneOrMany(pattern("one"))),
  default: removable(text),
});

/** What Piston's clients call it. */
const pistonNames = v.strictObject({
  name: v.optional(languageName),
  aliases: v.optional(v.array(languageName)),
  runtime: removable(languageName),
});

/** What Judge0's clients call it: they know numbers. */
const judge0Ids = v.array(v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(1, "must be at least 1"), v.maxValue(2 ** 31 - 1, `must be at most ${2 ** 31 - 1}`)));

/** Limits that both steps have. */
const limitsOfSteps = {
  time: v.optional(time("cpu_time_limit")),
  wall_time: v.optional(time("wall_time_limit")),
  memory: v.optional(size("memory_limit")),
  processes: v.optional(count),
  file_size: v.optional(size("file_size_limit")),
  output: v.optional(size("output_limit")),
};

const compileStep = v.strictObject({
  command: v.optional(command),
  environment: v.optional(environment),
  limits: v.optional(v.strictObject(limitsOfSteps)),
  artefacts: v.optional(v.pipe(v.array(artefact), v.nonEmpty("must not be an empty list"))),
  seccomp: v.optional(seccomp),
});

const runStep = v.strictObject({
  command: v.optional(command),
  environment: v.optional(environment),
  limits: v.optional(v.strictObject({ ...limitsOfSteps, stack: v.optional(size("stack_limit")) })),
  needs: v.optional(v.strictObject({ processes: v.optional(count), memory: v.optional(size("memory_limit")) })),
  seccomp: v.optional(seccomp),
});

const toolchain = v.strictObject({
  command: v.optional(command),
  pattern: v.optional(pattern("one")),
  minimum: v.optional(v.pipe(text, v.regex(/^[0-9]+(\.[0-9]+)*$/, 'must be numbers with dots between them, such as "17" or "3.11"'))),
});

/** What is checked in a box by `languages test`. */
const packTest = v.strictObject({
  name: v.optional(text),
  source: text,
  file_name: v.optional(text),
  input: v.optional(plainText),
  output: v.optional(plainText),
  status: v.optional(v.picklist(statuses, `must be one of ${statuses.join(" ")}`)),
  time: v.optional(time("cpu_time_limit")),
  memory: v.optional(size("memory_limit")),
});

/** One language. Only `id` must be there in the file: the rest may come from what it extends. */
const language = {
  id: languageName,
  name: v.optional(text),
  extends: v.optional(languageName),
  hidden: v.optional(v.boolean()),
  fallback: removable(languageName),
  aliases: v.optional(v.array(languageName)),
  extensions: v.optional(v.array(extension)),
  shebang: removable(pattern("none")),
  priority: v.optional(v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(-1000, "must be at least -1000"), v.maxValue(1000, "must be at most 1000"))),
  source_name: removable(text),
  entry_point: removable(entryPoint),
  environment: v.optional(environment),
  mounts: v.optional(v.array(text)),
  network: removable(v.literal("loopback", "must be loopback")),
  allow: v.optional(v.array(v.picklist(permissions, `must be one of ${permissions.join(" ")}`))),
  time: removable(adjustment(time("cpu_time_limit"))),
  memory: removable(adjustment(size("memory_limit"))),
  toolchain: removable(toolchain),
  compile: removable(compileStep),
  run: v.optional(runStep),
  piston: removable(pistonNames),
  judge0: v.optional(judge0Ids),
  test: v.optional(v.array(packTest)),
};

const version = v.literal(packFormatVersion, `must be ${packFormatVersion}, the version of the pack format`);

/** A file with one language in it. */
export const SingleLanguageSchema = v.strictObject({ version, ...language });

/** A file with several. */
export const SeveralLanguagesSchema = v.strictObject({
  version,
  languages: v.pipe(v.array(v.strictObject(language)), v.nonEmpty("must not be an empty list")),
});

const LanguageSchema = v.strictObject(language);

/** A language as it is written, known to have the right form; not yet complete when it extends another. */
export type WrittenLanguage = Readonly<v.InferOutput<typeof LanguageSchema>>;

/** A pack as it is written. */
export type LanguagePack = Readonly<v.InferOutput<typeof SingleLanguageSchema>> | Readonly<v.InferOutput<typeof SeveralLanguagesSchema>>;
