/**
 * The declarations of the library in one file, from those that tsc writes for each module. Every module that the entry leads to is put in, without
 * its imports; what the entry does not export stays private to the file.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";

const top = join(import.meta.dir, "../..");

/** `import ... from "x"` and `export ... from "x"`, on one line as tsc writes them. */
const lead = /^(import|export)\s+(type\s+)?(\{[^}]*\}|\*)\s+from\s+"([^"]+)";\s*$/gm;

interface Module {
  readonly text: string;
  readonly imports: readonly string[];
}

/** @param entry of the sources, relative to the top @throws Error when something cannot be said in one file */
export async function rollUp(entry: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "declarations-"));
  try {
    await emit(entry, directory);
    const first = join(directory, entry.replace(/\.ts$/, ".d.ts"));
    const modules = new Map<string, Module>();
    collect(first, modules);
    const { text } = modules.get(first)!;
    modules.delete(first);
    const exported = [...text.matchAll(lead)].flatMap(([, , isType, names]) => namesIn(names!).map((name) => (isType && !name.startsWith("type ") ? `type ${name}` : name)));
    refuseTwice(modules, directory);
    const bodies = [...modules.values()].map((module) => module.text.replace(lead, "").replace(/^export (declare )?/gm, (_, declare) => (declare === undefined ? "" : "declare ")).replace(/^\{\};\s*$/gm, "").trim());
    const opening = text.slice(0, text.indexOf("export ")).trim();
    return [`${opening}\n/// <reference lib="esnext.disposable" />`, ...bodies, `export { ${exported.join(", ")} };`].join("\n\n") + "\n";
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function emit(entry: string, directory: string): Promise<void> {
  const project = join(directory, "tsconfig.json");
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, stripInternal: true, outDir: directory, rootDir: top, typeRoots: [join(top, "node_modules")] };
  writeFileSync(project, JSON.stringify({ extends: join(top, "tsconfig.json"), compilerOptions, include: [], files: [join(top, entry)] }));
  const tsc = Bun.spawn([process.execPath, join(top, "node_modules/typescript/bin/tsc"), "-p", project], { cwd: top, stdout: "pipe", stderr: "inherit" });
  const said = await new Response(tsc.stdout).text();
  if ((await tsc.exited) !== 0) throw new Error(`cannot write declarations: ${said}`);
}

/** What a module needs comes before it. */
function collect(path: string, modules: Map<string, Module>): void {
  if (modules.has(path)) return;
  const text = readFileSync(path, "utf8");
  const leads = [...text.matchAll(lead)];
  const rest = text.replace(lead, "");
  if (/^import\b|\bimport\(|^export \*/m.test(rest)) throw new Error(`cannot roll up ${path}: it imports in a form that is not known`);
  const foreign = leads.find(([, , , , name]) => !name!.startsWith("."));
  if (foreign !== undefined) throw new Error(`cannot roll up ${path}: it needs the types of ${foreign[4]}`);
  const renamed = leads.find(([, , , names]) => / as |^\*/.test(names!));
  if (renamed !== undefined) throw new Error(`cannot roll up ${path}: it renames, in ${renamed[0]}`);
  const imports = leads.map(([, , , , name]) => resolve(dirname(path), name!).replace(/\.ts$/, ".d.ts"));
  for (const other of imports) collect(other, modules);
  modules.set(path, { text, imports });
}

function namesIn(list: string): string[] {
  return list.slice(1, -1).split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** In one file, two modules cannot have the same name. */
function refuseTwice(modules: ReadonlyMap<string, Module>, directory: string): void {
  const owners = new Map<string, string>();
  for (const [path, { text }] of modules) {
    for (const [, name] of text.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type|const|let|function|enum) ([\w$]+)/gm)) {
      const other = owners.get(name!);
      if (other !== undefined) throw new Error(`cannot roll up: ${relative(directory, other)} and ${relative(directory, path)} both have ${name}`);
      owners.set(name!, path);
    }
  }
}
