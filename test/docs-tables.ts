/** `npm run docs`: writes the parts of README.md and docs/ that are made from the code (helpers/doc-tables.ts). */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documents, withMarkedParts } from "./helpers/doc-tables.ts";

for (const name of documents()) {
  const path = join(import.meta.dir, "..", name);
  const before = readFileSync(path, "utf8");
  const after = await withMarkedParts(before);
  if (after !== before) writeFileSync(path, after);
}
