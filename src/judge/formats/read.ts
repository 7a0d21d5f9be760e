/** A problem from a directory, in any of the formats. The reader of each format is loaded when a problem is in it. */
import { existsSync, statSync } from "../../kernel/fs.ts";
import { basename, join, resolve } from "node:path";
import { configError } from "../../model/errors.ts";
import type { Format, Problem } from "../problem.ts";

type Reader = (path: string) => Problem;

/** null: there is no reader yet. */
const readers: Readonly<Record<Format, (() => Promise<Reader>) | null>> = {
  plain: async () => (await import("./plain.ts")).readPlain,
  kattis: async () => (await import("./kattis/read.ts")).readKattis,
  "2025-09": async () => (await import("./kattis/read.ts")).readKattis,
  domjudge: null,
  polygon: async () => (await import("./polygon/read.ts")).readPolygon,
  cms: async () => (await import("./cms/read.ts")).readCms,
  hydro: async () => (await import("./hydro/read.ts")).readHydro,
};

/**
 * @param path a directory: of tests, or a problem package
 * @param format `auto`: found out from the files that are there
 * @throws IsolateError of kind Config: the directory cannot be read, or is no problem of the format, or needs what we do not do
 */
export async function readProblem(path: string, format: Format | "auto" = "auto"): Promise<Problem> {
  const known = format === "auto" ? await detectFormat(path) : format;
  const reader = readers[known];
  if (reader === null) throw configError(`cannot judge with ${path}: it is a problem of the format ${known}, which this version does not read`, "give its directory of tests with --format plain");
  return (await reader())(path);
}

/** By the file that each format has to have. What is no package is `plain`. */
export async function detectFormat(path: string): Promise<Format> {
  const has = (name: string) => existsSync(join(path, name));
  if (!has(".") || !statSync(path).isDirectory()) return "plain";
  if (has("problem.xml")) return "polygon";
  // Hydro's export has a problem.yaml of its own, and its tests in testdata/.
  if (has("problem.yaml") && !(has("testdata") && !has("data"))) {
    if (has("domjudge-problem.ini") || has(".timelimit")) return "domjudge";
    return (await import("./package/version.ts")).packageVersion(path) === "legacy" ? "kattis" : "2025-09";
  }
  if (has("domjudge-problem.ini")) return "domjudge";
  if (has("task.yaml") || (has("input") && (has("gen/GEN") || has(`../${basename(resolve(path))}.yaml`)))) return "cms";
  if (["config.yaml", "config.yml", "config.ini"].some((name) => has(name) || has(`testdata/${name}`)) || has("testdata")) return "hydro";
  return has("data/secret") ? "kattis" : "plain";
}
