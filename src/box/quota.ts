/**
 * A bound on what a program can leave on disk: the box's working directory is a tmpfs of that size. It lives as long as the
 * box, in the mount namespace that `init` was called in, and what lies in it counts as memory.
 */
import { statSync } from "../kernel/fs.ts";
import { configError, IsolateError } from "../model/errors.ts";
import { means } from "../executor/plan/means.ts";
import { reasonOf } from "../kernel/errno.ts";
import { mountTmpfs, unmount } from "../kernel/mount.ts";
import type { BoxPaths, Owner } from "./box.ts";

/** One inode for so many bytes of quota, so that empty files cannot use up kernel memory. */
const bytesPerInode = 4096;

/** @throws IsolateError of kind Config when a quota is asked for and cannot be had */
export function checkQuota(quotaBytes: number | null, dir: string | null): void {
  if (quotaBytes === null) return;
  if (means().isolation !== "full") throw configError("cannot limit the disk use of a box without root", "run as root, or without --quota");
  if (dir !== null) throw configError("cannot limit the disk use of a directory of yours", "leave out --dir or --quota");
}

/** Mounts the quota's tmpfs on the working directory. @throws IsolateError of kind Io */
export function mountQuota({ work }: BoxPaths, quotaBytes: number, owner: Owner | null): void {
  const inodes = Math.max(16, Math.floor(quotaBytes / bytesPerInode));
  const ids = owner === null ? "" : `,uid=${owner.uid},gid=${owner.gid}`;
  try {
    mountTmpfs(work, `mode=700,size=${quotaBytes},nr_inodes=${inodes}${ids}`);
  } catch (error) {
    throw new IsolateError("Io", `cannot mount a tmpfs on ${work}: ${reasonOf(error)}`, { hint: "run without --quota" });
  }
}

/** Whether something is mounted on the working directory; false when there is none. */
export function isQuotaMounted({ home, work }: Pick<BoxPaths, "home" | "work">): boolean {
  const device = (path: string) => statSync(path, { throwIfNoEntry: false })?.dev;
  const inside = device(work);
  return inside !== undefined && inside !== device(home);
}

/** Takes the quota's tmpfs away, with everything in it. Does nothing when there is none. @throws IsolateError of kind Io */
export function unmountQuota(paths: BoxPaths): void {
  if (!isQuotaMounted(paths)) return;
  try {
    unmount(paths.work);
  } catch (error) {
    throw new IsolateError("Io", `cannot unmount ${paths.work}: ${reasonOf(error)}`);
  }
}
