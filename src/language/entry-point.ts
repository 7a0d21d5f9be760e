/** Finds the main class in a source by the regular expressions of a pack, or by a scanner that it names. */
import { configError } from "../model/errors.ts";
import { defaultMainClass } from "./defaults.ts";
import { isQualifiedIdentifier } from "./identifiers.ts";
import type { EntryPointRule } from "./language.ts";
import type { JavaEntryPoint } from "./java-entry-point.ts";
import { linearSearch, type PatternSearch, togetherOf } from "./patterns.ts";
import type { EntryPointScanner } from "./scanners.ts";

/** What was found. */
export interface EntryPoint {
  /** With its package. */
  readonly mainClass: string;
  /** What the file has to be named after, without package and extension. */
  readonly fileClass: string;
}

/** Longer names can be no names of files with an extension: the compiler then says what is wrong. */
const longestFileClassBytes = 249;

/** Only so many characters are searched: the text comes from a stranger, and the search is our own time. */
const searchedCharacters = 256 * 1024;

/**
 * @param source the bytes of the file; what is not UTF-8 in it is no obstacle
 * @param given the main class that the caller names, with its package; null: to be found
 * @param search what looks for the patterns of the rule
 * @param fileStem the caller's name of the file, without its extension
 * @throws IsolateError of kind Config when there is none, or what was found or given is no identifier
 */
export function findEntryPoint(rule: EntryPointRule, source: Uint8Array, given: string | null = null, search = linearSearch, fileStem = ""): EntryPoint {
  const start = new TextDecoder().decode(source.subarray(0, 4 * searchedCharacters)).slice(0, searchedCharacters);
  const text = rule.ignore.length === 0 ? start : search.blankMatches(togetherOf(rule.ignore), start);
  const members = rule.depth === null ? text : flatten(text, rule.depth);
  const outside = rule.depth === null ? text : flatten(text, 0);
  // The patterns of a pack come first: it may extend one that has a scanner.
  const scanned = rule.scanner === null ? null : scanners[rule.scanner](start, fileStem);
  const named = firstMatch(rule.fileName, outside, search) ?? scanned?.fileClass ?? null;
  const found = firstMatch(rule.pattern, members, search) ?? scanned?.mainClass ?? named ?? rule.default;
  const mainClass = given ?? withPackage(firstMatch(rule.package, outside, search) ?? scanned?.package ?? null, found);
  if (mainClass === null) throw configError("cannot tell the main class of the source", "name it with --entry-point");
  const wanted = named ?? mainClass.slice(mainClass.lastIndexOf(".") + 1);
  const fileClass = Buffer.byteLength(wanted) > longestFileClassBytes ? defaultMainClass : wanted;
  for (const name of [mainClass, fileClass]) {
    if (!isQualifiedIdentifier(name)) throw configError(`main class ${JSON.stringify(name.slice(0, 100))} is not an identifier`);
  }
  return { mainClass, fileClass };
}

/** What regular expressions cannot tell apart. */
const scanners: Readonly<Record<EntryPointScanner, (source: string, fileStem: string) => JavaEntryPoint>> = {
  // Loaded when it is used.
  java: (source, fileStem) => (require("./java-entry-point.ts") as typeof import("./java-entry-point.ts")).findJavaEntryPoint(source, fileStem),
};

function withPackage(packageName: string | null, name: string | null): string | null {
  return packageName === null || name === null ? name : `${packageName}.${name}`;
}

function firstMatch(patterns: readonly string[], text: string, search: PatternSearch): string | null {
  for (const pattern of patterns) {
    const name = search.firstCapture(pattern, text);
    if (name !== null) return name;
  }
  return null;
}

/** Replaces blocks in braces that lie deeper than `depth` by a semicolon: `class A { void f() { x } }` to `class A { void f() ; }` for 1. */
function flatten(text: string, depth: number): string {
  let result = "";
  let level = 0;
  let kept = 0;
  for (const { index, 0: brace } of text.matchAll(/[{}]/g)) {
    if (brace === "{") {
      level += 1;
      if (level === depth + 1) result += `${text.slice(kept, index)};`;
    } else if (level > 0) {
      if (level === depth + 1) kept = index + 1;
      level -= 1;
    }
  }
  return level > depth ? result : result + text.slice(kept);
}
