/** Solutions of a Polygon package, with what their tags say. */
import type { Expectation } from "../../expectation.ts";
import type { ExampleSubmission } from "../../problem.ts";
import type { Verdict } from "../../verdict.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { PackageFiles } from "../package/files.ts";
import { languageOf } from "./source-types.ts";
import type { XmlElement } from "./xml-element.ts";

/** A program that asks for too much memory may crash before it is stopped. */
const tooMuchMemory: readonly Verdict[] = ["MLE", "RTE"];
const anyFailure: readonly Verdict[] = ["WA", "TLE", "MLE", "RTE", "OLE"];

const verdictsOfTags: Readonly<Record<string, readonly Verdict[]>> = {
  main: ["AC"],
  accepted: ["AC"],
  "wrong-answer": ["WA"],
  // We have no verdict of its own for it.
  "presentation-error": ["WA"],
  "time-limit-exceeded": ["TLE"],
  "memory-limit-exceeded": tooMuchMemory,
  "runtime-error": ["RTE"],
  "time-limit-exceeded-or-accepted": ["AC", "TLE"],
  "time-limit-exceeded-or-memory-limit-exceeded": ["TLE", ...tooMuchMemory],
  rejected: anyFailure,
  failed: anyFailure,
  incorrect: anyFailure,
};
/** A solution that is kept, and not to be judged. */
const notRun = "do-not-run";

/** @param nameOfTests what parts are about: names of groups that there are */
export function readSolutions(files: PackageFiles, assets: XmlElement, groups: readonly string[]): readonly ExampleSubmission[] {
  return (assets.child("solutions")?.all("solution") ?? []).flatMap((element) => solution(files, element, groups) ?? []);
}

function solution(files: PackageFiles, element: XmlElement, groups: readonly string[]): ExampleSubmission | null {
  element.warnOfMisspelled(["tag", "note"], ["source", "binary", "extra-tags"]);
  const source = element.only("source");
  const name = source.required("path");
  const type = source.attribute("type");
  const entry = files.find(name);
  if (entry === null) throw source.error(`the file ${name} is not in the package`);
  const tag = element.attribute("tag");
  if (tag === notRun) {
    element.warn(`${name} has the tag ${notRun}: it is not judged`);
    return null;
  }
  const language = type === null ? null : languageOf(type);
  if (type !== null && language === null) {
    source.warn(`${name} is of the type ${type}, which no language here is for: it is not judged`);
    return null;
  }
  return { path: files.at(entry), name, language, entryPoint: null, expected: tag === null ? null : expectation(element, tag, groups) };
}

function expectation(element: XmlElement, tag: string, groups: readonly string[]): Expectation | null {
  const permitted = permittedBy(element, tag);
  if (permitted === null) return null;
  const parts: Expectation["parts"][number][] = [];
  for (const extra of element.child("extra-tags")?.all("extra-tag") ?? []) {
    const group = extra.attribute("group") ?? extra.attribute("test-group");
    // One for another testset is about tests that are not judged.
    if (group === null) continue;
    if (!groups.includes(group)) throw extra.error(`there is no group ${group}`);
    // Expectations name groups by patterns.
    if (/[*{}[\]]/.test(group)) {
      extra.warn("is ignored, as the name of the group is one of a pattern");
      continue;
    }
    const also = permittedBy(extra, extra.required("tag"));
    if (also !== null) parts.push({ tests: group, expected: { source: `tag ${extra.attribute("tag")} for group ${group}`, ...overall(also) } });
  }
  return { source: `tag ${tag}`, ...overall(permitted), parts };
}

const overall = (permitted: readonly Verdict[]) => ({ about: "overall", permitted, required: null, score: null, message: null, useForTimeLimit: null }) as const;

function permittedBy(element: XmlElement, tag: string): readonly Verdict[] | null {
  const name = tag.toLowerCase().replaceAll("_", "-");
  if (Object.hasOwn(verdictsOfTags, name)) return verdictsOfTags[name]!;
  const near = nearestName(name, Object.keys(verdictsOfTags));
  element.warn(`unknown tag ${tag}, which is ignored${near === null ? "" : `: did you mean '${near}'?`}`);
  return null;
}
