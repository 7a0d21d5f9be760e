/** Finds the main class in a source by the regular expressions of a pack. Nothing here knows a language. */
import { configError } from "../model/errors.ts";
import { isQualifiedIdentifier } from "./identifiers.ts";
import type { EntryPointRule } from "./language.ts";
import { linearSearch, type PatternSearch, togetherOf } from "./patterns.ts";

/** What was found. */
export interface EntryPoint {
  /** With its package. */
  readonly mainClass: string;
  /** What the file has to be named after, without package and extension. */
  readonly fileClass: string;
}

/** Only so many characters are searched: the text comes from a stranger, and the search is our own time. */
const searchedCharacters = 256 * 1024;

/**
 * @param source the bytes of the file; what is not UTF-8 in it is no obstacle
 * @param given the main class that the caller names, with its package; null: to be found
 * @param search what looks for the patterns of the rule
 * @throws IsolateError of kind Config when there is none, or what was found or given is no identifier
 */
export function findEntryPoint(rule: EntryPointRule, source: Uint8Array, given: string | null = null, search = linearSearch): EntryPoint {
  const start = new TextDecoder().decode(source.subarray(0, 4 * searchedCharacters)).slice(0, searchedCharacters);
  const text = rule.ignore.length === 0 ? start : search.blankMatches(togetherOf(rule.ignore), start);
  const members = rule.depth === null ? text : flatten(text, rule.depth);
  const outside = rule.depth === null ? text : flatten(text, 0);
  const named = firstMatch(rule.fileName, outside, search);
  const mainClass = given ?? withPackage(firstMatch(rule.package, outside, search), firstMatch(rule.pattern, members, search) ?? named ?? rule.default);
  if (mainClass === null) throw configError("cannot tell the main class of the source", "name it with --entry-point");
  const fileClass = named ?? mainClass.slice(mainClass.lastIndexOf(".") + 1);
  for (const name of [mainClass, fileClass]) {
    if (!isQualifiedIdentifier(name)) throw configError(`main class ${JSON.stringify(name.slice(0, 100))} is not an identifier`);
  }
  return { mainClass, fileClass };
}

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
