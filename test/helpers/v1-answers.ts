/** Answers of the own API, each held against its OpenAPI document. */
import { operations } from "../../src/serve/dialects/v1/dialect.ts";
import { openApi } from "../../src/serve/dialects/v1/openapi.ts";
import { faults } from "./json-schema.ts";

// As clients get it: JSON.
export const document = JSON.parse(JSON.stringify(openApi(operations, "1.2.3"))) as Record<string, any>;

/** The operation of the document that a path belongs to; words come before parameters. */
function operationAt(method: string, path: string): Record<string, any> | null {
  const parts = path.split("/");
  const fits = (pattern: string) => {
    const wanted = pattern.split("/");
    return wanted.length === parts.length && wanted.every((part, index) => part.startsWith("{") || part === parts[index]);
  };
  const found = Object.keys(document["paths"]).filter(fits).toSorted((a, b) => a.split("{").length - b.split("{").length)[0];
  return found === undefined ? null : (document["paths"][found][method.toLowerCase()] ?? null);
}

/** What of an answer is not as the document says; its body can still be read. */
export async function answerFaults(method: string, path: string, response: Response): Promise<string[]> {
  const operation = operationAt(method === "HEAD" ? "GET" : method, path);
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!;
  const where = `${method} ${path} ${response.status}`;
  if (operation === null && response.status < 400) return [`${where}: is not in the document`];
  const said = operation?.["responses"][response.status] ?? (response.status >= 400 ? { content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } } : undefined);
  if (said === undefined) return [`${where}: the document does not know this status`];
  if (said.content === undefined) return response.body === null ? [] : [`${where}: has a body`];
  // Both forms of the answer to a new job.
  if (type === "text/event-stream") return eventFaults(await response.clone().text()).map((fault) => `${where}: ${fault}`);
  if (said.content[type] === undefined) return [`${where}: is ${type}`];
  const { schema } = said.content[type] as { schema?: Record<string, unknown> };
  return schema === undefined ? [] : faults(schema, await response.clone().json(), document).map((fault) => `${where}: ${fault}`);
}

export interface ServerEvent {
  readonly id: string;
  readonly name: string;
  readonly data: any;
}

/** Without comments and `retry`. */
export function eventsIn(text: string): ServerEvent[] {
  return text.split("\n\n").flatMap((block) => {
    const field = (name: string) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
    return field("event") === "" ? [] : [{ id: field("id"), name: field("event"), data: JSON.parse(field("data")) }];
  });
}

function eventFaults(text: string): string[] {
  return eventsIn(text).flatMap(({ name, data }) => faults(document["components"].schemas.Event, data, document, name));
}
