/**
 * YAML files of problem packages. What a reader asks for is checked with its place in the file. Keys that nobody asks for are reported with the
 * nearest one that is known, as warnings: packages have them, whatever their specification says.
 */
import { readYaml } from "../../../language/document.ts";
import { formatProblem } from "../../../language/problem-line.ts";
import { configError } from "../../../model/errors.ts";
import type { PackageFiles } from "./files.ts";
import { type YamlFile, YamlMapping, type YamlPath, YamlValue } from "./yaml-value.ts";

/**
 * @param prepare what is done to the text before it is read
 * @returns null when there is no such file; a mapping without keys when it is empty
 * @throws IsolateError of kind Config: the text is no YAML, or no mapping, with line and column
 */
export function readMapping(files: PackageFiles, path: string, prepare: (text: string) => string = (text) => text): YamlMapping | null {
  const text = files.text(path);
  return text === null ? null : mappingOf(prepare(text), files.shown(path), (message) => files.warn(message));
}

/** @param shown the file, as people read it */
export function mappingOf(text: string, shown: string, warn: (message: string) => void): YamlMapping {
  // `merge`: packages are written for readers of YAML 1.1.
  const document = readYaml(text, { merge: true });
  if (Array.isArray(document)) {
    const [first, ...others] = document.map((problem) => formatProblem(shown, { ...problem, path: "" }));
    // Patterns of files begin so, and YAML takes them for something else.
    const isUnquoted = /^\s*(- )?[*{]/.test(text.split("\n")[document[0]!.line - 1] ?? "");
    throw configError(first!, isUnquoted ? "a text that begins with a star or a brace stands in quotes" : others.length === 0 ? undefined : `also wrong: ${others.slice(0, 5).join("; ")}`);
  }
  const line = (keys: YamlPath, message: string, ofKey = false) => formatProblem(shown, { ...document.positionOf(keys, ofKey), path: keys.join("."), message });
  const file: YamlFile = {
    document,
    error: (keys, message, ofKey) => configError(line(keys, message, ofKey)),
    warn: (keys, message, ofKey) => warn(line(keys, message, ofKey)),
  };
  return document.value === null || document.value === undefined ? new YamlMapping(file, [], {}) : new YamlValue(file, [], document.value).mapping();
}
