// The shape of the source: who may import whom, who may touch what.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { column, section } from "../helpers/markdown.ts";

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
  return { path, text, code: transpiler.transformSync(text.replaceAll(' with { type: "macro" }', "")), edges: [...declared, ...lazy] };
}

const sources = [...new Bun.Glob("**/*.ts").scanSync({ cwd: root })].toSorted().map(read);
const edges = sources.flatMap((source) => source.edges);

/**
 * The rooms of the house, from the ground up. A file may import from its own room and from rooms on lower floors: nothing upwards,
 * nothing from a neighbour on the same floor, types included. Folders inside a room (cli/commands) belong to it. "" is src/ itself.
 */
const floors: readonly (readonly string[])[] = [
  ["kernel"],
  ["model"],
  ["cgroup", "seccomp", "language", "launcher"],
  ["config"],
  ["executor/plan"],
  ["executor/watch", "executor/verdict"],
  ["executor"],
  ["state"],
  ["box"],
  ["source/cache"],
  ["source"],
  ["instance"],
  ["pack-check", "pool", "compat"],
  ["judge"],
  ["doctor", "keeper", "library"],
  ["serve"],
  ["cli", "node"],
  [""],
];
const rooms = floors.flat();
const floorOf = (room: string) => floors.findIndex((floor) => floor.includes(room));

/** The room that a path below src is in; null for a package, and for a folder that no room has. */
function roomOf(path: string): string | null {
  if (!path.endsWith(".ts") || path.startsWith("..")) return null;
  let folder = dirname(path);
  for (; folder !== "."; folder = dirname(folder)) if (rooms.includes(folder)) return folder;
  return path.includes("/") ? null : "";
}

const show = ({ from, to, typeOnly }: Edge) => `${from} -> ${to}${typeOnly ? " (types)" : ""}`;

/** The edges that start in a room and lead to another room or a package that is not allowed. */
function forbidden(room: string, allowed: (edge: Edge) => boolean): string[] {
  return edges.filter((edge) => roomOf(edge.from) === room && roomOf(edge.to) !== room && !edge.to.startsWith("node:") && !allowed(edge)).map(show);
}

function importersOf(name: string): string[] {
  return [...new Set(edges.filter(({ to }) => to === name || to.startsWith(`${name}/`)).map(({ from }) => from))];
}

