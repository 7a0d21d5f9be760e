/** The configuration file of `isolate`, with the keys of both versions. */
import { readFileSync } from "../kernel/fs.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { compatConfigFile } from "../config/load.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";
import type { Dialect } from "./numbers.ts";

/** Processors and memory nodes of one box, as in cpuset(7). */
export interface BoxPlacement {
  readonly cpus: string | null;
  readonly mems: string | null;
}

export interface CompatConfig {
  readonly boxRoot: string;
  readonly lockRoot: string;
  /** A directory, `auto:FILE` for a file that names one, or "" where nobody chose. */
  readonly cgRoot: string;
  readonly cgParent: string;
  readonly firstUid: number;
  readonly firstGid: number;
  readonly boxes: number;
  readonly restrictedInit: boolean;
  /** null: the default of the dialect. */
  readonly syscalls: number | null;
  /** null: that of the host. */
  readonly dialect: Dialect | null;
  readonly placements: ReadonlyMap<number, BoxPlacement>;
  /** Where it was read; null: nobody wrote one. */
  readonly path: string | null;
}

const usualPlaces = ["/usr/local/etc/isolate", "/etc/isolate"];

const longestLine = 1023;

/** Texts by key, numbers read later. */
const textKeys = ["box_root", "lock_root", "cg_root", "cg_parent", "subid_user", "restricted_init"] as const;
const numberKeys = ["first_uid", "first_gid", "num_boxes", "syscall_flags", "compat"] as const;

/** Those of a host where nobody has written one. */
const defaults: CompatConfig = {
  boxRoot: "/var/local/lib/isolate", lockRoot: "/run/isolate/locks", cgRoot: "", cgParent: "", firstUid: 60_000, firstGid: 60_000, boxes: 1000, restrictedInit: false,
  syscalls: null, dialect: null, placements: new Map(), path: null,
};

/** @throws Failure in the words of `isolate` */
export function readCompatConfig(): CompatConfig {
  const named = compatConfigFile();
  for (const path of named === null ? usualPlaces : [named]) {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (named === null && errnoOf(error) === errno.ENOENT) continue;
      throw fatal(`Cannot open ${path}: ${errorWords(errnoOf(error) ?? 0)}`);
    }
    return parseCompatConfig(text, path);
  }
  return defaults;
}

function at(line: number, reason: string) {
  return fatal(`Error in config file, line ${line}: ${reason}`);
}

/** @throws Failure */
export function parseCompatConfig(text: string, path: string | null, subordinate: (user: string) => SubordinateRange | null = readSubordinate): CompatConfig {
  const values = new Map<string, string>();
  const placements = new Map<number, BoxPlacement>();
  const lines = text.split("\n");
  const unfinished = lines.pop()!;
  for (const [index, line] of lines.entries()) {
    if (line.length > longestLine) throw at(index + 1, "Line not terminated or too long");
    if (line === "" || line.startsWith("#")) continue;
    const match = /^([^\s=]+)[ \t]*=[ \t]*(.*?)[ \t]*$/.exec(line);
    if (match === null) throw at(index + 1, "Syntax error, expecting key=value");
    const [, key = "", value = ""] = match;
    if (key.startsWith("box") && key.includes(".")) place(placements, key, value, index + 1);
    else if ((textKeys as readonly string[]).includes(key)) values.set(key, value);
    else if ((numberKeys as readonly string[]).includes(key)) {
      if (!/^\d+$/.test(value)) throw at(index + 1, "Invalid number");
      values.set(key, value);
    } else throw at(index + 1, "Unknown configuration item");
  }
  if (unfinished !== "") throw at(lines.length + 1, "Line not terminated or too long");
  return completed(values, placements, path, lines.length, subordinate);
}

function place(placements: Map<number, BoxPlacement>, key: string, value: string, line: number): void {
  const [, number = "", item] = /^box([^.]*)\.(.*)$/.exec(key)!;
  if (!/^\d+$/.test(number)) throw at(line, "Invalid number");
  if (item !== "cpus" && item !== "mems") throw at(line, "Unknown per-box configuration item");
  const before = placements.get(Number(number)) ?? { cpus: null, mems: null };
  placements.set(Number(number), { ...before, [item]: value });
}

function completed(
  values: ReadonlyMap<string, string>, placements: ReadonlyMap<number, BoxPlacement>, path: string | null, lines: number, subordinate: (user: string) => SubordinateRange | null,
): CompatConfig {
  const number = (key: (typeof numberKeys)[number]) => Number(values.get(key) ?? 0);
  const user = values.get("subid_user");
  const range = user === undefined ? null : subordinate(user);
  if (user !== undefined && range === null) throw at(lines, `Cannot find subordinate ids of user ${user}`);
  const ids = range ?? { firstUid: number("first_uid"), firstGid: number("first_gid"), boxes: number("num_boxes") };
  const boxRoot = values.get("box_root") ?? "";
  if (boxRoot === "" || !values.has("cg_root") || ids.firstUid === 0 || ids.firstGid === 0 || ids.boxes === 0) throw at(lines, "Configuration is not complete");
  const dialect = number("compat");
  if (values.has("compat") && dialect !== 1 && dialect !== 2) throw at(lines, "Invalid number");
  return {
    boxRoot,
    lockRoot: values.get("lock_root") ?? defaults.lockRoot,
    cgRoot: values.get("cg_root")!,
    cgParent: values.get("cg_parent") ?? "",
    ...ids,
    restrictedInit: /^(1|y|yes|true|on)$/i.test(values.get("restricted_init") ?? ""),
    syscalls: values.has("syscall_flags") ? number("syscall_flags") : null,
    dialect: dialect === 1 || dialect === 2 ? dialect : null,
    placements,
    path,
  };
}

interface SubordinateRange {
  readonly firstUid: number;
  readonly firstGid: number;
  readonly boxes: number;
}

/** subuid(5), subgid(5): the first range of a user. */
function readSubordinate(user: string): SubordinateRange | null {
  const first = (path: string) => {
    const line = readFileSync(path, "latin1").split("\n").find((candidate) => candidate.startsWith(`${user}:`));
    const [, start, count] = line?.split(":") ?? [];
    return start === undefined || count === undefined ? null : { start: Number(start), count: Number(count) };
  };
  try {
    const [uids, gids] = [first("/etc/subuid"), first("/etc/subgid")];
    return uids === null || gids === null ? null : { firstUid: uids.start, firstGid: gids.start, boxes: Math.min(uids.count, gids.count) };
  } catch {
    return null;
  }
}
