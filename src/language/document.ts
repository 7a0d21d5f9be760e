/** A YAML file as a tree that knows where everything stands. Bounded: no alias bombs, no duplicate or strange keys. */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode, visit, type YAMLError } from "yaml";
import { messageOf } from "../model/errors.ts";
import { endOf, offsetOf, sourceOf } from "./places.ts";
import { hasBareBraces, type UnquotedText, unquotedTexts, withWordsFor, withWordsForBraces } from "./unquoted.ts";

/** A place in the file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong, and where. */
export interface PositionedProblem extends Position {
  readonly message: string;
}

/** More uses of aliases than this, counted as the aliases expand, are refused. */
const aliasLimit = 100;

/** More levels of lists and mappings than any pack has. */
const depthLimit = 100;

/** What a file says. */
export interface YamlDocument {
  readonly value: unknown;
  /**
   * Where the value at `path` stands; where its key stands with `ofKey`, or when there is no value;
   * where the nearest thing around it stands when there is no such path.
   */
  readonly positionOf: (path: readonly (string | number)[], ofKey?: boolean) => Position;
  /** The value at `path` as it is written, such as `1e-6` or `007`, without quotes; null for a list, a mapping, and nothing. */
  readonly sourceOf: (path: readonly (string | number)[]) => string | null;
}

/** What is wrong in one value of a file, as far as that is known. */
export interface TreeProblem extends PositionedProblem {
  readonly path: readonly (string | number)[];
}

/** A file with its mistakes. */
export interface YamlTree {
  /** What could be read all the same, or null. */
  readonly document: YamlDocument | null;
  /** Of the text; not of what it means. */
  readonly problems: readonly TreeProblem[];
  /** Whether the value at `path` ends before the first place that could not be read, so that more can be said about it. */
  readonly isWhole: (path: readonly (string | number)[]) => boolean;
}

/** How a text is read. */
export interface YamlOptions {
  /** Names that stand in braces for something else in the texts of the file. */
  readonly placeholders?: readonly string[];
  /** `<<` brings the keys of another mapping, as in YAML 1.1. */
  readonly merge?: boolean;
}

/** @returns the document, or what is wrong with the text, in the order of the file */
export function readYaml(text: string, options?: YamlOptions): YamlDocument | PositionedProblem[] {
  const { document, problems } = readTree(text, options);
  return document === null || problems.length > 0 ? [...problems] : document;
}

/** Reads as much as there is. */
export function readTree(text: string, { placeholders = [], merge = false }: YamlOptions = {}): YamlTree {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Duplicate keys are found below: the library compares every key with every other one.
  const parse = (source: string, lineCounter: LineCounter) =>
    parseDocument(source, { lineCounter, prettyErrors: false, uniqueKeys: false, version: "1.2", logLevel: "error", merge });
  let document: Document.Parsed<ParsedNode>;
  let unquoted: readonly UnquotedText[] = [];
  try {
    document = parse(text, lines);
    // The library's walks take time with the square of the depth.
    if (isDeep(document)) return nothing([{ ...at(document.errors[0]?.pos[0] ?? 0), path: [], message: document.errors[0] === undefined ? `has more than ${depthLimit} values inside of each other` : sentence(document.errors[0]) }]);
    if (placeholders.length > 0 && (document.errors.length > 0 || hasBareBraces(document, placeholders))) {
      const words = withWordsForBraces(text, placeholders);
      const repaired = words === text ? document : parse(words, new LineCounter());
      unquoted = words === text || isDeep(repaired) ? [] : unquotedTexts(repaired, text);
      if (unquoted.length > 0) document = parse(withWordsFor(unquoted, text), new LineCounter());
    }
  } catch (error) {
    return nothing([{ ...at(0), path: [], message: messageOf(error) }]);
  }
  const errors = withoutEchoes([...document.errors, ...document.warnings], (offset) => at(offset).line);
  const problems: TreeProblem[] = [
    ...unquoted.map(({ offset, path, message }) => ({ ...at(offset), path, message })),
    ...errors.map((error) => ({ ...at(error.pos[0]), path: [], message: sentence(error) })),
  ];
  if (document.directives.yaml.explicit) return nothing([...problems, { ...at(0), path: [], message: "directives (%YAML) cannot be used" }]);
  const keys = findKeyProblems(document, at, merge);
  problems.push(...keys.problems);
  if (!keys.usable) return nothing(problems);
  const brokenAt = Math.min(...errors.map(({ pos }) => pos[0]));
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
    return {
      document: { value, positionOf: (path, ofKey = false) => at(offsetOf(document, path, ofKey)), sourceOf: (path) => sourceOf(document, path) },
      problems,
      isWhole: (path) => errors.length === 0 || endOf(document, path) < brokenAt,
    };
  } catch (error) {
    return nothing(problems.length > 0 ? problems : [{ ...at(0), path: [], message: lowerFirst(messageOf(error)) }]);
  }
}

function isDeep(document: Document.Parsed<ParsedNode>): boolean {
  let level: readonly unknown[] = [document.contents];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > depthLimit) return true;
    level = level.flatMap((node) => (isMap(node) ? node.items.flatMap(({ key, value }) => [key, value]) : isSeq(node) ? node.items : []));
  }
  return false;
}

/** One mistake is met more than once by the library: in the rest of its line, and in everything that no longer has a place. */
function withoutEchoes(errors: readonly YAMLError[], lineOf: (offset: number) => number): readonly YAMLError[] {
  const lines = new Set<number>();
  return errors.filter(({ code, message, pos: [offset] }) => {
    const line = lineOf(offset);
    if (lines.has(line) || (lines.size > 0 && code === "UNEXPECTED_TOKEN" && message.includes("in YAML stream"))) return false;
    lines.add(line);
    return true;
  });
}

function nothing(problems: readonly TreeProblem[]): YamlTree {
  return { document: null, problems, isWhole: () => false };
}

/** `usable`: what the keys hold can be looked at all the same. */
function findKeyProblems(document: Document.Parsed, at: (offset: number) => Position, merge: boolean): { readonly problems: readonly TreeProblem[]; readonly usable: boolean } {
  const problems: TreeProblem[] = [];
  let usable = true;
  const refuse = (offset: number, message: string) => {
    problems.push({ ...at(offset), path: [], message });
    usable = false;
  };
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
        if (merge && isScalar(key) && key.source === "<<") continue;
        if (!isScalar(key) || typeof key.value !== "string") {
          refuse(offset, "a key must be plain text");
        } else if (key.value === "prototype" || key.value in Object.prototype) {
          refuse(offset, `'${key.value}' cannot be a key`);
        } else if (seen.has(key.value)) {
          problems.push({ ...at(offset), path: [], message: `duplicate key '${key.value}'` });
        } else {
          seen.add(key.value);
        }
      }
    },
  });
  return { problems, usable };
}

function sentence({ code, message }: YAMLError): string {
  // The library's own words speak about its functions.
  return code === "MULTIPLE_DOCS" ? "a file holds one document, a second one begins here" : lowerFirst(message);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
