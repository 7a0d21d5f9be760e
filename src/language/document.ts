/** A YAML file as a tree that knows where everything stands. Bounded: no alias bombs, no duplicate or strange keys. */
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode, visit, type YAMLError } from "yaml";
import { messageOf } from "../model/errors.ts";

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

/** A file that was read without an error. */
export interface YamlDocument {
  readonly value: unknown;
  /**
   * Where the value at `path` stands; where its key stands with `ofKey`, or when there is no value;
   * where the nearest thing around it stands when there is no such path.
   */
  readonly positionOf: (path: readonly (string | number)[], ofKey?: boolean) => Position;
}

/** @returns the document, or what is wrong with the text, in the order of the file */
export function readYaml(text: string): YamlDocument | PositionedProblem[] {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let document: Document.Parsed<ParsedNode>;
  try {
    // Duplicate keys are found below: the library compares every key with every other one.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: "1.2", logLevel: "error" });
  } catch (error) {
    return [{ ...at(0), message: messageOf(error) }];
  }
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) return errors.map((error) => ({ ...at(error.pos[0]), message: sentence(error) }));
  if (document.directives.yaml.explicit) return [{ ...at(0), message: "directives (%YAML) cannot be used" }];
  const keyProblems = findKeyProblems(document, at);
  if (keyProblems.length > 0) return keyProblems;
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
    return { value, positionOf: (path, ofKey = false) => at(offsetOf(document, path, ofKey)) };
  } catch (error) {
    return [{ ...at(0), message: lowerFirst(messageOf(error)) }];
  }
}

function findKeyProblems(document: Document.Parsed, at: (offset: number) => Position): PositionedProblem[] {
  const problems: PositionedProblem[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
        if (!isScalar(key) || typeof key.value !== "string") {
          problems.push({ ...at(offset), message: "a key must be plain text" });
        } else if (key.value === "prototype" || key.value in Object.prototype) {
          problems.push({ ...at(offset), message: `'${key.value}' cannot be a key` });
        } else if (seen.has(key.value)) {
          problems.push({ ...at(offset), message: `duplicate key '${key.value}'` });
        } else {
          seen.add(key.value);
        }
      }
    },
  });
  return problems;
}

function offsetOf(document: Document.Parsed, path: readonly (string | number)[], ofKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const target = isAlias(node) ? node.resolve(document) : node;
    let next: unknown;
    let keyOffset: number | null = null;
    if (isMap(target)) {
      const pair = target.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
      keyOffset = startOf(pair?.key);
      next = pair?.value;
    } else if (isSeq(target) && typeof step === "number") {
      next = target.items[step];
    }
    if (next === undefined && keyOffset === null) return offset;
    const isLast = index === path.length - 1;
    const isEmpty = isScalar(next) && next.value === null;
    offset = (isLast && ofKey) || isEmpty ? (keyOffset ?? startOf(next) ?? offset) : (startOf(next) ?? keyOffset ?? offset);
    node = next;
  }
  return offset;
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

function sentence({ code, message }: YAMLError): string {
  // The library's own words speak about its functions.
  return code === "MULTIPLE_DOCS" ? "a file holds one document, a second one begins here" : lowerFirst(message);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