test("the walk sees the whole source and every kind of import", () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(edges).toContainEqual({ from: "main.ts", to: "cli/index.ts", typeOnly: false, lazy: true });
  expect(edges).toContainEqual({ from: "config/config.ts", to: "config/isolate-config.ts", typeOnly: true, lazy: false });
  expect(edges).toContainEqual({ from: "launcher/table.ts", to: "model/plan.ts", typeOnly: false, lazy: false });
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

  test("touches the environment: config/load.ts, what help texts take from it, and node/environment.ts where neither can be loaded", () => {
    const touching = sources.filter(({ code }) => /\}\s*=\s*process\b(?!\s*[.(])|\bprocess\s*\.\s*env\b|\bprocess\[|\bBun\.env\b|\bimport\.meta\.env\b|\benv\b[^;\n]*\bfrom "(node:)?process"/.test(code));
    expect(touching.map(({ path }) => path).toSorted()).toEqual(["config/for-help.ts", "config/load.ts", "node/environment.ts"]);
  });

  test("imports the command line: main.ts", () => {
    expect([...new Set(edges.filter(({ from, to }) => roomOf(to) === "cli" && roomOf(from) !== "cli").map(({ from }) => from))]).toEqual(["main.ts"]);
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

  test("is part of a circle of imports, types included", () => {
    const next = new Map(sources.map(({ path, edges: own }) => [path, own.map(({ to }) => to)]));
    expect(circlesIn(next)).toEqual([]);
  });
});

/** Every circle that a walk from each file meets first, as `a -> b -> a`. */
function circlesIn(next: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (done.has(path) || trail.includes(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return circles;
}

/** The edges that lead to a room that is not below the one they start in. */
function upwards(all: readonly Edge[]): string[] {
  return all.filter(({ from, to }) => {
    const [above, below] = [roomOf(from), roomOf(to)];
    return above !== null && below !== null && above !== below && floorOf(below) >= floorOf(above);
  }).map(show);
}

describe("the floors", () => {
  test("every file is in a room, and every room has files", () => {
    expect(sources.filter(({ path }) => roomOf(path) === null).map(({ path }) => path)).toEqual([]);
    expect(rooms.filter((room) => !sources.some(({ path }) => roomOf(path) === room))).toEqual([]);
  });

  test("no import leads upwards or to a neighbour, types and lazy ones included", () => {
    expect(upwards(edges)).toEqual([]);
  });

  test("an upward import, a type from a neighbour and a circle would be found", () => {
    const edge = (from: string, to: string, typeOnly = false): Edge => ({ from, to, typeOnly, lazy: false });
    expect(upwards([edge("model/limits.ts", "executor/execute.ts")])).toEqual(["model/limits.ts -> executor/execute.ts"]);
    expect(upwards([edge("cgroup/v1.ts", "launcher/image.ts", true)])).toEqual(["cgroup/v1.ts -> launcher/image.ts (types)"]);
    expect(upwards([edge("executor/execute.ts", "executor/plan/spec.ts"), edge("cli/commands/run.ts", "cli/flags.ts")])).toEqual([]);
    expect(circlesIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]))).toEqual(["b -> c -> b"]);
  });

  test("docs/architecture.md has a row for every folder below src, in one table, and for no other", () => {
    const page = readFileSync(join(root, "../docs/architecture.md"), "utf8");
    const described = column(section(page, "Where things live"), 0).filter((cell) => cell.startsWith("src/"));
    const folders = [...new Set(sources.map(({ path }) => dirname(path)))].map((folder) => (folder === "." ? "src/" : `src/${folder}/`));
    expect(described.toSorted()).toEqual(folders.toSorted());
  });
});

describe("beyond the floors", () => {
  test("kernel/ imports bun:ffi and nothing else from outside", () => {
    expect(forbidden("kernel", ({ to }) => to === "bun:ffi")).toEqual([]);
  });

  test("model/ takes only constants, errno and types from the kernel", () => {
    expect(forbidden("model", ({ to, typeOnly }) => typeOnly || ["kernel/constants.ts", "kernel/errno.ts"].includes(to))).toEqual([]);
  });

  test("config/ looks up names of system calls only when there are some", () => {
    expect(forbidden("config", ({ to, typeOnly, lazy }) => roomOf(to) !== "seccomp" || typeOnly || lazy)).toEqual([]);
  });

  test("executor/ does not know what a language is", () => {
    for (const room of ["executor", "executor/plan", "executor/watch", "executor/verdict"]) expect(forbidden(room, ({ to }) => roomOf(to) !== "language")).toEqual([]);
  });

  test("source/cache/ keeps and finds, and neither runs anything nor reads a configuration", () => {
    const elsewhere = ["config", "cgroup", "launcher", "seccomp"];
    const onlyTypes = ["executor", "executor/plan", "language"];
    const allowed = ({ to, typeOnly }: Edge) => !elsewhere.includes(roomOf(to)!) && (!onlyTypes.includes(roomOf(to)!) || typeOnly || to === "executor/plan/box-view.ts");
    expect(forbidden("source/cache", allowed)).toEqual([]);
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
    const loaded = [...loadedWith("cli/commands/run.ts")].map(roomOf);
    expect(loaded).toContain("executor");
    expect(loaded).not.toContain("source/cache");
  });

  test.each(["main.ts", "cli/index.ts", "cli/commands/run.ts", "cli/commands/execute.ts", "cli/commands/cleanup.ts"])("of %s loads none of the libraries that cost milliseconds", (path) => {
    const packages = [...loadedWith(path)].filter((name) => roomOf(name) === null && !name.startsWith("node:") && !name.startsWith("../"));
    expect(packages).toEqual(packages.filter((name) => name === "bun:ffi"));
  });
});
