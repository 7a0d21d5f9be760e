/** Which compilers and runtimes a box would find on this host, and their versions. */
import { callerEnvironment, resolveStateDir } from "../config/load.ts";
import { messageOf } from "../model/errors.ts";
import { findProgram } from "../executor/plan/box-view.ts";
import { means } from "../executor/plan/means.ts";
import { tryNamespaces } from "../executor/try-namespaces.ts";
import { runtimeProblem } from "../executor/plan/runtime.ts";
import { programCandidates, resolveMounts } from "../executor/plan/resolve.ts";
import type { ResolvedMount } from "../executor/plan/spec.ts";
import { fallbackOf, programsOf } from "../language/fallback.ts";
import type { Language, Variable } from "../language/language.ts";
import { searchFor } from "../language/patterns.ts";
import { buildEnvironment, searchPath } from "../model/environment.ts";
import { defaultMounts, mergeMounts, parseMountRule } from "../model/mounts.ts";
import { plainRun } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { type Absence, adviceFor, describeAbsence, findOnHost } from "../source/host-programs.ts";
import { Isolate } from "../instance/isolate.ts";
import type { StoreOptions } from "../instance/options.ts";

export type ToolchainState =
  /** Every program is there. `version` is null without a version command, or when its pattern matches nothing. */
  | { readonly kind: "found"; readonly version: string | null; readonly tooOld: boolean; /** The runtime in the binary. */ readonly builtIn?: true }
  | Absence
  /** Every program is there, and the version command did not do. `reason` is one line. */
  | { readonly kind: "failed"; readonly reason: string };

/** For any version command: a JVM starts, and one that misbehaves is over soon. */
const limits = { time_limit: 20, cpu_time_limit: 20, wall_time_limit: 20, memory_limit: 1024 * bytesPerMebibyte, process_limit: 64, output_limit: 64 * 1024 };

/** Version commands that run at one time, each in a box of its own. */
const lanes = 4;

/** Of what a version command prints on each of its outputs, only so much is searched. */
const readCharacters = 16 * 1024;

/** Longer is no version. */
const longestVersion = 60;

/**
 * Looks for the programs of each language as a box would, then asks those that have a version command for their version.
 * @throws IsolateError when no box can be made
 */
export async function probeToolchains(languages: readonly Language[], { stateDir = resolveStateDir(undefined) }: StoreOptions = {}): Promise<ReadonlyMap<Language, ToolchainState>> {
  tryNamespaces();
  const states = new Map<Language, ToolchainState>();
  /** Variants of one language share their compiler: it is asked once. */
  const questions = new Map<string, { readonly language: Language; answer: ExecutionResult | string | null }>();
  for (const [language, absence] of absencesOf(languages)) {
    if (absence !== null) states.set(language, absence);
    else if (language.toolchain?.command[0] === "{bun}") states.set(language, stateOfRuntime(language));
    else if (language.toolchain === null) states.set(language, { kind: "found", version: null, tooOld: false });
    else questions.set(questionOf(language), { language, answer: null });
  }
  const waiting = [...questions.values()];
  const ask = async () => {
    if (waiting.length === 0) return;
    const box = Isolate.temporary(limits, { stateDir });
    try {
      for (let question = waiting.shift(); question !== undefined; question = waiting.shift()) question.answer = await versionOutput(question.language, box);
    } finally {
      box.cleanup();
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(lanes, waiting.length) }, ask));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  for (const language of languages) {
    if (!states.has(language)) states.set(language, judge(questions.get(questionOf(language))!.answer!, language));
  }
  return states;
}

/** For each language the first program that a box does not find; null: it finds all of them. Nothing is executed. */
export function absencesOf(languages: readonly Language[]): ReadonlyMap<Language, Absence | null> {
  const known = new Map<string, Absence | null>();
  return new Map(languages.map((language) => [language, firstAbsence(language, known)]));
}

/** A state in one line, for people; what to do about it is {@link adviceAbout}. */
export function describeToolchain(state: ToolchainState): string {
  switch (state.kind) {
    case "found": return `${state.builtIn === true ? "bun " : ""}${state.version ?? "found"}${state.builtIn === true ? " (built in)" : ""}${state.tooOld ? " (too old)" : ""}`;
    case "failed": return state.reason;
    default: return describeAbsence(state);
  }
}

/** What to do about a program that is not there; null when there is nothing to be said. */
export function adviceAbout(state: ToolchainState): string | null {
  return state.kind === "missing" || state.kind === "outside" ? adviceFor(state) : null;
}

/** What stands for each language on this host: itself, or its fallback where a box does not find a program of it. @param all languages that may be fallbacks */
export function inPlace(languages: readonly Language[], all: readonly Language[]): readonly Language[] {
  // What a box sees depends on it.
  tryNamespaces();
  const known = new Map<string, Absence | null>();
  return languages.map((language) => {
    const fallback = fallbackOf(language, all);
    return fallback === null || firstAbsence(language, known) === null ? language : fallback;
  });
}

