/** Tests of a directory of the problem package format: `X.in` declares a test X, other files belong to it by their names. */
import { configError } from "../../../model/errors.ts";
import type { Entry, PackageFiles } from "../package/files.ts";
import { several } from "./package.ts";

/** A test by its files. */
export interface TestFiles {
  /** `03`. */
  readonly base: string;
  /** `secret/group1/03`. */
  readonly name: string;
  readonly input: Entry;
  readonly answer: Entry;
  /** `03.files`. */
  readonly files: Entry | null;
  /** `03.yaml`. */
  readonly config: Entry | null;
  /** `03.desc`, of the legacy format. */
  readonly description: Entry | null;
}

export interface Folder {
  /** Tests and directories in the order of their base names. */
  readonly children: readonly (TestFiles | Entry)[];
}

/** What may lie beside a test. */
const besides = [".files", ".yaml", ".desc"] as const;

/** Deeper is a link to a directory that it is in. */
const depthLimit = 16;

/** @throws IsolateError of kind Config: an input without an answer, directories without end */
export function readFolder(files: PackageFiles, path: string): Folder {
  if (path.split("/").length > depthLimit) throw configError(`cannot judge with ${files.root}: directories of ${files.shown("data")} lie more than ${depthLimit} deep inside of each other (a link to a directory above it?)`);
  const entries = files.list(path);
  const inputs = entries.filter(({ name, kind }) => name.endsWith(".in") && name !== ".in" && kind !== "directory");
  const answers = new Map(entries.filter(({ name }) => name.endsWith(".ans")).map((entry) => [baseOf(entry.name, ".ans"), entry]));
  const others = new Map(entries.filter(({ name }) => besides.some((ending) => name.endsWith(ending))).map((entry) => [entry.name, entry]));
  const bases = new Set(inputs.map(({ name }) => baseOf(name)));
  const unanswered = inputs.filter(({ name }) => !answers.has(baseOf(name)));
  if (unanswered.length > 0) {
    const [first] = unanswered;
    const more = unanswered.length === 1 ? "" : `, and ${unanswered.length - 1} more like it`;
    throw configError(`cannot judge with ${files.root}: ${files.shown(first!.path)} has no answer (${baseOf(first!.name)}.ans)${more}`, "every test NAME.in has its answer in NAME.ans");
  }
  const tests = inputs.map((input): TestFiles => {
    const base = baseOf(input.name);
    const beside = (ending: (typeof besides)[number], kind: Entry["kind"]) => {
      const found = others.size === 0 ? undefined : others.get(base + ending);
      return found === undefined || found.kind !== kind ? null : found;
    };
    return { base, name: `${path.slice("data/".length)}/${base}`, input, answer: answers.get(base)!, files: beside(".files", "directory"), config: beside(".yaml", "file"), description: beside(".desc", "file") };
  });
  // A link out of the package must not be passed over in silence where it was meant as a group, or as a part of a test.
  for (const entry of entries) if (entry.kind === "unusable" && (!entry.name.includes(".") || besides.some((ending) => entry.name.endsWith(ending)))) files.at(entry);
  const directories = entries.filter(({ name, kind }) => kind === "directory" && !(name.endsWith(".files") && bases.has(name.slice(0, -".files".length))));
  warnOfStrays(files, path, entries, bases);
  for (const { name, path: shared } of directories) if (bases.has(name)) files.warn(`${files.shown(shared)} is a directory beside a test of the same name`);
  const byBase = new Map<string, (TestFiles | Entry)[]>(tests.map((test) => [test.base, [test]]));
  for (const directory of directories) byBase.set(directory.name, [...(byBase.get(directory.name) ?? []), directory]);
  return { children: [...byBase.keys()].toSorted().flatMap((base) => byBase.get(base)!) };
}

export function isTest(child: TestFiles | Entry): child is TestFiles {
  return "input" in child;
}

function baseOf(name: string, ending = ".in"): string {
  return name.slice(0, -ending.length);
}

/** What somebody probably took for a test. */
function warnOfStrays(files: PackageFiles, path: string, entries: readonly Entry[], bases: ReadonlySet<string>): void {
  const stray = entries.filter(({ name }) => name.endsWith(".ans") && !bases.has(name.slice(0, -".ans".length)));
  if (stray.length > 0) files.warn(`${files.shown(stray[0]!.path)} has no input and is not used${stray.length === 1 ? "" : `, nor are ${stray.length - 1} files like it`}`);
  const ignored = files.ignored(path).filter((name) => name.endsWith(".in"));
  if (ignored.length > 0) files.warn(`files in ${files.shown(path)} are ignored, as their names are none of the format (letters, digits, '_', '-' and '.'): ${several(ignored.map((name) => JSON.stringify(name)))}`);
}
