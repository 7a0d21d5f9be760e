/** Which contents a job or a result refers to: they are kept as long as it is. */
import { hasContentName } from "./contents-layout.ts";

export interface Referred {
  readonly sha256: string;
  readonly bytes: number;
}

/** @param value plain data @param json the same as JSON: most refer to nothing, which shows in it at once */
export function referredContents(value: unknown, json: string): readonly Referred[] {
  if (!json.includes('"sha256":"')) return [];
  const found = new Map<string, Referred>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const { sha256, bytes } = next as { readonly sha256?: unknown; readonly bytes?: unknown };
    if (typeof sha256 === "string" && typeof bytes === "number" && hasContentName(sha256)) found.set(sha256, { sha256, bytes });
    for (const part of Object.values(next)) open.push(part);
  }
  return [...found.values()];
}