/** It has our version of Bun; whether a box can execute it is looked at. */
function stateOfRuntime({ toolchain }: Language): ToolchainState {
  const { isolation, ownUid } = means();
  const problem = runtimeProblem({ isolation, ownUid, subordinate: null });
  if (problem !== null) return { kind: "failed", reason: `${problem.what}: ${problem.advice}` };
  const minimum = toolchain!.minimum;
  return { kind: "found", version: Bun.version, tooOld: minimum !== null && isOlder(Bun.version, minimum), builtIn: true };
}

/** The version command has the variables of the step that its program belongs to, as far as they do not speak of a source. */
export function variablesOf({ compile, run }: Language): readonly Variable[] {
  return (compile ?? run).environment.filter(([, value]) => !value.includes("{"));
}

/** What is asked, and in which surroundings; the same text for languages that share a compiler. */
export function questionOf(language: Language): string {
  return JSON.stringify([language.toolchain!.command, language.mounts, variablesOf(language), (language.compile ?? language.run).seccomp, language.allow]);
}

/** The first program of a language that a box does not find. @param known answers for programs that were looked for already */
function firstAbsence(language: Language, known: Map<string, Absence | null>): Absence | null {
  const { mounts: rules } = language;
  let mounts: readonly ResolvedMount[] | null = null;
  for (const program of programsOf(language)) {
    const environment = buildEnvironment(null, "/box", variablesOf(language));
    const key = JSON.stringify([program, rules, searchPath(environment)]);
    let absence = known.get(key);
    if (absence === undefined) {
      mounts ??= mountsOf(rules);
      const seen = findProgram(mounts, programCandidates(program, searchPath(environment)));
      absence = seen === null ? findOnHost(program, mounts, callerEnvironment()) : null;
      known.set(key, absence);
    }
    if (absence !== null) return absence;
  }
  return null;
}

/** What a box without anything of its own mounts; a source that is not there mounts nothing. */
function mountsOf(rules: readonly string[]): readonly ResolvedMount[] {
  if (means().isolation === "none") return [];
  const merged = mergeMounts(defaultMounts, rules.map(parseMountRule));
  return resolveMounts(merged.map((rule) => ({ ...rule, maybe: true })), "/nonexistent");
}

/** @returns the result, or why there is none */
async function versionOutput(language: Language, box: Isolate): Promise<ExecutionResult | string> {
  const seccomp = (language.compile ?? language.run).seccomp;
  const options = { ...plainRun, blocking: true, mounts: language.mounts, environment: variablesOf(language), seccomp, allow: language.allow };
  try {
    return await box.run(language.toolchain!.command, { kind: "empty" }, options);
  } catch (error) {
    return messageOf(error);
  }
}

function judge(answer: ExecutionResult | string, language: Language): ToolchainState {
  const { command, pattern, minimum } = language.toolchain!;
  if (typeof answer === "string") return { kind: "failed", reason: oneLine(answer) };
  const { status, stdout, stderr, error_message: message } = answer;
  if (status !== "Success") {
    const said = [stderr, stdout].map(oneLine).find((line) => line !== "");
    const what = message ?? status;
    return { kind: "failed", reason: oneLine(`${command.join(" ")}: ${what}${said === undefined ? "" : `: ${said}`}`) };
  }
  const search = searchFor(language);
  const [said, alsoSaid] = [stdout, stderr].map((text) => text.slice(0, readCharacters));
  const version = (search.firstCapture(pattern, said!) ?? search.firstCapture(pattern, alsoSaid!) ?? "").trim();
  if (version === "" || version.length > longestVersion || /[\p{Cc}\ufffd]/u.test(version)) return { kind: "found", version: null, tooOld: false };
  return { kind: "found", version, tooOld: minimum !== null && isOlder(version, minimum) };
}

/** The first line with something on it, without what could steer a terminal, cut to what fits a message. */
function oneLine(text: string): string {
  const line = text.split("\n").map((part) => part.replace(/[\p{Cc}\ufffd]+/gu, " ").trim()).find((part) => part !== "") ?? "";
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}

/** By the numbers of both, the first that differs; a number that is missing is 0. A version without a number is not older than anything. */
export function isOlder(version: string, minimum: string): boolean {
  const found = /[0-9]+(?:\.[0-9]+)*/.exec(version)?.[0];
  if (found === undefined) return false;
  const [have, want] = [found, minimum].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const at = want.findIndex((number, index) => number !== (have[index] ?? 0));
  return at >= 0 && (have[at] ?? 0) < want[at]!;
}
