/** Where the values of a YAML file begin and end, counted in characters from 0. */
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq } from "yaml";

/**
 * Where the next part begins behind the one that `path` belongs to: a key of the top, or a language of a list. Infinite behind the last
 * one: what stands there may belong to it.
 */
export function endOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let end = Number.POSITIVE_INFINITY;
  for (const step of path.slice(0, path[0] === "languages" ? 2 : 1)) {
    if (isMap(node)) {
      const index = node.items.findIndex(({ key }) => isScalar(key) && key.value === step);
      end = (index < 0 ? null : startOf(node.items[index + 1]?.key)) ?? Number.POSITIVE_INFINITY;
      node = node.items[index]?.value;
    } else if (isSeq(node) && typeof step === "number") {
      end = startOf(node.items[step + 1]) ?? Number.POSITIVE_INFINITY;
      node = node.items[step];
    }
  }
  return end;
}

/** Where the value at a path begins; see YamlDocument.positionOf. */
export function offsetOf(document: Document.Parsed, path: readonly (string | number)[], ofKey: boolean): number {
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

/** See YamlDocument.sourceOf. */
export function sourceOf(document: Document.Parsed, path: readonly (string | number)[]): string | null {
  let node: unknown = document.contents;
  for (const step of path) {
    const target = isAlias(node) ? node.resolve(document) : node;
    node = isMap(target) ? target.items.find(({ key }) => isScalar(key) && key.value === step)?.value : isSeq(target) && typeof step === "number" ? target.items[step] : undefined;
  }
  const scalar = isAlias(node) ? node.resolve(document) : node;
  return isScalar(scalar) && scalar.value !== null ? (scalar.source ?? String(scalar.value)) : null;
}

export function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}
