/** Files that Polygon lays beside sources when it compiles them: headers for the jury's programs, graders for submissions. */
import type { Addition } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import { extensionsOf } from "./source-types.ts";
import type { XmlElement } from "./xml-element.ts";

export interface Resources {
  /** For checkers and interactors. */
  readonly ofJury: readonly string[];
  readonly additions: readonly Addition[];
  readonly hasTestlib: boolean;
}

/** Headers of the jury's programs, which no submission needs. */
const headersOfJury = ["testlib.h", "jngen.h"];

/** @throws IsolateError of kind Config: a resource is missing, or is for types that nobody knows */
export function readResources(files: PackageFiles, problem: XmlElement): Resources {
  const all = (problem.child("files")?.child("resources")?.all("file") ?? []).map((element) => resource(files, element)).filter(({ isStatement }) => !isStatement);
  const ofJury = all.filter(({ assets, isHeader, stages }) => (assets === null ? isHeader : assets.some((asset) => asset === "checker" || asset === "interactor")) && isCompiled(stages));
  const marked = all.filter(({ assets, stages }) => assets?.includes("solution") === true && isCompiled(stages));
  // Packages from before resources had marks: a grader is known by its name, and its headers are with it.
  const graders = all.filter(({ assets, name }) => assets === null && /^grader\b/i.test(name));
  const headers = graders.length === 0 ? [] : all.filter(({ assets, name, isHeader }) => assets === null && isHeader && !headersOfJury.includes(name) && !graders.some((grader) => grader.name === name));
  return {
    ofJury: ofJury.map(({ path }) => path),
    additions: [...marked, ...graders, ...headers].map(({ path, forLanguage, isMain }) => ({ forLanguage, paths: [path], role: isMain ? "main" : "beside" })),
    hasTestlib: ofJury.some(({ name }) => name === "testlib.h"),
  };
}

const isCompiled = (stages: readonly string[] | null) => stages === null || stages.includes("compile");

function resource(files: PackageFiles, element: XmlElement) {
  element.warnOfMisspelled(["path", "type", "for-types", "main"], ["assets", "stages"]);
  const path = element.required("path");
  const entry = files.find(path);
  if (entry === null) throw element.error(`the file ${path} is not in the package`);
  const type = element.attribute("type");
  const isHeader = type === null ? /\.(h|hh|hpp|hxx|inc)$/i.test(entry.name) : /^h\b/i.test(type);
  const words = (list: string, word: string) => {
    const parent = element.child(list);
    return parent === null || parent.children.length === 0 ? null : parent.all(word).map((child) => child.required("name").toLowerCase());
  };
  return {
    path: files.at(entry),
    name: entry.name,
    isHeader,
    isStatement: type === null && /\.(sty|tex|ftl|png|jpe?g|pdf|html?|eps|svg)$/i.test(entry.name),
    assets: words("assets", "asset"),
    stages: words("stages", "stage"),
    isMain: element.attribute("main") === "true",
    forLanguage: forLanguage(element, type, isHeader),
  };
}

/** Extensions of the submissions that it is for; null: all. */
function forLanguage(element: XmlElement, type: string | null, isHeader: boolean): readonly string[] | null {
  const given = element.attribute("for-types");
  if (given === null) return type === null ? null : isHeader ? [...extensionsOf("c")!, ...extensionsOf("cpp")!] : extensionsOf(type);
  const found = new Set<string>();
  for (const one of given.split(/[;,\s]+/).filter((word) => word !== "")) {
    if (one === "*" || one === "*.*") return null;
    const extensions = extensionsOf(one);
    if (extensions === null) element.warn(`for-types has ${one}, which is no type of source that is known here`);
    else for (const extension of extensions) found.add(extension);
  }
  return [...found];
}
