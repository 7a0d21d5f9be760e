/** `npm run build:library`: the library as its users install it, one module for Bun, one for Node, and their declarations. An argument names another directory than dist. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rollUp } from "./declarations.ts";

const top = join(import.meta.dir, "../..");

/** @throws Error when the build fails */
export async function buildLibrary(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const [built, declarations] = await Promise.all([
    // Names stay as they are, so that a stack trace says something.
    Bun.build({ entrypoints: [join(top, "src/index.ts")], target: "bun", minify: { whitespace: false, syntax: true, identifiers: false } }),
    rollUp("src/index.ts"),
    buildForNode(directory),
  ]);
  if (!built.success || built.outputs.length !== 1) throw new Error(`cannot build the library: ${built.logs.join("\n")}`);
  put(join(directory, "index.js"), await built.outputs[0]!.text());
  put(join(directory, "index.d.ts"), declarations);
}

/** `node.js`: the library for programs under Node, from version 20 on. @throws Error when the build fails */
export async function buildForNode(directory: string): Promise<void> {
  const built = await Bun.build({ entrypoints: [join(top, "src/node/index.ts")], target: "node" });
  if (!built.success || built.outputs.length !== 1) throw new Error(`cannot build the library for Node: ${built.logs.join("\n")}`);
  put(join(directory, "node.js"), await built.outputs[0]!.text());
}

/** Never half of it: another process may read it meanwhile. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.new-${process.pid}`, text);
  renameSync(`${path}.new-${process.pid}`, path);
}

if (import.meta.main) await buildLibrary(Bun.argv[2] ?? join(top, "dist"));
