/** Checker and interactor of a Polygon package. */
import { type BuiltInChecker, builtInCheckers, type Checker, type Interactor, type Kind, type Program } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import { programAt } from "../package/programs.ts";
import type { Resources } from "./resources.ts";
import { languageOf } from "./source-types.ts";
import type { XmlElement } from "./xml-element.ts";

export const packs = ["codeforces"] as const;

/**
 * @param scale of the points that it gives
 * @throws IsolateError of kind Config: there is none, or it is one that cannot be asked
 */
export function readChecker(files: PackageFiles, assets: XmlElement, resources: Resources, scale: "test" | 100): Checker {
  const element = assets.only("checker");
  const type = element.attribute("type");
  if (type !== null && type !== "testlib") throw element.error(`its type is ${type}, and checkers of testlib can be asked`);
  const standard = builtIn(element.attribute("name"));
  const source = element.child("source");
  const isThere = source !== null && files.find(source.required("path")) !== null;
  // The package's own source counts, as it may differ from the one that testlib has now. Without testlib.h it cannot be compiled.
  if (standard !== null && !(isThere && resources.hasTestlib)) return { kind: "built-in", name: standard };
  if (source === null) throw element.error(element.attribute("name") === null ? "has no <source>" : `has no <source>, and ${element.attribute("name")} is not built in`);
  return { kind: "program", protocol: "testlib", program: program(files, source, resources), scale };
}

/** `std::wcmp.cpp` */
function builtIn(name: string | null): BuiltInChecker | null {
  const standard = /^std::([a-z0-9]+)(?:\.cpp)?$/.exec(name ?? "")?.[1];
  // These names of ours are none of testlib's.
  if (standard === undefined || ["default", "lines", "exact"].includes(standard)) return null;
  return builtInCheckers.find((known) => known === standard) ?? null;
}

/** @throws IsolateError of kind Config: the interactor cannot be run */
export function readKind(files: PackageFiles, assets: XmlElement, resources: Resources, passes: number): Kind {
  const element = assets.child("interactor");
  if (element === null) return { kind: "batch" };
  const listed = element.child("runs")?.all("run").map((run) => run.integer(1)) ?? null;
  const beyond = listed?.find((run) => run > passes);
  if (beyond !== undefined) throw element.error(`takes part in run ${beyond}, and each test has ${passes}`);
  // Without a list it takes part in the first run only: the second one reads what it wrote.
  const runs = passes === 1 ? null : (listed ?? [1]);
  const interactor: Interactor = { protocol: "testlib", program: program(files, element.only("source"), resources), ...(runs === null ? {} : { runs }) };
  return { kind: "interactive", interactor };
}

function program(files: PackageFiles, source: XmlElement, resources: Resources): Program {
  const path = source.required("path");
  const type = source.attribute("type");
  if (files.find(path) === null) throw source.error(`the file ${path} is not in the package`);
  if (type !== null && !/^c(pp)?(\.|$)/i.test(type)) throw source.error(`it is of the type ${type}, and programs with testlib for C++ can be asked`);
  return { ...programAt(files, path, { language: type === null ? null : languageOf(type), added: resources.ofJury, packs }), root: files.root };
}
