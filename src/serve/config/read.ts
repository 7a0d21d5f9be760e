/** The configuration of the service: the file, over it the environment, over that the flags. All mistakes are told at once, each with its place. */
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { readYaml, type YamlDocument } from "../../language/document.ts";
import { describeIssue } from "../../language/issues.ts";
import { formatProblem } from "../../language/problem-line.ts";
import { configError, IsolateError, messageOf } from "../../model/errors.ts";
import { fromEnvironment, type Said } from "./from-environment.ts";
import { type ServeOutput, ServeSchema, usualLimits } from "./schema.ts";

export interface Sources {
  /** Path of the file; null: there is none. */
  readonly file: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly flags: readonly Said[];
}

type Tree = { [key: string]: unknown };

/** @throws IsolateError of kind Config, and of kind Io when the file cannot be read */
export function readServeConfig({ file, environment, flags }: Sources): ServeOutput {
  const document = file === null ? null : readFile(file);
  const tree = structuredClone(document?.value ?? {}) as Tree;
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) throw configError(`${file}:1:1: must be a mapping of keys such as port`);
  const said = [...fromEnvironment(environment), ...flags];
  for (const { path, value } of said) put(tree, path, value);
  const parsed = v.safeParse(ServeSchema, withUsualLimits(tree));
  if (parsed.success) return parsed.output;
  const lines = parsed.issues.flatMap((issue) => describeIssue(issue, ServeSchema as v.GenericSchema)).map(({ path, ofKey, message }) => {
    const by = said.findLast((each) => each.path.every((step, index) => path[index] === step));
    if (by !== undefined) return `cannot use ${by.by} '${textOf(by.value)}': ${message}`;
    return document === null ? `${path.join(".")}: ${message}` : formatProblem(file!, { ...document.positionOf(path, ofKey), path: path.join("."), message });
  });
  throw configError(lines[0]!, lines.length > 1 ? `also wrong: ${lines.slice(1, 8).join("; ")}` : "docs/serve.md has a table of all keys");
}

/** @throws IsolateError of kind Io, of kind Config when it is no YAML */
function readFile(file: string): YamlDocument {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new IsolateError("Io", `cannot read the configuration ${file}: ${messageOf(error)}`, { exitCode: 64 });
  }
  const document = readYaml(text);
  if (!Array.isArray(document)) return document;
  const [first, ...others] = document.map((problem) => formatProblem(file, { ...problem, path: "" }));
  throw configError(first!, others.length === 0 ? undefined : `also wrong: ${others.slice(0, 5).join("; ")}`);
}

function put(tree: Tree, path: readonly (string | number)[], value: unknown): void {
  let here = tree;
  for (const step of path.slice(0, -1)) {
    const next = here[step];
    here = (typeof next === "object" && next !== null ? next : (here[step] = {})) as Tree;
  }
  here[path.at(-1)!] = value;
}

/** A file that says one limit leaves the others as they are. */
function withUsualLimits(tree: Tree): Tree {
  const whole: Tree = { ...tree };
  for (const [step, kinds] of Object.entries(usualLimits)) {
    const said = whole[step] ?? {};
    if (!isTree(said)) continue;
    whole[step] = { ...said, ...Object.fromEntries(Object.entries(kinds).map(([kind, limits]) => [kind, isTree(said[kind] ?? {}) ? { ...limits, ...(said[kind] as Tree | undefined) } : said[kind]])) };
  }
  return whole;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
