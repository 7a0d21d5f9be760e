/**
 * What of a box's root belongs to one run, for a root that was made before the run was known. The host cannot be seen any more: the working
 * directory comes by descriptor.
 */
import { AT_EMPTY_PATH, AT_FDCWD, AT_RECURSIVE, MOVE_MOUNT_F_EMPTY_PATH, MS } from "../../kernel/constants.ts";
import type { Step } from "../../model/plan.ts";
import { etcFiles, namesUser } from "./etc.ts";
import { attributes, fileSteps, filesystemFlags, flagsOf, isGiven, readOnlyRoot, rootDescriptor, sharedMemoryFlags } from "./filesystem.ts";
import type { LaunchSpec, ResolvedMount } from "./spec.ts";

/** @param opened the name of a copy of the working directory's mount that is mounted nowhere yet (open_tree(2), OPEN_TREE_CLONE) */
export function lateFilesystemSteps(box: ResolvedMount, spec: LaunchSpec, opened: string): Step[] {
  return [
    ...userFiles(spec),
    readOnlyRoot({ fd: rootDescriptor }, "", AT_EMPTY_PATH),
    { does: "close the new root", call: "close", args: [{ fd: rootDescriptor }] },
    ...scratchBounds(spec),
    ...boxSteps(box, spec, opened),
  ];
}

function userFiles(spec: LaunchSpec): Step[] {
  const etc = spec.mounts.find(({ kind }) => kind === "accounts")?.inside;
  if (etc === undefined) return [];
  return etcFiles(spec).flatMap(([name, content]) => {
    const path = `${etc}/${name}`;
    return !namesUser(name) || isGiven(spec, etc, path) ? [] : fileSteps(`/${path}`, `/${path}`, content);
  });
}

/** They were mounted with the bound that a tmpfs has when nothing is said. */
function scratchBounds({ mounts, limits: { memoryBytes } }: LaunchSpec): Step[] {
  if (memoryBytes === null) return [];
  const bound = (path: string, flags: number): Step => ({ does: `bound ${path}`, call: "mount", args: [0, path, 0, MS.REMOUNT | flags, `size=${memoryBytes}`] });
  return mounts.flatMap((mount): Step[] => {
    if (mount.kind === "devices") return [bound(`/${mount.inside}/shm`, sharedMemoryFlags)];
    return mount.source === "tmpfs" && mount.kind !== "bind" ? [bound(`/${mount.inside}`, filesystemFlags(mount))] : [];
  });
}

function boxSteps(mount: ResolvedMount, spec: LaunchSpec, opened: string): Step[] {
  const { restrict, allow } = flagsOf(mount, spec);
  return [
    {
      // Before it is anywhere, and private: what is mounted at its place on the host must not appear in it.
      does: `restrict /${mount.inside}`,
      call: "mount_setattr",
      args: [{ fd: opened }, "", AT_EMPTY_PATH | (mount.recursive ? AT_RECURSIVE : 0), attributes(restrict, allow, MS.PRIVATE), 32],
    },
    { does: `bind ${spec.workdir} on /${mount.inside}`, call: "move_mount", args: [{ fd: opened }, "", AT_FDCWD, `/${mount.inside}`, MOVE_MOUNT_F_EMPTY_PATH] },
    // Not a way into the box that a path in /proc/self/fd could name.
    { does: "close the working directory", call: "close", args: [{ fd: opened }] },
  ];
}
