// The shape of the source: who may import whom, who may touch what.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dir, "../../src");

interface Edge {
  readonly from: string;
  /** A path below src, or the name of a package. */
  readonly to: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
  /** Loaded only when the code gets there. */
  readonly lazy: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without types and comments. */
  readonly code: string;
  readonly edges: readonly Edge[];
}

/** `import x, { y } from "z"`, `import "z"`, `export { y } from "z"`, `export * from "z"`, and these with `type`. */
const statement = /^(?:import|export)\s+(type\s+)?(?:(?:[\w$]+|[\w$]+\s*,\s*\{[^}]*\}|\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)\s+from\s+)?"([^"]+)"/gm;

function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const transpiler = new Bun.Transpiler({ loader: "ts", target: "bun" });
  const resolve = (name: string) => (name.startsWith(".") ? normalize(join(dirname(path), name)) : name);
  const declared = [...text.matchAll(statement)].map(([, type, name]): Edge => ({ from: path, to: resolve(name!), typeOnly: type !== undefined, lazy: false }));
  const lazy = transpiler
    .scanImports(text)
    .filter(({ kind }) => kind !== "import-statement")
    .map((found): Edge => ({ from: path, to: resolve(found.path), typeOnly: false, lazy: true }));
  return { path, text, code: transpiler.transformSync(text), edges: [...declared, ...lazy] };
}

const sources = [...new Bun.Glob("**/*.ts").scanSync({ cwd: root })].toSorted().map(read);
const edges = sources.flatMap((source) => source.edges);

/** The folder below src that a path is in; "" for a file directly in src, null for a package. */
function folderOf(path: string): string | null {
  if (!path.endsWith(".ts")) return null;
  if (path.startsWith("source/cache/")) return "source/cache";
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

const show = ({ from, to, typeOnly }: Edge) => `${from} -> ${to}${typeOnly ? " (types)" : ""}`;

/** The edges that start in a folder and lead to another one that is not allowed. */
function forbidden(folder: string, allowed: (edge: Edge) => boolean): string[] {
  return edges.filter((edge) => folderOf(edge.from) === folder && folderOf(edge.to) !== folder && !edge.to.startsWith("node:") && !allowed(edge)).map(show);
}

function importersOf(name: string): string[] {
  return [...new Set(edges.filter(({ to }) => to === name || to.startsWith(`${name}/`)).map(({ from }) => from))];
}

test("the walk sees the whole source and every kind of import", () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(edges).toContainEqual({ from: "main.ts", to: "cli/index.ts", typeOnly: false, lazy: true });
  expect(edges).toContainEqual({ from: "config/config.ts", to: "config/schema.ts", typeOnly: true, lazy: false });
  expect(edges).toContainEqual({ from: "launcher/image.ts", to: "model/plan.ts", typeOnly: false, lazy: false });
  expect(edges.filter(({ to }) => to.startsWith("..") && !/^\.\.\/(package\.json$|docs\/language-pack\.schema\.json$|languages\/|plugins\/)/.test(to)).map(show)).toEqual([]);
  const paths = new Set(sources.map(({ path }) => path));
  expect(edges.filter(({ to }) => to.endsWith(".ts") && !paths.has(to)).map(show)).toEqual([]);
});

