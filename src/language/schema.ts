/** The language pack format, version 1, as it is written in YAML. docs/languages.md describes every field. */
import * as v from "valibot";
import { type LimitKey, limits } from "../model/limits.ts";
import { seccompProfiles } from "../model/seccomp.ts";
import { bytesPerMebibyte } from "../units.ts";
import { patternProblem } from "./patterns.ts";
import { parseSize, parseTime, sizeForm, timeForm } from "./quantities.ts";

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
  v.regex(/^[a-z0-9][a-z0-9+#._-]{0,63}$/, "must be 1 to 64 of a-z 0-9 + # . _ - and begin with a letter or digit"),
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

export const LanguagePackSchema = v.strictObject({
  version: v.literal(packFormatVersion, `must be ${packFormatVersion}, the version of the pack format`),
  id: languageName,
  name: text,
  aliases: v.optional(v.array(languageName)),
  extensions: v.optional(v.array(extension)),
  shebang: v.optional(pattern("none")),
  source_name: v.optional(text),
  entry_point: v.optional(
    v.strictObject({
      ignore: v.optional(oneOrMany(pattern("none"))),
      depth: v.optional(v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(0, "must be at least 0"), v.maxValue(9, "must be at most 9"))),
      pattern: oneOrMany(pattern("one")),
      package: v.optional(oneOrMany(pattern("one"))),
      file_name: v.optional(oneOrMany(pattern("one"))),
      default: v.optional(text),
    }),
  ),
  environment: v.optional(environment),
  mounts: v.optional(v.array(text)),
  compile: v.optional(
    v.strictObject({
      command,
      environment: v.optional(environment),
      limits: v.optional(
        v.strictObject({
          time: v.optional(time("cpu_time_limit")),
          wall_time: v.optional(time("wall_time_limit")),
          memory: v.optional(size("memory_limit")),
          processes: v.optional(count),
          file_size: v.optional(size("file_size_limit")),
          output: v.optional(size("output_limit")),
        }),
      ),
      artefacts: v.optional(v.pipe(v.array(artefact), v.nonEmpty("must not be an empty list"))),
      seccomp: v.optional(seccomp),
    }),
  ),
  run: v.strictObject({
    command,
    environment: v.optional(environment),
    needs: v.optional(v.strictObject({ processes: v.optional(count), memory: v.optional(size("memory_limit")) })),
    seccomp: v.optional(seccomp),
  }),
});

/** A pack as it is written, known to have the right form. */
export type LanguagePack = Readonly<v.InferOutput<typeof LanguagePackSchema>>;
