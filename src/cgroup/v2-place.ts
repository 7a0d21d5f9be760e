/**
 * Where groups of version 2 can be made: a directory that may have groups with limits below it, which means that no process is in it
 * (cgroup-v2.rst, "No Internal Process Constraint"). Found once for each process of ours.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "../kernel/fs.ts";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { tryCall } from "../kernel/ffi.ts";
import { closeDescriptor, lockAndWait, openAt } from "../kernel/files.ts";
import { uidMap } from "../kernel/caller.ts";
import type { V2View } from "./detect.ts";
import { writableView } from "./v2-view.ts";

/** Controllers of version 2 that we use. */
export type V2Controller = "memory" | "pids" | "cpu" | "cpuset";
const ours: readonly V2Controller[] = ["memory", "pids", "cpu", "cpuset"];

export interface V2Place {
  readonly directory: string;
  /** What the groups in it can be bounded by. */
  readonly controllers: ReadonlySet<V2Controller>;
  /** Top of what we see of the tree: no group above it can be looked at. */
  readonly top: string;
}

export interface NoPlace {
  readonly reason: string;
  readonly hint: string;
}

/** Group below one that was given to us for ourselves and whoever is in there, so that the given one is empty. */
export const leafName = "mini-isolate.self";
/** Group at the top of a host's tree, where no group is ours. */
const topName = "mini-isolate";

/** Inode of the first pid namespace (include/uapi/linux/nsfs.h). */
const firstPidNamespace = 0xefff_fffc;

const delegate = "systemd-run --user --scope -p Delegate=yes mini-isolate ...";

/**
 * @param configured a group that the caller names, absolute, or null
 * @param v2 null: version 2 is not mounted, or not where our own group is
 * @throws nothing: what cannot be had is said
 */
export function findPlace(configured: string | null, v2: V2View | null, own: string | null): V2Place | NoPlace {
  try {
    if (configured !== null) return prepared(configured, null, v2?.top ?? configured);
    const view = v2 !== null && !v2.readOnly ? v2 : viewOfOurs(v2, own);
    if ("reason" in view) return view;
    return search(view);
  } catch (error) {
    return { reason: `cannot prepare a group of cgroup version 2: ${reasonOf(error)}`, hint: "see docs/cgroup.md" };
  }
}

function viewOfOurs(v2: V2View | null, own: string | null): V2View | NoPlace {
  if (own === null) return { reason: "cgroup version 2 is not there", hint: "mount it: mount -t cgroup2 none /sys/fs/cgroup" };
  try {
    return { top: writableView(v2?.top ?? null), own: own.slice(1), readOnly: false };
  } catch (error) {
    const state = v2 === null ? "is not mounted" : `is mounted read-only at ${v2.top}`;
    return {
      reason: `cgroup version 2 ${state}, and we cannot mount it: ${reasonOf(error)}`,
      hint: "in a container: --cap-add SYS_ADMIN, or --security-opt writable-cgroups=true",
    };
  }
}

function search(view: V2View): V2Place | NoPlace {
  const own = view.own === "" ? view.top : `${view.top}/${view.own}`;
  // Where an earlier run has already moved us.
  if (own.endsWith(`/${leafName}`)) return emptied(own.slice(0, -leafName.length - 1), view.top);
  if (isOurs(own, view)) return needed(own).length === 0 ? withoutControllers(own) : emptied(own, view.top);
  if (isRootOfHost(view)) return needed(view.top).length === 0 ? withoutControllers(view.top) : prepared(`${view.top}/${topName}`, view.top, view.top);
  const name = view.own === "" ? "/" : `/${view.own}`;
  return process.geteuid!() === 0
    ? { reason: `the control group ${name} is not ours to divide`, hint: "give us one: Delegate=yes in the unit of the service, or a cgroup namespace of the container's own" }
    : { reason: `the control group ${name} does not belong to us`, hint: `run: ${delegate}` };
}

/** The group in which a process of this view would make its groups; null: in none. Looks and changes nothing. */
export function directoryFor(view: V2View): string | null {
  const own = view.own === "" ? view.top : `${view.top}/${view.own}`;
  try {
    if (own.endsWith(`/${leafName}`)) return own.slice(0, -leafName.length - 1);
    if (isOurs(own, view)) return own;
    return isRootOfHost(view) ? `${view.top}/${topName}` : null;
  } catch {
    return null;
  }
}

/** All of them may be in use by version 1. */
function withoutControllers(directory: string): NoPlace {
  return { reason: `no controller of cgroup version 2 is there for ${directory}`, hint: `see ${directory}/cgroup.controllers, and which are in use by version 1: cat /proc/cgroups` };
}

