/**
 * The launch plan in two parts, for a launcher that is started before anybody knows the program: what depends on the host and on the
 * kind of box, and what depends on the run. The second part comes to it by message, and with it the descriptors of the run.
 *
 * The steps are those of the whole plan (build-plan.ts), in its order, but for these: the working directory is mounted when the old root is
 * gone, from a descriptor; control groups come as descriptors, too; processors, the files that name the user, and the bounds of scratch
 * directories are of the second part, and so is what makes the root read-only.
 */
import { statSync } from "node:fs";
import type { LaunchPlan, Step } from "../../model/plan.ts";
import { planParts } from "./build-plan.ts";
import { affinitySteps } from "./caller.ts";
import { isBox } from "./filesystem.ts";
import { lateFilesystemSteps } from "./late-filesystem.ts";
import type { LaunchSpec, ResolvedMount } from "./spec.ts";

/** Names of the descriptors that come with the second part: the streams, the working directory, the control groups. */
const streams = ["given 0", "given 1", "given 2"] as const;
const workdir = "workdir";

export interface SplitPlan {
  /**
   * What the first part depends on. Launchers that were prepared under another key are of no use for this run. It names everything of the
   * specification but what is known to be of the second part, so that what is added to it later is part of the key.
   */
  readonly key: string;
  /** The first part; the same for the same key. */
  readonly ahead: () => readonly Step[];
  readonly rest: LaunchPlan;
  /** Names that the second part has for descriptors, in the order in which they have to be sent: the streams, {@link SplitPlan.box}, the groups. */
  readonly sent: readonly string[];
  /** Places of the host that the first part mounts. */
  readonly sources: readonly string[];
  /** The working directory, and whether what is mounted below comes with it. */
  readonly box: { readonly path: string; readonly recursive: boolean };
}

/** @returns null for a run that cannot be split: without namespaces of root's, with descriptors, a terminal or mounts of this run only, or with mounts in its working directory */
export function splitPlan(spec: LaunchSpec): SplitPlan | null {
  const boxes = spec.mounts.filter(isBox);
  const [box] = boxes;
  if (spec.isolation !== "full" || spec.inheritDescriptors || spec.handed !== undefined || spec.terminal !== null || spec.subordinate !== null || spec.isUnlikeOthers === true) return null;
  if (box === undefined || boxes.length > 1 || spec.mounts.some(({ inside }) => inside.startsWith(`${box.inside}/`))) return null;
  const { ahead, rest } = planParts(spec);
  const begin: Step[] = [
    ...streams.map((name, target): Step => ({ does: `put descriptor ${target} in place`, call: "dup3", args: [{ fd: name }, target, 0] })),
    ...affinitySteps(spec.cpus),
    ...lateFilesystemSteps(box, spec, workdir),
  ];
  return {
    key: keyOf(spec),
    ahead,
    rest: { steps: rest(begin), program: spec.program },
    sent: [...streams, workdir, ...spec.cgroupJoins.map((_, index) => `cgroup${index}`)],
    sources: spec.mounts.filter(isOfHost).map(({ source }) => source),
    box: { path: spec.workdir, recursive: box.recursive },
  };
}

/** Everything but what only the second part looks at. */
function keyOf(spec: LaunchSpec): string {
  const { uid, gid, workdir, chdir, redirections, program, filter, listener, waitingWrites, landlock, cgroupJoins, rlimitProcesses, rlimitData, dataBytes, addressSpaceBytes, processCpuSeconds, cpus, limits, caller, mounts, lastCapability, ...first } = spec;
  return JSON.stringify([first, caller.scheduling, caller.resets, mounts, mounts.map(identityOf)]);
}

function isOfHost(mount: ResolvedMount): boolean {
  return mount.kind === "bind" && !isBox(mount) && mount.sourceType !== "link";
}

/** A source may be replaced by another of the same name: a launcher that is prepared would still show the old one. */
function identityOf(mount: ResolvedMount): string | null {
  if (!isOfHost(mount)) return null;
  const stat = statSync(mount.source, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
