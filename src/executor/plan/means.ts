/**
 * What this host lets us have: decides the shape of a run. Guessed first, from what costs next to nothing. When the kernel refuses a
 * step all the same, one thing is given up and the run is prepared again: nothing of the program has run then. Remembered, as what
 * refuses it (a capability, a filter, a security module, a setting) does not go away.
 */
import { inFirstUserNamespace, uidMap } from "../../kernel/caller.ts";
import { CAP, effectiveCapabilities } from "../../kernel/capabilities.ts";
import { errno } from "../../kernel/errno.ts";
import type { GivenUp, Isolation } from "./spec.ts";
import type { SubordinateRanges } from "./subordinate.ts";

/** Something that this host does not let us have. */
export interface Lack {
  readonly what: GivenUp;
  /** The step that was refused, in words that complete "cannot"; null: it was not tried. */
  readonly step: string | null;
  /** With which error; null: it was not tried. */
  readonly errno: number | null;
}

export interface Means {
  readonly isolation: Isolation;
  /** Each box can have a user of its own. */
  readonly ownUid: boolean;
  /** Subordinate ids of an ordinary user, who can use them unless they were given up; else null. */
  readonly ranges: SubordinateRanges | null;
  /** What was given up, in that order. */
  readonly lacks: readonly Lack[];
}

/** A container's root with the usual 65536 ids can have an own uid for each box; the initial user namespace has more. */
const enoughIds = 65_536;

/** Every capability that a run makes use of. */
const wanted = (1 << CAP.CHOWN) | (1 << CAP.SETGID) | (1 << CAP.SETUID) | (1 << CAP.SETPCAP) | (1 << CAP.NET_ADMIN) | (1 << CAP.SYS_CHROOT) | (1 << CAP.SYS_ADMIN) | (1 << CAP.MKNOD);

function guess(): Means {
  // As root of a user namespace of its own a launcher may do everything there but make device nodes.
  if (process.geteuid?.() !== 0) {
    // Loaded for an ordinary user only.
    const { callersRanges } = require("./subordinate.ts") as typeof import("./subordinate.ts");
    return { isolation: "userns", ownUid: false, ranges: callersRanges(), lacks: [untried("device nodes")] };
  }
  const held = effectiveCapabilities();
  // Root of a host, as most often.
  if (inFirstUserNamespace() && (held & wanted) === wanted) return { isolation: "full", ownUid: true, ranges: null, lacks: [] };
  const can = (...capabilities: readonly number[]) => capabilities.every((capability) => (held >>> capability) & 1);
  const ranges = uidMap();
  const namespaces = can(CAP.SYS_ADMIN, CAP.SYS_CHROOT);
  // Without namespaces the supervisor ends each process of the box itself.
  const ownUid = ranges.reduce((sum, { count }) => sum + count, 0) >= enoughIds && can(CAP.CHOWN, CAP.SETUID, CAP.SETGID) && (namespaces || can(CAP.KILL));
  const missing: GivenUp[] = [
    ...(namespaces ? [] : ["namespaces" as const]),
    // Nobody makes device nodes in a user namespace, whatever its root may (mknod(2)).
    ...(can(CAP.MKNOD) && ranges[0]?.outside === 0 ? [] : ["device nodes" as const]),
    ...(can(CAP.NET_ADMIN) ? [] : ["loopback" as const]),
    ...(can(CAP.SETPCAP) ? [] : ["bounding set" as const]),
  ];
  const isolation = !namespaces ? "none" : ownUid ? "full" : "userns";
  // In one of its own a launcher's processes are counted alone. But in the first one root can do more than in any other.
  if (isolation === "userns" && inFirstUserNamespace()) missing.push("user namespace");
  return { isolation, ownUid, ranges: null, lacks: missing.map(untried) };
}

function untried(what: GivenUp): Lack {
  return { what, step: null, errno: null };
}

let known: Means | null = null;

/** As far as is known now. */
export function means(): Means {
  return (known ??= guess());
}

/** Whether something was given up. */
export function lacks({ lacks }: Means, what: GivenUp): boolean {
  return lacks.some((lack) => lack.what === what);
}

/** Whether somebody may want to hear of it. Nodes of the host do as well as others. */
export function isWorthTelling({ what, step }: Lack): boolean {
  return step !== null || (what !== "device nodes" && what !== "user namespace");
}

/** The name that a refusal of unshare(CLONE_NEWPID), or of the way back, has among the steps. */
export const pidNamespaceStep = "make a pid namespace";

/** The same where the processes begin in a user namespace. */
export const userNamespaceStep = "make a user namespace";

/** The name that a refusal of newuidmap(1), or of what needs its ids, has among the steps. */
export const subordinateIdsStep = "use subordinate ids";

/** Steps that can be refused, and what is given up then. Never one that depends on what the caller asked to be mounted. */
const refusable: readonly (readonly [steps: RegExp, what: GivenUp])[] = [
  [new RegExp(`^(${pidNamespaceStep}|unshare namespaces|make all mounts private|mount the new root)$`), "namespaces"],
  [new RegExp(`^(${subordinateIdsStep}|give the working directory to the program)$`), "subordinate ids"],
  [new RegExp(`^${userNamespaceStep}$`), "user namespace"],
  [/^mount proc on \/|^hide the machine in \//, "proc"],
  [/^create \/dev\/(null|zero|full|random|urandom)$/, "device nodes"],
  [/^(open a socket|bring the loopback interface up)$/, "loopback"],
  [/^pivot to the new root$/, "pivot_root"],
  [/^set the host name$/, "host name"],
  [/^(open|bound) tcp_[rw]mem$/, "socket memory"],
  [/^drop capability \d+ from the bounding set$|^reset the securebits$/, "bounding set"],
  [/^unshare the cgroup namespace$/, "cgroup namespace"],
  [/^restrict \/box$/, "noexec"],
];

/** What a step is for that can be refused; null: without it there is no run. */
export function purposeOf(step: string): GivenUp | null {
  const what = refusable.find(([steps]) => steps.test(step))?.[1] ?? null;
  // Who is not root has no namespaces without it.
  return what === "user namespace" && process.geteuid?.() !== 0 ? "namespaces" : what;
}

/** What the kernel answers where something is not allowed, not known, or used up by a setting (user.max_*_namespaces). */
const refusals: readonly number[] = [errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EINVAL, errno.ENOSPC, errno.EROFS];

/** Says that the run has to be prepared again, with the means that are left. */
export class MeansLowered extends Error {
  override readonly name = "MeansLowered";
}

/** Gives up what a refused step was for. @returns false when the step is of no such kind, or its purpose was given up before */
export function giveUp(step: string, number: number): boolean {
  const what = purposeOf(step);
  const now = means();
  if (what === null || !refusals.includes(number) || (lacks(now, what) && what !== "namespaces") || (what === "namespaces" && now.isolation === "none")) return false;
  const lack = { what, step, errno: number };
  known = { ...now, isolation: what === "namespaces" ? "none" : now.isolation, lacks: [...now.lacks, lack] };
  return true;
}

/**
 * Runs what is prepared, and prepares it again as long as the host refuses something that was counted on.
 * @throws what `prepare` and `run` throw, but never {@link MeansLowered}
 */
export async function withMeans<P, T>(prepared: P, prepare: () => P | Promise<P>, run: (prepared: P) => Promise<T>): Promise<T> {
  for (let next = prepared; ; next = await prepare()) {
    try {
      return await run(next);
    } catch (error) {
      if (!(error instanceof MeansLowered)) throw error;
    }
  }
}

/** For tests: as in a process that has just begun. */
export function forgetMeans(): void {
  known = null;
}
