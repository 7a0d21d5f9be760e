/** The contents that a job or its result has, wherever they stand in it: those that are files. */
import type { Content } from "../content.ts";

type FileContent = Extract<Content, { sha256: string }>;

export function contentsOf(data: unknown): FileContent[] {
  const found: FileContent[] = [];
  collect(data, found);
  return found;
}

function collect(data: unknown, found: FileContent[]): void {
  if (typeof data !== "object" || data === null) return;
  if ("sha256" in data && typeof data.sha256 === "string" && "bytes" in data && typeof data.bytes === "number") return void found.push(data as FileContent);
  for (const value of Object.values(data)) collect(value, found);
}
