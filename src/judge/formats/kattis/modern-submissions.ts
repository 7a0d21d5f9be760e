/** Example submissions of version 2025-09: the directories that they lie in, and what submissions.yaml says. */
import type { Expectation } from "../../expectation.ts";
import { globMatcher, globMistake } from "../../globs.ts";
import type { ExampleSubmission } from "../../problem.ts";
import type { Verdict } from "../../verdict.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { readMapping } from "../package/yaml.ts";
import { readSubmissions } from "./submissions.ts";

type Demand = Omit<Expectation, "parts" | "source" | "about">;

const nothing: Demand = { permitted: null, required: null, score: null, message: null, useForTimeLimit: null };

const defaults: Readonly<Record<string, Demand>> = {
  accepted: { ...nothing, permitted: ["AC"] },
  rejected: { ...nothing, required: ["RTE", "TLE", "WA"] },
  wrong_answer: { ...nothing, permitted: ["AC", "WA"], required: ["WA"] },
  time_limit_exceeded: { ...nothing, permitted: ["AC", "TLE"], required: ["TLE"] },
  run_time_error: { ...nothing, permitted: ["AC", "RTE"], required: ["RTE"] },
  brute_force: { ...nothing, permitted: ["AC", "RTE", "TLE"], required: ["RTE", "TLE"] },
};

/** What submissions.yaml says about the submissions that a pattern matches. */
interface Rule {
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
  /** null: nothing that a verdict could be against. */
  readonly demand: Demand | null;
  readonly parts: readonly { readonly tests: string; readonly demand: Demand }[];
  readonly language: string | null;
  readonly entryPoint: string | null;
}

/** @throws IsolateError of kind Config: submissions.yaml is wrong, with the place */
export function readExampleSubmissions(files: PackageFiles, isScoring: boolean): ExampleSubmission[] {
  const yaml = readMapping(files, "submissions/submissions.yaml");
  const found = readSubmissions(files);
  const rules = yaml === null ? [] : readRules(yaml, isScoring);
  const unknown = new Set(found.filter(({ directory, name }) => defaults[directory] === undefined && !rules.some(({ matches }) => matches(name))).map(({ directory }) => directory));
  for (const directory of unknown) files.warn(`nothing is expected of what is in ${files.shown(`submissions/${directory}`)}: it is no directory of the format, and submissions.yaml does not name it`);
  for (const { pattern, matches } of rules) if (!found.some(({ name }) => matches(name))) yaml!.warn(pattern, "matches no submission");
  return found.map(({ directory, name, entry }) => {
    const matching = rules.filter(({ matches }) => matches(name));
    const last = (key: "language" | "entryPoint") => matching.map((rule) => rule[key]).findLast((value) => value !== null) ?? null;
    return { path: files.at(entry), name: `submissions/${name}`, language: last("language"), entryPoint: last("entryPoint"), expected: expectationOf(directory, matching) };
  });
}

/** The directory's demand, which submissions.yaml may replace by the name of the directory, and those of all patterns that match. */
function expectationOf(directory: string, matching: readonly Rule[]): Expectation | null {
  const ofDirectory = defaults[directory] === undefined ? null : { source: `submissions/${directory}`, demand: defaults[directory] };
  const replaces = (rule: Rule) => ofDirectory !== null && rule.pattern === directory;
  const first = matching.find(replaces);
  const replaced = ofDirectory === null || first?.demand == null ? ofDirectory : { source: `submissions.yaml, ${directory}`, demand: overlaid(ofDirectory.demand, first.demand) };
  const demands = [...(replaced === null ? [] : [replaced]), ...matching.flatMap((rule) => (rule.demand === null || replaces(rule) ? [] : [{ source: `submissions.yaml, ${rule.pattern}`, demand: rule.demand }]))];
  const parts = matching.flatMap((rule) => rule.parts.map(({ tests, demand }) => ({ tests, expected: { source: `submissions.yaml, ${rule.pattern}`, about: "tests" as const, ...demand } })));
  const [main, ...others] = demands;
  if (main === undefined && parts.length === 0) return null;
  return {
    source: main?.source ?? parts[0]!.expected.source,
    about: "tests",
    ...(main?.demand ?? nothing),
    parts: [...others.map(({ source, demand }) => ({ tests: "", expected: { source, about: "tests" as const, ...demand } })), ...parts],
  };
}

/** Key by key. */
function overlaid(below: Demand, above: Demand): Demand {
  return {
    permitted: above.permitted ?? below.permitted,
    required: above.required ?? below.required,
    score: above.score ?? below.score,
    message: above.message ?? below.message,
    useForTimeLimit: above.useForTimeLimit ?? below.useForTimeLimit,
  };
}

function readRules(yaml: YamlMapping, isScoring: boolean): Rule[] {
  return yaml.entries().map(([pattern, value]): Rule => {
    const matches = matcherOf(yaml, pattern);
    const none: Rule = { pattern, matches, demand: null, parts: [], language: null, entryPoint: null };
    if (value === null) return none;
    const mapping = value.mapping();
    mapping.ignore("authors", "model_solution");
    const demand = readDemand(mapping, isScoring);
    const [language, entryPoint] = [mapping.get("language")?.text() ?? null, mapping.get("entrypoint")?.text() ?? null];
    const groups = mapping.keys.filter((key) => isTestPattern(key));
    const parts = groups.flatMap((tests) => {
      const ofTests = mapping.get(tests)?.mapping();
      if (ofTests === undefined) return [];
      matcherOf(mapping, tests);
      const read = readDemand(ofTests, isScoring);
      ofTests.warnOfUnknownKeys();
      return read === null ? [] : [{ tests, demand: read }];
    });
    mapping.warnOfUnknownKeys();
    return { ...none, demand, parts, language, entryPoint };
  });
}

/** All tests are `sample`, `secret` or something below them. */
function isTestPattern(key: string): boolean {
  return key === "sample" || key === "secret" || /[*{/]/.test(key);
}

function matcherOf(mapping: YamlMapping, pattern: string): (path: string) => boolean {
  const mistake = globMistake(pattern);
  if (mistake !== null) throw mapping.error(pattern, mistake);
  return globMatcher(pattern);
}

const words = ["AC", "WA", "TLE", "RTE", "MLE", "OLE"] as const;

/** null: the mapping says nothing about verdicts and scores. */
function readDemand(mapping: YamlMapping, isScoring: boolean): Demand | null {
  const verdictsOf = (key: string): readonly Verdict[] | null => mapping.get(key)?.listOrOne().map((value) => value.word(words)) ?? null;
  const score = mapping.get("score");
  if (score !== null && !isScoring) score.warn("is for problems of type scoring, and is not used");
  const scores = score?.listOrOne().map((value) => value.number()) ?? [];
  if (scores.length > 2 || (scores.length === 2 && scores[0]! > scores[1]!)) throw score!.error("must be a number, or a list of two, the smaller one first");
  const use = mapping.get("use_for_time_limit");
  const message = mapping.get("message")?.text() ?? null;
  const demand: Demand = {
    permitted: verdictsOf("permitted"),
    required: verdictsOf("required"),
    score: scores.length === 0 || !isScoring ? null : [scores[0]!, scores.at(-1)!],
    message: message === "" ? null : message,
    useForTimeLimit: use === null ? null : use.value === "lower" || use.value === "upper" ? use.value : use.flag(),
  };
  return Object.values(demand).every((value) => value === null) ? null : demand;
}
