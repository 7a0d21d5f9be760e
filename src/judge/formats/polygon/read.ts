/** A full package of Polygon: its problem.xml, and the files that it names. */
import { basename, resolve } from "node:path";
import { configError } from "../../../model/errors.ts";
import { noLimits, type Problem } from "../../problem.ts";
import { PackageFiles } from "../package/files.ts";
import { readGroups } from "./groups.ts";
import { packs, readChecker, readKind } from "./programs.ts";
import { readResources } from "./resources.ts";
import { readSolutions } from "./solutions.ts";
import { readTests } from "./tests.ts";
import { readXml } from "./xml.ts";
import type { XmlElement } from "./xml-element.ts";

/** 100,000 tests have about 10 MB. */
const largestDescription = 64 * 1024 * 1024;
/** The testset that is judged; others are for rounds of Codeforces. */
const judgedTestset = "tests";

/**
 * @param path the directory of the package
 * @throws IsolateError of kind Config: it is no full package for Linux, or asks for what we do not do
 */
export function readPolygon(path: string): Problem {
  const files = new PackageFiles(path);
  const text = files.text("problem.xml", largestDescription);
  if (text === null) throw configError(`cannot judge with ${path}: it has no problem.xml`, "give the directory of an unpacked package of Polygon");
  const problem = readXml(text, files.shown("problem.xml"), (message) => files.warn(message));
  if (problem.name !== "problem") throw problem.error(`<${problem.name}> is not the <problem> of a package`);
  problem.warnOfMisspelled(["revision", "short-name", "url"], ["names", "statements", "tutorials", "judging", "files", "assets", "properties", "stresses", "tags", "documents"]);
  const judging = problem.only("judging");
  judging.warnOfMisspelled(["cpu-name", "cpu-speed", "input-file", "output-file", "run-count", "treat-points-from-checker-as-percent"], ["testset"]);
  const assets = problem.only("assets");
  for (const name of ["scorer", "strategy"]) {
    const asset = assets.child(name);
    if (asset !== null) throw asset.error(`a ${name} is not supported: groups and points of tests are`);
  }
  const testset = testsetOf(judging);
  const { tests, root, isScoring, names } = readGroups(testset, readTests(files, testset));
  const resources = readResources(files, problem);
  const passes = runCount(judging, problem);
  const kind = readKind(files, assets, resources, passes);
  const [inputFile, outputFile] = [fileName(judging, "input-file"), fileName(judging, "output-file")];
  if (kind.kind === "interactive" && (inputFile ?? outputFile) !== null) throw judging.error("an interactive problem has no input-file and no output-file");
  return {
    name: titleOf(problem) ?? basename(resolve(path)),
    format: "polygon",
    path,
    tests: tests.map(({ test }) => test),
    root,
    isScoring,
    kind,
    passes,
    ...(passes === 1 ? {} : { passing: "always" as const }),
    checker: readChecker(files, assets, resources, judging.attribute("treat-points-from-checker-as-percent") === "true" ? 100 : "test"),
    inputFile,
    outputFile,
    limits: { ...noLimits, cpuTime: testset.only("time-limit").integer(1) / 1000, memory: testset.only("memory-limit").integer(1) },
    additions: resources.additions,
    packs,
    languages: null,
    submissions: readSolutions(files, assets, names),
    warnings: files.warnings,
  };
}

function testsetOf(judging: XmlElement): XmlElement {
  const all = judging.all("testset");
  const found = all.find((testset) => testset.attribute("name") === judgedTestset) ?? (all.length === 1 ? all[0] : undefined);
  if (found !== undefined) return found;
  throw judging.error(all.length === 0 ? "has no <testset>" : `has ${all.length} testsets, and none of them is named ${judgedTestset}`);
}

function runCount(judging: XmlElement, problem: XmlElement): number {
  const given = judging.attribute("run-count");
  if (given === null) return (problem.child("tags")?.all("tag") ?? []).some((tag) => tag.attribute("value") === "run-twice") ? 2 : 1;
  if (!/^[1-9]$/.test(given)) throw judging.error(`run-count must be from 1 to 9, not ${JSON.stringify(given)}`);
  return Number(given);
}

function fileName(judging: XmlElement, attribute: string): string | null {
  const name = judging.attribute(attribute);
  if (name !== null && (name.includes("/") || name.includes("\0") || name === "." || name === "..")) throw judging.error(`${attribute} must be the name of a file, not ${JSON.stringify(name)}`);
  return name;
}

/** In English, else in whichever language is first. */
function titleOf(problem: XmlElement): string | null {
  const names = problem.child("names")?.all("name") ?? [];
  return (names.find((name) => name.attribute("language") === "english") ?? names[0])?.attribute("value") ?? problem.attribute("short-name");
}
