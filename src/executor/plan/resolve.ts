/** Looks at the host for what a plan needs to know; reads only. */
import { accessSync, constants, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "../../kernel/fs.ts";
import { configError } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { lastKnownCapability } from "../../kernel/capabilities.ts";
import { leavesDirectory, typeBelow } from "../../kernel/files.ts";
import { mergeMounts, type MountRule } from "../../model/mounts.ts";
import type { ResolvedMount } from "./spec.ts";

/**
 * Looks at the sources of mount rules. Rules with `maybe` whose source is missing are left out.
 * @param home directory that `./name` sources are below
 * @throws IsolateError of kind Config for a source that is not there
 */
export function resolveMounts(rules: readonly MountRule[], home: string): ResolvedMount[] {
  return rules.flatMap((rule): ResolvedMount[] => {
    if (rule.kind === "link") return [{ ...rule, sourceType: "link", target: rule.source }];
    if (rule.kind !== "bind" || rule.source === "./box") return [{ ...rule, sourceType: rule.kind === "accounts" ? "none" : "directory", target: "" }];
    const ofBox = rule.source.startsWith("./");
    const source = ofBox ? `${home}/${rule.source.slice(2)}` : rule.source;
    try {
      // What programs can write to has no links that we follow.
      if (ofBox) return [{ ...rule, source, sourceType: typeBelow(home, rule.source.slice(2)), target: "" }];
      const stat = lstatSync(source);
      // Merged /usr: a link of our own instead of one more mount. Only links that lead to what is mounted anyway.
      if (stat.isSymbolicLink() && source === `/${rule.inside}`) {
        const target = readlinkSync(source);
        if (/^usr\/[^/]+$/.test(target)) return [{ ...rule, source, sourceType: "link", target }];
      }
      return [{ ...rule, source, sourceType: statSync(source).isDirectory() ? "directory" : "file", target: "" }];
    } catch (error) {
      const number = errnoOf(error);
      if (rule.maybe && (number === errno.ENOENT || number === errno.ENOTDIR)) return [];
      throw namedFault(`mount ${source} on /${rule.inside}`, error, ofBox && number === errno.ELOOP ? "no link below the box is followed: name the place itself" : "add :maybe to the rule if it may be missing");
    }
  });
}

/**
 * The launcher mounts while it still sees the host, so a link on the way to a place in the box could lead it there.
 * @param workdir the directory that becomes /box
 * @throws IsolateError of kind Config for a place that a link of the box leads out of
 */
export function refuseStrayPlaces(mounts: readonly ResolvedMount[], workdir: string): void {
  for (const { inside, source, sourceType } of mounts) {
    const above = mounts.filter((other) => inside.startsWith(`${other.inside}/`)).toSorted((one, other) => other.inside.length - one.inside.length)[0];
    if (above === undefined || sourceType === "link") continue;
    const refuse = (link: string) => configError(`cannot mount ${source} on /${inside}: ${link}`, "mount it at the place that the link leads to");
    if (above.sourceType === "link") throw refuse(`/${above.inside} is a link in the box`);
    if (above.kind !== "bind") continue;
    if (leavesDirectory(above.source === "./box" ? workdir : above.source, inside.slice(above.inside.length + 1))) throw refuse(`a link leads out of /${above.inside}`);
  }
}

/** Entries of a root that the sandbox lays out itself. */
const ownEntries = ["box", "proc", "dev", "tmp", "sys"];

/**
 * Rules that put a directory in place of the default root: every entry of it read-only, around the
 * directories that the sandbox lays out itself. A link is made again inside: it leads where it leads for a program in there, which is
 * never to the host.
 * @throws IsolateError of kind Config when it is not a directory
 */
export function chrootRules(directory: string, base: readonly MountRule[]): MountRule[] {
  let found: { readonly name: string; readonly link: string | null }[];
  try {
    found = readdirSync(directory).map((name) => ({ name, link: linkTarget(`${directory}/${name}`) }));
  } catch (error) {
    throw namedFault(`use root directory ${directory}`, error);
  }
  const own = base.filter((rule) => ownEntries.includes(rule.inside.split("/")[0]!));
  const entries = found
    .filter(({ name }) => !ownEntries.includes(name))
    .map(({ name, link }): MountRule => ({
      inside: name, kind: link === null ? "bind" : "link", source: link ?? `${directory}/${name}`, writable: false, devices: false, noExec: false, maybe: false, recursive: true,
    }));
  return mergeMounts(own, entries);
}

function linkTarget(path: string): string | null {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
}

let last: number | null = null;

/** Number of the last capability of this kernel (capabilities(7)). */
export function lastCapability(): number {
  return (last ??= readLastCapability());
}

function readLastCapability(): number {
  try {
    return Number(readFileSync("/proc/sys/kernel/cap_last_cap", "latin1"));
  } catch {
    // A /proc that shows processes only (subset=pid).
    return lastKnownCapability();
  }
}

/** Where execve looks for a program: a name with a slash is a path, any other is looked up in PATH. */
export function programCandidates(program: string, path: string): string[] {
  if (program.includes("/")) return [program];
  return path.split(":").map((directory) => (directory === "" ? program : `${directory}/${program}`));
}

/** Processes and threads of a uid, as far as our /proc shows them. */
export function tasksOfUid(uid: number): number {
  const mine = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
  return mine.reduce((sum, name) => {
    try {
      return statSync(`/proc/${name}`).uid === uid ? sum + readdirSync(`/proc/${name}/task`).length : sum;
    } catch {
      // It ended while we looked.
      return sum;
    }
  }, 0);
}

/** Settings of TCP, as the network namespace of the reader has them. */
export const socketSettings = "/proc/sys/net/ipv4";

/** In a container /proc/sys is often read-only. */
export function socketMemoryCanBeSet(): boolean {
  try {
    accessSync(`${socketSettings}/tcp_rmem`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
