/**
 * `npm run build:all`: the binary for every platform, as dist/mini-isolate-PLATFORM. Prints the SHA-256, name and size of each. Arguments
 * choose platforms (`npm run build:all -- linux-arm64`). Needs the npm registry, or what npm keeps of an earlier time.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { buildFor } from "./build.ts";
import { platforms } from "./platforms.ts";

const top = join(import.meta.dir, "../..");
const names = Bun.argv.slice(2);
const unknown = names.filter((name) => !platforms.some((platform) => platform.name === name));
if (unknown.length > 0) {
  writeSync(2, `unknown platform ${unknown.join(", ")}: there are ${platforms.map(({ name }) => name).join(", ")}\n`);
  process.exit(64);
}
const wanted = platforms.filter(({ name }) => names.length === 0 || names.includes(name));
for (const platform of wanted) {
  const path = `dist/mini-isolate-${platform.name}`;
  await buildFor(platform, join(top, path));
  const bytes = readFileSync(join(top, path));
  writeSync(1, `${createHash("sha256").update(bytes).digest("hex")}  ${path}  ${(bytes.length / 1e6).toFixed(1)} MB\n`);
}
if (wanted.some(({ name }) => name.endsWith("-musl"))) {
  writeSync(1, "Those for musl need libstdc++.so.6 on the host; on Alpine: apk add libstdc++\n");
}
