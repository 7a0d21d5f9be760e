/** Looks at the host for what a plan needs to know; reads only. */
import { accessSync, constants, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { configError } from "../../model/errors.ts";
import { errno, errnoOf, reasonOf } from "../../kernel/errno.ts";
import { mergeMounts, type MountRule } from "../../model/mounts.ts";
import type { ResolvedMount } from "./spec.ts";

/**
 * Looks at the sources of mount rules. Rules with `maybe` whose source is missing are left out.
 * @param home directory that `./name` sources are below
 * @throws IsolateError of kind Config for a source that is not there
 */
export function resolveMounts(rules: readonly MountRule[], home: string): ResolvedMount[] {
  return rules.flatMap((rule): ResolvedMount[] => {
    if (rule.kind !== "bind" || rule.source === "./box") return [{ ...rule, sourceType: rule.kind === "accounts" ? "none" : "directory", target: "" }];
    const source = rule.source.startsWith("./") ? `${home}/${rule.source.slice(2)}` : rule.source;
    try {
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
      throw configError(`cannot mount ${source} on /${rule.inside}: ${reasonOf(error)}`, "add :maybe to the rule if it may be missing");
    }
  });
}

/** Entries of a root that the sandbox lays out itself. */
const ownEntries = ["box", "proc", "dev", "tmp", "sys"];

/**
 * Rules that put a directory in place of the default root: every entry of it read-only, around the
 * directories that the sandbox lays out itself.
 * @throws IsolateError of kind Config when it is not a directory
 */
export function chrootRules(directory: string, base: readonly MountRule[]): MountRule[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw configError(`cannot use root directory ${directory}: ${reasonOf(error)}`);
  }
  const own = base.filter((rule) => ownEntries.includes(rule.inside.split("/")[0]!));
  const entries = names
    .filter((name) => !ownEntries.includes(name))
    .map((name): MountRule => ({
      inside: name, kind: "bind", source: `${directory}/${name}`, writable: false, devices: false, noExec: false, maybe: false, recursive: true,
    }));
  return mergeMounts(own, entries);
}

/** Number of the last capability of this kernel (capabilities(7)). */
export function lastCapability(): number {
  return Number(readFileSync("/proc/sys/kernel/cap_last_cap", "latin1"));
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
