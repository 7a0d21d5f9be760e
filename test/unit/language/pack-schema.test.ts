// docs/language-pack.schema.json and the words that are written once for it, the skeletons and docs/languages.md.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packKeys } from "../../../src/language/keys.ts";
import { packSchemaFile, packSchemaText, schemaKeys } from "../../helpers/pack-schema.ts";

test("the JSON Schema is what the schema of packs gives (npm run docs writes it)", () => {
  expect(readFileSync(join(import.meta.dir, "../../..", packSchemaFile), "utf8")).toBe(packSchemaText());
});

test("every key of the format has its meaning, and nothing else has", () => {
  expect(schemaKeys().toSorted()).toEqual(Object.keys(packKeys).toSorted());
});

test("the JSON Schema knows both forms of a file, refuses unknown keys, and says what each key means", () => {
  const { anyOf, definitions } = JSON.parse(packSchemaText());
  expect(anyOf.map(({ required, additionalProperties }: { required: string[]; additionalProperties: boolean }) => [required, additionalProperties])).toEqual([
    [["version", "id"], false],
    [["version", "languages"], false],
  ]);
  expect(anyOf[0].properties.compile).toEqual({ $ref: "#/definitions/compile" });
  expect(anyOf[1].properties.languages.items.properties.compile).toEqual({ $ref: "#/definitions/compile" });
  expect(definitions.compile.description).toBe(packKeys.compile);
  expect(definitions.compile.anyOf[0].properties.limits.properties.memory.description).toBe(packKeys["compile.limits.memory"]);
  expect(definitions.id).toMatchObject({ type: "string", pattern: "^[a-z0-9][a-z0-9+#._-]{0,63}$" });
});
