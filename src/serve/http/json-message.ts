/** Messages of WebSockets are JSON as bodies are, and have the same bounds. */
import { HttpFault } from "./dialect.ts";
import { type JsonBounds, shapeProblem } from "./json-shape.ts";

/** @throws SyntaxError: it is no JSON; HttpFault 400: it has more than is allowed */
export function parseMessage(message: string | Uint8Array, bounds: JsonBounds): unknown {
  const bytes = typeof message === "string" ? Buffer.from(message) : message;
  const problem = shapeProblem(bytes, bounds);
  if (problem !== null) throw new HttpFault(400, "invalid-json", `the message ${problem}`);
  return JSON.parse(typeof message === "string" ? message : textOf(bytes));
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError("it is not UTF-8");
  }
}
