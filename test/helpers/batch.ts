/** Driving `batch`: requests in, the documents of its lines out. */
import type { ExecutionResult } from "../../src/model/result.ts";
import type { State } from "./binary.ts";
import type { Outcome } from "./running.ts";

/** A line of `batch`: a result, or an error document. */
export interface BatchLine extends ExecutionResult {
  readonly line: number;
  readonly id: string | number | null;
  readonly error?: { readonly kind: string; readonly message: string; readonly hint: string | null; readonly exit_code: number };
  readonly files?: Readonly<Record<string, { readonly bytes?: number; readonly path?: string; readonly text?: string; readonly base64?: string; readonly error?: string }>>;
  readonly warnings?: readonly string[];
}

export function parseLines(stdout: string): BatchLine[] {
  return stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line) as BatchLine);
}

/** @param requests objects, or lines as they are */
export async function batch(state: State, requests: readonly (object | string)[], args: readonly string[] = ["--jobs", "1"], through: readonly string[] = []): Promise<Outcome & { readonly lines: readonly BatchLine[] }> {
  const input = requests.map((request) => `${typeof request === "string" ? request : JSON.stringify(request)}\n`).join("");
  const outcome = await state.mini(["batch", ...args], { input, through, timeoutMs: 50_000 });
  const lines = parseLines(outcome.stdout);
  for (const { enforced } of lines) if (typeof enforced?.user === "number") state.uids.add(enforced.user);
  return { ...outcome, lines };
}

export const shell = (text: string) => ["/bin/sh", "-c", text];
