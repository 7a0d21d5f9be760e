/**
 * Where groups of version 2 can be made: a directory that may have groups with limits below it, which means that no process is in it
 * (cgroup-v2.rst, "No Internal Process Constraint"). Found once for each process of ours, which is why there are loops here and few functions:
 * the first call of a function costs more than what it does.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "../kernel/fs.ts";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { tryCall } from "../kernel/ffi.ts";
import { closeDescriptor, lockAndWait, openAt } from "../kernel/files.ts";
import { inFirstUserNamespace, uidMap } from "../kernel/caller.ts";
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
    if (configured !== null) return prepared(configured, v2?.top ?? configured);
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
  if (isOurs(own, view)) return emptied(own, view.top);
  if (isRootOfHost(view)) return atTop(view.top);
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
  const uid = process.geteuid!();
  // Root of the host owns every group, also those of services that manage theirs.
  if (uid === 0 && view.own !== "" && isFirstUserNamespace() && isFirstPidNamespace() && !isDelegated(own)) return false;
  // The root of the whole tree has no type: it is nobody's to give.
  if (!existsSync(`${own}/cgroup.type`)) return false;
  return [own, `${own}/cgroup.procs`, `${own}/cgroup.subtree_control`].every((file) => lstatSync(file).uid === uid);
}

/** Root of the host may divide the top; in a container that sees the host's tree that would lead out of the container's limits. */
function isRootOfHost(view: V2View): boolean {
  return process.geteuid!() === 0 && !existsSync(`${view.top}/cgroup.type`) && (view.own === "" || isFirstPidNamespace());
}

function isFirstPidNamespace(): boolean {
  return statSync("/proc/self/ns/pid", { throwIfNoEntry: false })?.ino === firstPidNamespace;
}

function isFirstUserNamespace(): boolean {
  return inFirstUserNamespace() || uidMap().reduce((sum, { count }) => sum + count, 0) >= 2 ** 32 - 1;
}

/** The mark that systemd puts on groups that it gives away (systemd.resource-control(5), Delegate=). */
function isDelegated(directory: string): boolean {
  const value = new Uint8Array(1);
  for (const name of ["trusted.delegate", "user.delegate"]) if (tryCall("getxattr", directory, name, value, 1) === 1 && value[0] === "1".charCodeAt(0)) return true;
  return false;
}

/** The group of ours at the top of a host's tree. What an earlier run has set up takes one look at each of the two. */
function atTop(top: string): V2Place | NoPlace {
  const wanted = neededOf(available(top));
  if (wanted.length === 0) return withoutControllers(top);
  const directory = `${top}/${topName}`;
  const controllers = existsSync(directory) ? enabled(directory) : new Set<V2Controller>();
  if (hasAll(controllers, wanted)) return { directory, controllers, top };
  makeDirectory(directory);
  if (!hasAll(available(directory), wanted)) enable(top, wanted);
  return prepared(directory, top);
}

/** A directory without processes of its own. */
function prepared(directory: string, top: string): V2Place {
  const wanted = neededOf(available(directory));
  let controllers = enabled(directory);
  if (!hasAll(controllers, wanted)) {
    enable(directory, wanted);
    controllers = enabled(directory);
  }
  return { directory, controllers, top };
}

/** Moves every process of a group that was given to us into a group below it, so that it may have others with limits. */
function emptied(own: string, top: string): V2Place | NoPlace {
  const there = available(own);
  const wanted = neededOf(there);
  if (wanted.length === 0) return withoutControllers(own);
  let controllers = enabled(own);
  const isDivided = () => hasAll(controllers, wanted);
  const isComplete = () => isDivided() && (controllers.has("cpuset") || !there.has("cpuset"));
  // As an earlier run has left it. No process can have come into it since then.
  if (isComplete()) return { directory: own, controllers, top };
  // Several of us may start at once.
  const lock = openAt(AT_FDCWD, own, O.RDONLY | O.DIRECTORY);
  try {
    lockAndWait(lock);
    controllers = enabled(own);
    if (!isDivided()) {
      const leaf = `${own}/${leafName}`;
      makeDirectory(leaf);
      const stranger = moveAll(own, leaf);
      if (stranger !== null) return stranger;
      // Memory in the same write: without it the others would turn the group into a threaded one, which is of no use to anybody.
      enable(own, wanted);
    }
    if (!isComplete()) {
      if (there.has("cpuset") && !enabled(own).has("cpuset")) enable(own, ["cpuset"]);
      controllers = enabled(own);
    }
    return { directory: own, controllers, top };
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
  const text = ` ${readFileSync(file, "latin1").trim()} `;
  const names = new Set<V2Controller>();
  for (const name of ours) if (text.includes(` ${name} `)) names.add(name);
  return names;
}

/** What a group is bounded by, and could hand down. */
function available(directory: string): ReadonlySet<V2Controller> {
  return namesIn(`${directory}/cgroup.controllers`);
}

/** What a group hands down to those below it. */
function enabled(directory: string): ReadonlySet<V2Controller> {
  return namesIn(`${directory}/cgroup.subtree_control`);
}

const usual = ["memory", "pids", "cpu"] as const;

/**
 * What we want a group to hand down, of what it has. Not cpuset: systemd takes it away again from groups that are not its own; where a
 * group was given to us it comes on top.
 */
function neededOf(controllers: ReadonlySet<V2Controller>): V2Controller[] {
  const names: V2Controller[] = [];
  for (const name of usual) if (controllers.has(name)) names.push(name);
  return names;
}

function hasAll(controllers: ReadonlySet<V2Controller>, wanted: readonly V2Controller[]): boolean {
  for (const name of wanted) if (!controllers.has(name)) return false;
  return true;
}

function enable(directory: string, controllers: readonly V2Controller[]): void {
  if (controllers.length > 0) writeFileSync(`${directory}/cgroup.subtree_control`, controllers.map((name) => `+${name}`).join(" "));
}
