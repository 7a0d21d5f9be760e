/** `npm run docs`: writes the parts of README.md and docs/ that are made from the code (helpers/doc-tables.ts), and the JSON Schemas of packs and of the configuration of the service. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documents, withMarkedParts } from "./helpers/doc-tables.ts";
import { packSchemaFile, packSchemaText } from "./helpers/pack-schema.ts";
import { serveSchemaFile, serveSchemaText } from "./helpers/serve-schema.ts";

const top = join(import.meta.dir, "..");

for (const name of documents()) {
  const path = join(top, name);
  const before = readFileSync(path, "utf8");
  const after = await withMarkedParts(before);
  if (after !== before) writeFileSync(path, after);
}
writeFileSync(join(top, packSchemaFile), packSchemaText());
writeFileSync(join(top, serveSchemaFile), serveSchemaText());
