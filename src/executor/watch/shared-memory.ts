/**
 * Memory that belongs to no process and that a run holds all the same: memory files, by the descriptors of its processes, and what lies in
 * the tmpfs that were made for it. The sizes of mappings leave out what was only written.
 */
import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from "../../kernel/fs.ts";
import { O } from "../../kernel/constants.ts";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { closeDescriptor, statDescriptor } from "../../kernel/files.ts";
import { call, tryCall } from "../../kernel/ffi.ts";
import { isSealed } from "../../kernel/memory-file.ts";
import { asFileSystemUser } from "../../kernel/file-system-user.ts";

/** TMPFS_MAGIC (linux/magic.h) */
const tmpfsType = 0x0102_1994;

/** pidfd_open(2), Linux 6.9: also for a thread that is not the first. */
const PIDFD_THREAD = O.EXCL;

/** `st_blocks` is in units of this (stat(3type)). */
const blockBytes = 512;

/** A copy of the program's input is in memory for us and not for it. @returns what it is known by to {@link memoryFileBytes}; null when it is none */
export function copiedInput(fd: number): string | null {
  if (!isSealed(fd)) return null;
  const { device, inode } = statDescriptor(fd);
  return `${device}:${inode}`;
}

/**
 * What the memory files take that the processes have open; one that several have open counts once.
 * A file of another kind is not asked for its size: the file system that it lies on may not answer.
 * @param except one that does not count
 * @returns `hidden`: one of the processes does not let us look (it is not dumpable), so there may be more
 */
export function memoryFileBytes(pids: readonly number[], except: string | null = null): { readonly bytes: number; readonly hidden: boolean } {
  const sizes = new Map<string, number>();
  let hidden = false;
  for (const pid of pids) {
    const task = livingTask(pid);
    if (task === null) continue;
    const descriptors = descriptorsOf(task);
    if (descriptors === null && noteByCopies(task, sizes)) continue;
    // Asked once more: in the middle of its execve a launcher, which nobody may look into, is the program already; or it has ended just now.
    hidden ||= descriptors === null && hasMemory(task) && descriptorsOf(task) === null;
    const [first] = descriptors ?? [];
    if (first === undefined) continue;
    const look = () => noteMemoryFiles(descriptors!, sizes);
    if (!isHidden(first)) {
      look();
      continue;
    }
    const owner = statSync(task, { throwIfNoEntry: false });
    if (owner === undefined) continue;
    asFileSystemUser(owner.uid, owner.gid, () => {
      hidden ||= isHidden(first) && hasMemory(task);
      look();
    });
  }
  if (except !== null) sizes.delete(except);
  return { bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0), hidden };
}

/** Where /proc tells about a process: by its first thread, or where that has ended by another one. Null: it has ended. */
function livingTask(pid: number): string | null {
  const first = `/proc/${pid}`;
  if (hasMemory(first)) return first;
  try {
    return readdirSync(`${first}/task`).map((id) => `${first}/task/${id}`).find(hasMemory) ?? null;
  } catch {
    return null;
  }
}

/** What is ending has none any more, and nobody but root may look into it (proc(5)). */
function hasMemory(task: string): boolean {
  try {
    return !readFileSync(`${task}/statm`, "latin1").startsWith("0 ");
  } catch {
    return false;
  }
}

/** Root without CAP_SYS_PTRACE, as it is in containers, may list the descriptors of other users' processes, and not follow them (proc(5)). */
function isHidden(path: string): boolean {
  try {
    readlinkSync(path);
    return false;
  } catch (error) {
    return errnoOf(error) === errno.EACCES;
  }
}

function noteMemoryFiles(paths: readonly string[], sizes: Map<string, number>): void {
  for (const path of paths) {
    try {
      const name = readlinkSync(path);
      if (!name.startsWith("/memfd:") || !name.endsWith(" (deleted)")) continue;
      const { dev, ino, blocks } = statSync(path);
      sizes.set(`${dev}:${ino}`, blocks * blockBytes);
    } catch {
      // Closed meanwhile.
    }
  }
}

/**
 * For a program under a subordinate uid of ours: its list of descriptors is closed to us, but we own its user namespace. So we may have the numbers
 * (Linux 5.14) and a copy of each descriptor (pidfd_getfd(2)).
 * @returns false when we may not
 */
function noteByCopies(task: string, sizes: Map<string, number>): boolean {
  let pidfd: number | null = null;
  try {
    const numbers = readdirSync(`${task}/fdinfo`);
    pidfd = call("pidfd_open", task, Number(task.slice(task.lastIndexOf("/") + 1)), task.includes("/task/") ? PIDFD_THREAD : 0);
    for (const number of numbers) {
      const copy = tryCall("pidfd_getfd", pidfd, Number(number), 0);
      if (copy === -errno.EPERM) return false;
      if (copy < 0) continue;
      noteMemoryFiles([`/proc/self/fd/${copy}`], sizes);
      closeDescriptor(copy);
    }
    return true;
  } catch {
    return false;
  } finally {
    if (pidfd !== null) closeDescriptor(pidfd);
  }
}

/** None for one that has ended; null for one that we may not look into. */
function descriptorsOf(task: string): string[] | null {
  const directory = `${task}/fd`;
  try {
    return readdirSync(directory).map((name) => `${directory}/${name}`);
  } catch (error) {
    return errnoOf(error) === errno.EACCES ? null : [];
  }
}

/** What lies in tmpfs. @param pid who sees them at these absolute paths */
export function tmpfsBytes(pid: number, paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + usedBytes(`/proc/${pid}/root${path}`), 0);
}

function usedBytes(path: string): number {
  try {
    const { type, blocks, bfree, bsize } = statfsSync(path);
    return type === tmpfsType ? (blocks - bfree) * bsize : 0;
  } catch {
    return 0;
  }
}