/** Whether all of a group was given to us. */
function isOurs(own: string, view: V2View): boolean {
  const files = [own, `${own}/cgroup.procs`, `${own}/cgroup.subtree_control`];
  const uid = process.geteuid!();
  // The root of the whole tree has no type: it is nobody's to give.
  if (!existsSync(`${own}/cgroup.type`)) return false;
  if (files.some((file) => lstatSync(file).uid !== uid)) return false;
  // Root of the host owns every group, also those of services that manage theirs.
  if (uid !== 0 || !isFirstUserNamespace()) return true;
  return view.own === "" || isDelegated(own) || !isFirstPidNamespace();
}

/** Root of the host may divide the top; in a container that sees the host's tree that would lead out of the container's limits. */
function isRootOfHost(view: V2View): boolean {
  return process.geteuid!() === 0 && !existsSync(`${view.top}/cgroup.type`) && (view.own === "" || isFirstPidNamespace());
}

function isFirstPidNamespace(): boolean {
  return statSync("/proc/self/ns/pid", { throwIfNoEntry: false })?.ino === firstPidNamespace;
}

function isFirstUserNamespace(): boolean {
  return uidMap().reduce((sum, { count }) => sum + count, 0) >= 2 ** 32 - 1;
}

/** The mark that systemd puts on groups that it gives away (systemd.resource-control(5), Delegate=). */
function isDelegated(directory: string): boolean {
  const value = new Uint8Array(1);
  return ["trusted.delegate", "user.delegate"].some((name) => tryCall("getxattr", directory, name, value, 1) === 1 && value[0] === "1".charCodeAt(0));
}

/** A directory without processes of its own. @param above what has to hand controllers down to it, null: not for us to change */
function prepared(directory: string, above: string | null, top: string): V2Place {
  makeDirectory(directory);
  if (above !== null && !needed(above).every((name) => available(directory).has(name))) enable(above, needed(above));
  if (!isDivided(directory)) enable(directory, needed(directory));
  return { directory, controllers: enabled(directory), top };
}

/** Moves every process of a group that was given to us into a group below it, so that it may have others with limits. */
function emptied(own: string, top: string): V2Place | NoPlace {
  // Several of us may start at once.
  const lock = openAt(AT_FDCWD, own, O.RDONLY | O.DIRECTORY);
  try {
    lockAndWait(lock);
    if (!isDivided(own)) {
      const leaf = `${own}/${leafName}`;
      makeDirectory(leaf);
      const stranger = moveAll(own, leaf);
      if (stranger !== null) return stranger;
      // Memory in the same write: without it the others would turn the group into a threaded one, which is of no use to anybody.
      enable(own, needed(own));
    }
    if (available(own).has("cpuset") && !enabled(own).has("cpuset")) enable(own, ["cpuset"]);
    return { directory: own, controllers: enabled(own), top };
  } finally {
    closeDescriptor(lock);
  }
}

/** Programs that start others meanwhile are followed for so many rounds. */
const movingRounds = 20;

/** @returns null when the group is empty */
function moveAll(from: string, to: string): NoPlace | null {
  for (let round = 0; round < movingRounds; round++) {
    const pids = readFileSync(`${from}/cgroup.procs`, "latin1").split("\n").filter((pid) => pid !== "");
    if (pids.length === 0) return null;
    // "0" stands for a process of another pid namespace; written back it would mean us.
    if (pids.includes("0")) return { reason: `processes that we cannot see are in the control group ${from}`, hint: "give us one of our own: a cgroup namespace, or Delegate=yes" };
    for (const pid of pids) {
      try {
        writeFileSync(`${to}/cgroup.procs`, pid);
      } catch (error) {
        if (errnoOf(error) !== errno.ESRCH) throw error;
      }
    }
  }
  return { reason: `new processes keep coming into the control group ${from}`, hint: "give us a group of our own" };
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, 0o755);
  } catch (error) {
    if (errnoOf(error) !== errno.EEXIST) throw error;
  }
}

function namesIn(file: string): ReadonlySet<V2Controller> {
  const names = readFileSync(file, "latin1").trim().split(" ");
  return new Set(ours.filter((name) => names.includes(name)));
}

/** What a group is bounded by, and could hand down. */
function available(directory: string): ReadonlySet<V2Controller> {
  return namesIn(`${directory}/cgroup.controllers`);
}

/** What a group hands down to those below it. */
function enabled(directory: string): ReadonlySet<V2Controller> {
  return namesIn(`${directory}/cgroup.subtree_control`);
}

/**
 * What we want a group to hand down, of what it has. Not cpuset: systemd takes it away again from groups that are not its own; where a
 * group was given to us it comes on top.
 */
function needed(directory: string): V2Controller[] {
  const controllers = available(directory);
  return (["memory", "pids", "cpu"] as const).filter((name) => controllers.has(name));
}

function isDivided(directory: string): boolean {
  const controllers = enabled(directory);
  return needed(directory).every((name) => controllers.has(name));
}

function enable(directory: string, controllers: readonly V2Controller[]): void {
  if (controllers.length > 0) writeFileSync(`${directory}/cgroup.subtree_control`, controllers.map((name) => `+${name}`).join(" "));
}
