/** The JSON Schema of the configuration of the service (docs/serve.schema.json), made from the schema that it is checked with. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { limitNames } from "../../src/serve/config/forms.ts";
import { ServeSchema } from "../../src/serve/config/schema.ts";
import { limitSettings, settings } from "../../src/serve/config/settings.ts";

/** From the top of the project. */
export const serveSchemaFile = "docs/serve.schema.json";

interface Node {
  description?: string;
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  [key: string]: unknown;
}

/** What a key means; limits mean the same everywhere. */
export function meaningOf(path: string): string | undefined {
  const [, limit] = /^(?:run|compile)\.(?:usual|most)\.(.+)$/.exec(path) ?? [];
  return limit === undefined ? (settings as Readonly<Record<string, string>>)[path] : (limitSettings as Readonly<Record<string, string>>)[limit];
}

/** The text of the file. */
export function serveSchemaText(): string {
  // Sizes and times are checked by functions, which have no form in JSON Schema: `serve --check` knows them.
  const { $schema, ...schema } = toJsonSchema(ServeSchema as v.GenericSchema, { errorMode: "ignore", typeMode: "input" }) as Node;
  return `${JSON.stringify({ $schema, title: "Configuration of mini-isolate serve", ...describe(schema, "") }, null, 2)}\n`;
}

function describe(node: Node, path: string): Node {
  const { properties, items, anyOf, required, default: usual, ...rest } = node;
  const meaning = meaningOf(path);
  const inside = (child: Node): Node => {
    const { description, ...others } = describe(child, path);
    return others;
  };
  return {
    ...(meaning === undefined ? {} : { description: meaning }),
    ...rest,
    // A part that is left out is not empty: its values have their own.
    ...(usual === undefined || (typeof usual === "object" && !Array.isArray(usual)) ? {} : { default: usual }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, describe(child, path === "" ? key : `${path}.${key}`)])) }),
    ...(Array.isArray(required) && required.length > 0 ? { required } : {}),
    ...(items === undefined ? {} : { items: inside(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inside) }),
  };
}

/** Every key with its path, in the order of the schema; those of an item of a list and of one form of several stand at the list. */
export function serveKeys(): readonly string[] {
  const found: string[] = [];
  const walk = (node: Node, path: string) => {
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const own = path === "" ? key : `${path}.${key}`;
      if (!found.includes(own)) found.push(own);
      walk(child, own);
    }
    for (const form of [...(node.anyOf ?? []), ...(node.items === undefined ? [] : [node.items])]) walk(form, path);
  };
  walk(JSON.parse(serveSchemaText()) as Node, "");
  return found;
}

export const limitsOfConfiguration = Object.keys(limitNames);
