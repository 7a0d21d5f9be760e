/** A package in DOMjudge's dialect of the legacy problem package format. */
import { basename, resolve } from "node:path";
import { configError } from "../../../model/errors.ts";
import type { Checker, Problem, Program } from "../../problem.ts";
import { readAdditions } from "../kattis/additions.ts";
import { kattisPacks } from "../kattis/package.ts";
import { PackageFiles } from "../package/files.ts";
import { onlyProgram } from "../package/programs.ts";
import { readData } from "./groups.ts";
import { type Properties, readProperties } from "./properties.ts";
import { readDomjudgeSubmissions } from "./submissions.ts";

/** Names are free, but for what systems leave behind. */
const isName = (name: string) => name === ".timelimit" || (!name.startsWith(".") && name !== "__pycache__");

/**
 * @param path the directory of the package
 * @throws IsolateError of kind Config: it is no such package, or needs what we do not do
 */
export function readDomjudge(path: string): Problem {
  const files = new PackageFiles(path, isName);
  const properties = readProperties(files);
  const { isScoring, isInteractive, passes, limits } = properties;
  const checker = checkerOf(files, properties);
  const { tests, root } = readData(files, isScoring, properties.validatorFlags);
  return {
    name: properties.name ?? basename(resolve(path)),
    format: "domjudge",
    path,
    tests,
    root,
    isScoring,
    kind: isInteractive ? { kind: "interactive", interactor: { protocol: "kattis" } } : { kind: "batch" },
    passes,
    checker,
    inputFile: null,
    outputFile: null,
    limits,
    additions: readAdditions(files, false),
    packs: [...kattisPacks],
    languages: null,
    submissions: readDomjudgeSubmissions(files, isScoring),
    warnings: files.warnings,
  };
}

/** A validator of the package's own is used whether problem.yaml says so or not. */
function checkerOf(files: PackageFiles, { needsValidator, specialCompare, specialRun, isInteractive }: Properties): Checker {
  const program = validator(files);
  if (program !== null) return { kind: "program", protocol: "domjudge", program, scale: 1 };
  const special = specialRun ?? specialCompare;
  if (special !== null) throw special.error(`it names ${JSON.stringify(special.text)}, a program that the server has: put it into output_validators/ of the package`);
  if (needsValidator) throw configError(`cannot judge with ${files.root}: problem.yaml asks for ${isInteractive ? "an interactive" : "a custom"} validator, and there is none in ${files.shown("output_validators")}`, "the default validator cannot do that");
  return { kind: "built-in", name: "default" };
}

function validator(files: PackageFiles): Program | null {
  const found = ["output_validators", "output_validator"].flatMap((place) => onlyProgram(files, place, kattisPacks, place === "output_validators" ? "mistake" : "program") ?? []);
  if (found.length > 1) throw configError(`cannot judge with ${files.root}: there are validators in output_validators and in output_validator`, "leave one");
  return found[0] ?? null;
}
