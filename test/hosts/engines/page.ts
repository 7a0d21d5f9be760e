/** What docs/containers.md promises: its recipe, and its table of options, as far as a machine can read them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fenced, section, tableRows } from "../../helpers/markdown.ts";
import type { CgroupVersion } from "../situation.ts";

const page = readFileSync(join(import.meta.dir, "../../../docs/containers.md"), "utf8");
const [compose = "", pod = ""] = fenced(section(page, "A recipe"), "yaml");

export const recipe = { dockerfile: fenced(section(page, "A recipe"), "dockerfile")[0]!, compose, pod };

/** What the page shows of a run that is to be strict. */
export const refusalOnPage = fenced(page, "console").find((text) => text.includes("judge run --strict"))!.split("\n").slice(1).join("\n");

/** Words of an option in running text, as in `--tmpfs PATH:exec`. @throws Error when the page has no such code */
export function optionOnPage(begin: string): string[] {
  const code = Array.from(page.matchAll(/`([^`]+)`/g), ([, text = ""]) => text.replace(/\s+/g, " ")).find((text) => text.startsWith(begin));
  if (code === undefined) throw new Error(`docs/containers.md names no option that begins with ${begin}`);
  return code.split(" ");
}

/** One row of the table. */
export interface Promised {
  /** As titles show it. */
  readonly title: string;
  /** Null: every engine. */
  readonly engine: "Docker" | "Podman" | null;
  /** The first major version of the engine that has the options. */
  readonly since: number;
  readonly options: readonly string[];
  /** `enforced`, with the pattern of each of its fields. */
  enforced(version: CgroupVersion): Readonly<Record<"filesystem" | "network" | "memory" | "processes", RegExp>>;
  /** What the network is with `--network loopback`. */
  readonly loopback: RegExp;
  readonly user: "own" | "container's";
}

/** The row before, for a row that begins with "the same". */
export const promises: readonly Promised[] = tableRows(section(page, "What each option buys")).reduce<Promised[]>((rows, cells) => [...rows, promisedBy(cells, rows.at(-1))], []);

function promisedBy(cells: readonly string[], before: Promised | undefined): Promised {
  const [title = "", files = "", network = "", groups = "", user = ""] = cells;
  const [, engine = null, since = "0"] = /\b(Docker|Podman)(?: ([0-9]+))?:/.exec(title) ?? [];
  const own = title.startsWith("--") ? [title] : Array.from(title.matchAll(/`([^`]+)`/g), ([, code = ""]) => code);
  const options = own.flatMap((code) => code.split(" "));
  const sameGroups = groups === "the same" ? before : undefined;
  return {
    title,
    engine: engine as Promised["engine"],
    since: Number(since),
    options: title.startsWith("the same") ? [...(before?.options ?? []), ...options] : options,
    enforced: (version) => ({
      filesystem: known(files, { "Landlock": /^landlock$/, "own root": /^(pivot_root|chroot)$/, "own root, empty /proc": /^(pivot_root|chroot), no \/proc$/ }),
      network: known(network, { "no sockets but AF_UNIX": /^seccomp$/, "own": /^namespace$/, "own, no loopback interface": /^namespace$/ }),
      ...(sameGroups === undefined ? groupsOf(groups, version) : pick(sameGroups.enforced(version))),
    }),
    loopback: known(network, { "no sockets but AF_UNIX": /^none$/, "own": /^namespace$/, "own, no loopback interface": /^namespace, no loopback$/ }),
    user: known(user, { "each box its own": "own", "the container's": "container's" } as const),
  };
}

function pick({ memory, processes }: ReturnType<Promised["enforced"]>) {
  return { memory, processes };
}

function groupsOf(cell: string, version: CgroupVersion) {
  const by = (counted: boolean) => ({ memory: counted ? new RegExp(`^cgroup-${version}`) : /^sampling$/, processes: counted ? new RegExp(`^cgroup-${version}`) : /^rlimit$/ });
  return known(cell, { "sampling, RLIMIT_NPROC": by(false), "control groups": by(true), "control groups with version 2, else sampling": by(version === "v2") });
}

/** @throws Error for words that the page has and the tests do not know */
function known<T>(cell: string, meanings: Readonly<Record<string, T>>): T {
  const words = cell.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").replaceAll("`", "");
  const meaning = meanings[words];
  if (meaning === undefined) throw new Error(`docs/containers.md says '${words}', which tests cannot compare (they know: ${Object.keys(meanings).join("; ")})`);
  return meaning;
}
