/** The JSON Schema of the pack format (docs/language-pack.schema.json), made from the schema that packs are checked with. */
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { textForms } from "../../src/language/form.ts";
import { packKeys } from "../../src/language/keys.ts";
import { packFormatVersion, SeveralLanguagesSchema, SingleLanguageSchema } from "../../src/language/schema.ts";

/** From the top of the project. */
export const packSchemaFile = "docs/language-pack.schema.json";

interface Node {
  title?: string;
  description?: string;
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  required?: string[];
  [key: string]: unknown;
}

/** The text of the file. */
export function packSchemaText(): string {
  // Checks that are functions (sizes, patterns, placeholders) have no form in JSON Schema: `languages check` knows them.
  const schema = toJsonSchema(v.union([SingleLanguageSchema, SeveralLanguagesSchema]), { errorMode: "ignore" }) as Node;
  const { $schema, anyOf } = schema;
  const [single, several] = anyOf!.map((form) => describe(form, "")) as [Node, Node];
  // Both forms have the same keys for a language: they are written once.
  const { version, ...keys } = single.properties!;
  const definitions = Object.fromEntries(Object.entries(keys).map(([key, node]) => [key, Object.hasOwn(textForms, key) ? orText(node) : node]));
  const references = Object.fromEntries(Object.keys(definitions).map((key) => [key, { $ref: `#/definitions/${key}` }]));
  const list = several.properties!["languages"]!;
  const forms: Node[] = [
    { ...single, properties: { version: version!, ...references } },
    { ...several, properties: { version: version!, languages: { ...list, items: { ...list.items, properties: references } } } },
  ];
  return `${JSON.stringify({ $schema, title: `mini-isolate language pack, version ${packFormatVersion}`, anyOf: forms, definitions }, null, 2)}\n`;
}

/** A part that may be written as one text. */
function orText({ title, description, ...node }: Node): Node {
  const forms = node.anyOf ?? [node];
  return { ...(description === undefined ? {} : { description }), anyOf: [...forms, { type: "string", minLength: 1 }] };
}

/** The same with the meaning of each key; an editor shows it. */
function describe(node: Node, path: string): Node {
  const { properties, items, anyOf, required, ...rest } = node;
  const meaning = (packKeys as Readonly<Record<string, string>>)[path];
  const inside = (key: string) => (path === "" || path === "languages" ? key : `${path}.${key}`);
  return {
    ...(meaning === undefined ? {} : { description: meaning }),
    ...rest,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, describe(child, inside(key))])) }),
    ...(required === undefined || required.length === 0 ? {} : { required }),
    ...(items === undefined ? {} : { items: describeInside(items, path) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((option) => describeInside(option, path)) }),
  };
}

/** A list's item or one of several forms: the meaning stands at the key already. */
function describeInside(node: Node, path: string): Node {
  const { description, ...rest } = describe(node, path);
  return rest;
}

/** Every key of the format with its path, as the schema has them; those of one language once. */
export function schemaKeys(): string[] {
  const paths = new Set<string>();
  const { anyOf, definitions } = JSON.parse(packSchemaText()) as Node & { definitions: Record<string, Node> };
  const walk = (node: Node, path: string) => {
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const own = path === "" || path === "languages" ? key : `${path}.${key}`;
      paths.add(own);
      walk("$ref" in child ? definitions[key]! : child, own);
    }
    for (const option of [...(node.anyOf ?? []), ...(node.items === undefined ? [] : [node.items])]) walk(option, path);
  };
  for (const form of anyOf!) walk(form, "");
  return [...paths];
}
