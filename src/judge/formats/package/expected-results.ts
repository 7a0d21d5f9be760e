/** What DOMjudge expects of a submission: what its source says in tags (`@EXPECTED_RESULTS@: CORRECT`), else its directory. */
import type { Expectation } from "../../expectation.ts";
import type { Verdict } from "../../verdict.ts";

/** By the words of tags, in capitals and with `-`; null: somebody has to look at it. */
const verdictsOfWords: Readonly<Record<string, readonly Verdict[] | null>> = {
  CORRECT: ["AC"], ACCEPTED: ["AC"],
  "WRONG-ANSWER": ["WA"], "PRESENTATION-ERROR": ["WA"],
  // Ours for no output at all.
  "NO-OUTPUT": ["WA"],
  TIMELIMIT: ["TLE"], "TIME-LIMIT-EXCEEDED": ["TLE"],
  "RUN-ERROR": ["RTE"], "RUN-TIME-ERROR": ["RTE"],
  "MEMORY-LIMIT": ["MLE"],
  "OUTPUT-LIMIT": ["OLE", "TLE"],
  "COMPILER-ERROR": ["CE"], "COMPILE-ERROR": ["CE"],
  "CHECK-MANUALLY": null,
};
/** Directories of other formats that say something as well. */
const verdictsOfDirectories: Readonly<Record<string, readonly Verdict[] | null>> = { REJECTED: ["WA", "TLE", "MLE", "RTE", "OLE"] };
/** Directories whose submissions say it themselves; without a tag every verdict is as good. */
const mixedDirectories = ["mixed", "mixed-verdicts", "mixed_verdicts", "multiple", "rejected", "check_manually", "partial", "partially_accepted"];

/** Nothing behind this belongs to a tag. */
const longestTag = 1000;

/** A word for another one that means the same, so that both can be compared. */
const meaning = (word: string) => JSON.stringify(verdictsOfWords[word] ?? word);
const normal = (word: string) => word.trim().toUpperCase().replaceAll("_", "-");

export interface Tags {
  /** Words; null: there is no such tag. */
  readonly results: readonly string[] | null;
  readonly score: number | null;
}

/**
 * @param text of a source
 * @returns null: there are no tags; text: what is wrong with them
 */
export function tagsIn(text: string): Tags | string | null {
  const found = [...text.matchAll(/@EXPECTED_(RESULTS|SCORE)@:[ \t]*([^\r\n]*)/gi)].map(([, kind, value]) => ({ kind: kind!.toUpperCase(), value: withoutEnd(value!) }));
  if (found.length === 0) return null;
  const isNumber = ({ kind, value }: (typeof found)[number]) => kind === "SCORE" && /^-?(\d+\.?\d*|\.\d+)$/.test(value);
  const [scores, results] = [found.filter(isNumber), found.filter((tag) => !isNumber(tag))];
  for (const kind of ["RESULTS", "SCORE"]) {
    if (found.filter((tag) => tag.kind === kind).length > 1) return `it has more than one tag @EXPECTED_${kind}@`;
  }
  // Before scores there were, both tags had words.
  if (results.length > 1) return "it has more than one tag with verdicts";
  return { results: results[0]?.value.split(",").map(normal) ?? null, score: scores[0] === undefined ? null : Number(scores[0].value) };
}

/** Without the end of a comment. */
const withoutEnd = (value: string) => value.slice(0, longestTag).replace(/\s*(\*+\/|-->|\*\)|-\}|"""|''')?\s*$/, "");

export interface Read {
  readonly expected: Expectation | null;
  /** What a person should know of it, without the name of the submission. */
  readonly warnings: readonly string[];
}

/** @param directory the one below `submissions/` */
export function expectationOf(directory: string, tags: Tags | null, isScoring: boolean): Read {
  const ofDirectory = normal(directory);
  const warnings: string[] = [];
  const score = tags?.score ?? null;
  if (score !== null && !isScoring) warnings.push("has a tag @EXPECTED_SCORE@, and the problem has no scores");
  const range = score === null || !isScoring ? null : ([score, score] as const);
  if (tags?.results == null) {
    // A score alone says all.
    if (score !== null) return { expected: expectation("@EXPECTED_SCORE@", null, range), warnings };
    const permitted = mixedDirectories.includes(directory) ? (verdictsOf(ofDirectory) ?? null) : verdictsOf(ofDirectory);
    if (permitted !== undefined) return { expected: expectation(`submissions/${directory}`, permitted, null), warnings };
    return { expected: null, warnings: ["is in a directory that means nothing, so nothing is expected of it"] };
  }
  const unknown = tags.results.filter((word) => !Object.hasOwn(verdictsOfWords, word));
  if (unknown.length > 0) warnings.push(`has a tag with ${unknown.map((word) => JSON.stringify(word)).join(", ")}, which is no verdict of DOMjudge`);
  const known = tags.results.filter((word) => Object.hasOwn(verdictsOfWords, word));
  const isOfDirectory = known.some((word) => meaning(word) === meaning(ofDirectory));
  const hasVerdict = verdictsOf(ofDirectory) != null && Object.hasOwn(verdictsOfWords, ofDirectory);
  if (hasVerdict && !isOfDirectory) warnings.push(`has a tag with ${tags.results.join(", ")}, which does not go with its directory`);
  const words = hasVerdict && isOfDirectory ? [ofDirectory] : known;
  if (words.length === 0) return { expected: range === null ? null : expectation("@EXPECTED_SCORE@", null, range), warnings };
  const permitted = words.some((word) => verdictsOfWords[word] === null) ? null : [...new Set(words.flatMap((word) => verdictsOfWords[word]!))];
  return { expected: expectation("@EXPECTED_RESULTS@", permitted, range), warnings };
}

/**
 * For formats whose directories say nothing: what tags in a source say.
 * @param text of the source; each byte may be a character
 * @returns null: there are no tags; text: what is wrong with them
 */
export function taggedExpectation(text: string, isScoring: boolean): Read | string | null {
  const tags = tagsIn(text);
  return tags === null || typeof tags === "string" ? tags : expectationOf("", tags, isScoring);
}

/** undefined: such a directory means nothing. */
const verdictsOf = (name: string): readonly Verdict[] | null | undefined => (Object.hasOwn(verdictsOfWords, name) ? verdictsOfWords[name] : Object.hasOwn(verdictsOfDirectories, name) ? verdictsOfDirectories[name] : undefined);

function expectation(source: string, permitted: readonly Verdict[] | null, score: readonly [number, number] | null): Expectation {
  return { source, about: "overall", permitted, required: null, score, message: null, useForTimeLimit: null, parts: [] };
}
