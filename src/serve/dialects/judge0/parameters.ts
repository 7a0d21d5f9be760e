/** What a request says, wherever it says it: query, JSON, form or multipart. What the body says counts more than the query. */
import { type Call, HttpFault } from "../../http/dialect.ts";

/** By name. Values of JSON are as they came; those of forms and of the query are texts, and uploaded files are bytes. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Of a form: more than any batch of submissions has. */
const mostFields = 50_000;
const ampersand = 0x26;

/** @throws HttpFault 400 for a body that is not what its type says */
export async function parametersOf(call: Call): Promise<Parameters> {
  return { ...queryOf(call.url), ...(await bodyOf(call)) };
}

export function queryOf(url: URL): Parameters {
  return { ...nested(url.searchParams) };
}

async function bodyOf(call: Call): Promise<Parameters> {
  const written = call.request.headers.get("content-type") ?? "";
  const type = written.toLowerCase();
  const bytes = await call.bytes();
  if (bytes.length === 0) return {};
  // `curl -d '{...}'` says that it sends a form.
  const isJson = !type.startsWith("multipart/") && firstCharacter(bytes) === "{";
  if (isJson || type.startsWith("application/json")) return objectOf(await call.json());
  if (type.startsWith("multipart/form-data")) return nested(await multipart(bytes, written));
  if (type === "" || type.startsWith("application/x-www-form-urlencoded")) {
    requireFewFields(bytes);
    return nested(new URLSearchParams(new TextDecoder().decode(bytes)));
  }
  throw new HttpFault(415, "unsupported-type", `a body of type ${type.split(";")[0]} is not taken; send application/json`);
}

/** A field of two bytes becomes a hundred in memory. @throws HttpFault 400 */
function requireFewFields(bytes: Uint8Array): void {
  let fields = 1;
  for (let at = bytes.indexOf(ampersand); at >= 0; at = bytes.indexOf(ampersand, at + 1)) fields++;
  if (fields > mostFields) throw new HttpFault(400, "invalid-form", `the form has ${fields} fields, more than ${mostFields}`);
}

function firstCharacter(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 64)).trimStart().slice(0, 1);
}

function objectOf(value: unknown): Parameters {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Parameters;
  throw new HttpFault(400, "invalid-json", "the JSON of the body must be an object");
}

async function multipart(bytes: Uint8Array, type: string): Promise<Iterable<readonly [string, string | Uint8Array]>> {
  const entries: [string, string | Blob][] = [];
  try {
    const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": type } }).formData();
    form.forEach((value, name) => entries.push([name, value]));
  } catch {
    throw new HttpFault(400, "invalid-form", "the body is not the form that its type says");
  }
  return await Promise.all(entries.map(async ([name, value]) => [name, typeof value === "string" ? value : new Uint8Array(await value.arrayBuffer())] as const));
}

/** `submissions[][stdin]` and `submissions[0][stdin]` are fields of objects in a list; of a name that comes twice the last counts. */
function nested(entries: Iterable<readonly [string, string | Uint8Array]>): Parameters {
  const plain: Record<string, unknown> = Object.create(null);
  const lists = new Map<string, Map<string, Record<string, unknown>>>();
  for (const [name, value] of entries) {
    const parts = /^(\w+)\[(\d*)\]\[(\w+)\]$/.exec(name);
    if (parts === null) plain[name] = value;
    else putIntoList(lists, parts as unknown as [string, string, string, string], value);
  }
  for (const [name, items] of lists) plain[name] = [...items.values()];
  return plain;
}

/** Without a number, an object ends where one of its fields comes again. */
function putIntoList(lists: Map<string, Map<string, Record<string, unknown>>>, [, list, number, field]: [string, string, string, string], value: unknown): void {
  const items = lists.get(list) ?? new Map<string, Record<string, unknown>>();
  lists.set(list, items);
  const last = items.get(String(items.size - 1));
  const key = number !== "" ? number : String(last === undefined || field in last ? items.size : items.size - 1);
  const item = items.get(key) ?? (Object.create(null) as Record<string, unknown>);
  item[field] = value;
  items.set(key, item);
}
