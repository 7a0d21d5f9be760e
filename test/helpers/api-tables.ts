/** Tables of docs/api.md, made from the OpenAPI document and the schemas behind it. */
import { operations } from "../../src/serve/dialects/v1/dialect.ts";
import { codes } from "../../src/serve/dialects/v1/schema/service.ts";
import { target } from "./json-schema.ts";
import { document } from "./v1-answers.ts";

type Table = readonly (readonly string[])[];
type Node = Readonly<Record<string, any>>;

const code = (text: string) => `\`${text}\``;
const schemaNamed = (name: string) => document["components"].schemas[name] as Node;

/** In words: `text`, `number or null`, `list of File`. */
function typeOf(node: Node): string {
  if (node["$ref"] !== undefined) return nameOf(node["$ref"]);
  if (node["anyOf"] !== undefined) return node["anyOf"].map(typeOf).join(" or ");
  if (node["const"] !== undefined) return code(JSON.stringify(node["const"]));
  if (node["enum"] !== undefined) return node["enum"].length > 8 ? "name" : node["enum"].map(code).join(", ");
  if (node["type"] === "array") return `list of ${typeOf(node["items"])}`;
  if (node["type"] === "object" && typeof node["additionalProperties"] === "object") return `object of ${typeOf(node["additionalProperties"])}`;
  return { string: "text", boolean: "true or false", integer: "whole number" }[node["type"] as string] ?? String(node["type"]);
}

/** Types with a table or a section of their own. */
const words: Readonly<Record<string, string>> = { Bytes: "bytes", File: "file", Limits: "limits", Test: "test", Checker: "checker", Compile: "run", TestResult: "test", Check: "check", Status: "status", OutFile: "file" };

function nameOf(reference: string): string {
  return words[reference.split("/").at(-1)!] ?? reference.split("/").at(-1)!;
}

function described(node: Node): string {
  if (node["description"] !== undefined) return node["description"] as string;
  return node["$ref"] === undefined ? "" : ((target(node["$ref"], document)["description"] as string | undefined) ?? "");
}

/** @param without fields of another table */
function fields(node: Node, without: readonly string[] = []): Table {
  const rows = Object.entries(node["properties"] as Readonly<Record<string, Node>>).filter(([name]) => !without.includes(name));
  return [["field", "type", "meaning"], ...rows.map(([name, child]) => [code(name), typeOf(child), described(child)])];
}

const runFields = Object.keys(schemaNamed("Compile")["properties"]).filter((name) => name !== "cached");

export const apiTables: Readonly<Record<string, () => Table>> = {
  "api requests": () => [["request", "scope", "what it does"], ...operations.map(({ method, path, scope, summary }) => [code(`${method} /v1${path.replace(/:(\w+)/g, "{$1}")}`), scope === "open" ? "" : code(scope), summary])],
  "api parameters": () => {
    const seen = new Map<string, string>();
    for (const path of Object.values<Node>(document["paths"])) for (const { parameters = [] } of Object.values<Node>(path)) for (const { name, in: place, description } of parameters) if (place !== "path") seen.set(place === "query" ? `?${name}=` : name, description);
    return [["parameter or header", "meaning"], ...[...seen].map(([name, meaning]) => [code(name), meaning])];
  },
  "api job request": () => fields(schemaNamed("JobRequest")),
  "api test request": () => fields(schemaNamed("Test")),
  "api checker": () => fields((schemaNamed("Checker")["anyOf"] as Node[]).find(({ properties }) => properties?.protocol !== undefined)!),
  "api job": () => fields(schemaNamed("Job")),
  "api test result": () => fields(schemaNamed("TestResult"), runFields),
  "api run": () => fields(schemaNamed("Compile")),
  "api events": () => [["event", "its data"], ...eventRows()],
  "api codes": () => [["code", "meaning"], ...Object.entries(codes).map(([name, meaning]) => [code(name), meaning])],
};

const occasions: Readonly<Record<string, string>> = {
  queued: "it waits for a slot", started: "a slot has it", compiling: "the compiler begins", compiled: "the compiler has ended", test: "a test begins", output: "something was written", tested: "a test has ended", "given-back": "its slot was lost, and it waits again", ended: "the end; always the last one",
};

function eventRows(): string[][] {
  const names = Object.keys(occasions);
  return (schemaNamed("Event")["anyOf"] as Node[]).map(({ properties }, index) => [code(names[index]!), `${occasions[names[index]!]!}. ${Object.keys(properties).map(code).join(", ")}`.replace(/\. $/, "")]);
}
