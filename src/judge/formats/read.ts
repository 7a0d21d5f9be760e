/** A problem from a directory, in any of the formats. The reader of each format is loaded when a problem is in it. */
import { existsSync, statSync } from "../../kernel/fs.ts";
import { basename, join, resolve } from "node:path";
import type { Format, Problem } from "../problem.ts";

type Reader = (path: string) => Problem;

const readers: Readonly<Record<Format, () => Promise<Reader>>> = {
  plain: async () => (await import("./plain.ts")).readPlain,
  kattis: async () => (await import("./kattis/read.ts")).readKattis,
  "2025-09": async () => (await import("./kattis/read.ts")).readKattis,
  domjudge: async () => (await import("./domjudge/read.ts")).readDomjudge,
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
  const reader = await readers[format === "auto" ? await detectFormat(path) : format]();
  return reader(path);
}

/** What a package of the legacy version has for DOMjudge alone. */
const domjudgeOnly = [
  "domjudge-problem.ini", ".timelimit", "submissions.json",
  ...["partial", "mixed", "mixed-verdicts", "multiple", "check_manually", "no_output", "output_limit", "compiler_error"].map((name) => `submissions/${name}`),
];

/** By the file that each format has to have. What is no package is `plain`. */
export async function detectFormat(path: string): Promise<Format> {
  const has = (name: string) => existsSync(join(path, name));
  if (!has(".") || !statSync(path).isDirectory()) return "plain";
  if (has("problem.xml")) return "polygon";
  // Hydro's export has a problem.yaml of its own, and its tests in testdata/.
  if (has("problem.yaml") && !(has("testdata") && !has("data"))) {
    if ((await import("./package/version.ts")).packageVersion(path) !== "legacy") return "2025-09";
    return domjudgeOnly.some(has) ? "domjudge" : "kattis";
  }
  if (has("domjudge-problem.ini")) return "domjudge";
  if (has("task.yaml") || (has("input") && (has("gen/GEN") || has(`../${basename(resolve(path))}.yaml`)))) return "cms";
  if (["config.yaml", "config.yml", "config.ini"].some((name) => has(name) || has(`testdata/${name}`)) || has("testdata")) return "hydro";
  return has("data/secret") ? "kattis" : "plain";
}