describe("only one file", () => {
  test("imports bun:ffi: kernel/ffi.ts", () => {
    expect(importersOf("bun:ffi")).toEqual(["kernel/ffi.ts"]);
  });

  test("imports consola: cli/log.ts", () => {
    expect(importersOf("consola")).toEqual(["cli/log.ts"]);
  });

  test("touches the environment: config/load.ts", () => {
    const touching = sources.filter(({ code }) => /\}\s*=\s*process\b(?!\s*[.(])|\bprocess\s*\.\s*env\b|\bprocess\[|\bBun\.env\b|\bimport\.meta\.env\b|\benv\b[^;\n]*\bfrom "(node:)?process"/.test(code));
    expect(touching.map(({ path }) => path)).toEqual(["config/load.ts"]);
  });

  test("imports the command line: main.ts", () => {
    expect([...new Set(edges.filter(({ from, to }) => folderOf(to) === "cli" && folderOf(from) !== "cli").map(({ from }) => from))]).toEqual(["main.ts"]);
  });
});

describe("no file", () => {
  test("touches process.stdout, process.stderr or the console, which cost 8 ms or write where they must not", () => {
    const touching = sources.filter(({ code }) => /\}\s*=\s*process\b(?!\s*[.(])|\bprocess\s*\.\s*(stdout|stderr)\b|\bconsole\s*[.[]/.test(code));
    expect(touching.map(({ path }) => path)).toEqual([]);
  });

  test("is longer than 300 lines", () => {
    expect(sources.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 })).filter(({ lines }) => lines > 300)).toEqual([]);
  });

  test("has a default export", () => {
    expect(sources.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("is part of an import cycle at run time", () => {
    const next = new Map(sources.map(({ path, edges: own }) => [path, own.filter(({ typeOnly }) => !typeOnly).map(({ to }) => to)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      if (done.has(path) || trail.includes(path)) return;
      for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

describe("the folders", () => {
  test("kernel/ imports nothing of ours", () => {
    expect(forbidden("kernel", ({ to }) => to === "bun:ffi")).toEqual([]);
  });

  test("model/ imports only constants and errno of the kernel; types from anywhere", () => {
    expect(forbidden("model", ({ to, typeOnly }) => typeOnly || ["kernel/constants.ts", "kernel/errno.ts"].includes(to))).toEqual([]);
  });

  test("launcher/ imports only kernel/ and model/", () => {
    expect(forbidden("launcher", ({ to }) => ["kernel", "model"].includes(folderOf(to)!))).toEqual([]);
  });

  test("seccomp/ imports only kernel/ and model/", () => {
    expect(forbidden("seccomp", ({ to }) => ["kernel", "model"].includes(folderOf(to)!))).toEqual([]);
  });

  test("cgroup/ imports only errors, units, kernel/ and model/; of executor/ only types", () => {
    expect(forbidden("cgroup", ({ to, typeOnly }) => ["", "kernel", "model"].includes(folderOf(to)!) || (typeOnly && folderOf(to) === "executor"))).toEqual([]);
  });

  test("language/ knows nothing of boxes, processes and groups", () => {
    expect(forbidden("language", ({ to }) => !["executor", "state", "box", "source", "instance", "cgroup", "launcher", "cli", "config", "seccomp"].includes(folderOf(to)!))).toEqual([]);
  });

  test("config/ knows nothing of boxes, processes and groups, and looks up names of system calls only when there are some", () => {
    const elsewhere = ["executor", "state", "box", "source", "instance", "cgroup", "launcher", "cli", "language"];
    expect(forbidden("config", ({ to, typeOnly, lazy }) => !elsewhere.includes(folderOf(to)!) && (folderOf(to) !== "seccomp" || typeOnly || lazy))).toEqual([]);
  });

  test("executor/ does not know who keeps the boxes, who reads the command line, or what a language is", () => {
    expect(forbidden("executor", ({ to }) => !["cli", "state", "box", "source", "instance", "language"].includes(folderOf(to)!))).toEqual([]);
  });

  test("source/cache/ keeps and finds, and neither runs anything nor reads a configuration", () => {
    const elsewhere = ["cli", "config", "cgroup", "launcher", "seccomp"];
    expect(forbidden("source/cache", ({ to, typeOnly }) => !elsewhere.includes(folderOf(to)!) && (!["executor", "language"].includes(folderOf(to)!) || typeOnly))).toEqual([]);
  });

  test("instance/ does not know the command line", () => {
    expect(forbidden("instance", ({ to }) => folderOf(to) !== "cli")).toEqual([]);
  });
});

describe("a start", () => {
  /** Everything that is loaded with a file before any of its code runs. */
  function loadedWith(path: string, seen = new Set<string>()): Set<string> {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const { to, typeOnly, lazy } of sources.find((source) => source.path === path)?.edges ?? []) if (!typeOnly && !lazy) loadedWith(to, seen);
    return seen;
  }

  test("of a run does not load the compile cache", () => {
    const loaded = [...loadedWith("cli/commands/run.ts")].map(folderOf);
    expect(loaded).toContain("executor");
    expect(loaded).not.toContain("source/cache");
  });

  test.each(["main.ts", "cli/index.ts", "cli/commands/run.ts", "cli/commands/execute.ts", "cli/commands/cleanup.ts"])("of %s loads none of the libraries that cost milliseconds", (path) => {
    const packages = [...loadedWith(path)].filter((name) => folderOf(name) === null && !name.startsWith("node:") && !name.startsWith("../"));
    expect(packages).toEqual(packages.filter((name) => name === "bun:ffi"));
  });
});
