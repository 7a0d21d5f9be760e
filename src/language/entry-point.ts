/** Finds the main class in a source by the regular expressions of a pack. Nothing here knows a language. */
import { configError } from "../model/errors.ts";
import { isQualifiedIdentifier } from "./identifiers.ts";
import type { EntryPointRule } from "./language.ts";
import { compilePattern } from "./patterns.ts";

/** What was found. */
export interface EntryPoint {
  /** With its package. */
  readonly mainClass: string;
  /** What the file has to be named after, without package and extension. */
  readonly fileClass: string;
}

/** Only so many characters are searched: the text comes from a stranger, and the search is our own time. */
const searchedCharacters = 512 * 1024;

/**
 * @param source the bytes of the file; what is not UTF-8 in it is no obstacle
 * @param given the main class that the caller names, with its package; null: to be found
 * @throws IsolateError of kind Config when there is none, or what was found or given is no identifier
 */
export function findEntryPoint(rule: EntryPointRule, source: Uint8Array, given: string | null = null): EntryPoint {
  const text = blank(new TextDecoder().decode(source.subarray(0, 4 * searchedCharacters)).slice(0, searchedCharacters), rule.ignore);
  const members = rule.depth === null ? text : flatten(text, rule.depth);
  const outside = rule.depth === null ? text : flatten(text, 0);
  const named = firstMatch(rule.fileName, outside);
  const mainClass = given ?? withPackage(firstMatch(rule.package, outside), firstMatch(rule.pattern, members) ?? named ?? rule.default);
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

function firstMatch(patterns: readonly string[], text: string): string | null {
  for (const pattern of patterns) {
    const name = compilePattern(pattern).exec(text)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

/** Replaces every match by one blank, so that what stood around it stays apart. */
function blank(text: string, patterns: readonly string[]): string {
  return patterns.length === 0 ? text : text.replace(compilePattern(patterns.join("|"), "g"), " ");
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
