/**
 * Files of ours that are executed by their descriptor: sealed memory files, which nobody can change or find. A host may refuse to execute
 * these (vm.memfd_noexec=2, an AppArmor profile that knows only files with a path), or have none. Then they are files without a name
 * in a directory that is ours alone.
 */
import { AT_FDCWD, O } from "./constants.ts";
import { errno, errnoOf } from "./errno.ts";
import { tryCall } from "./ffi.ts";
import { closeDescriptor, openAt, tryUnlinkAt, writeFully } from "./files.ts";
import { sealedMemoryFile } from "./memory-file.ts";

let place: string | null = null;
let refused = false;

/** A directory of ours that nobody else can enter, for when memory files are refused. */
export function keepExecutablesIn(directory: string): void {
  place = directory;
}

/** To be told when a memory file could be made and not executed. @returns false when that was known */
export function refuseMemoryFiles(): boolean {
  const isNews = !refused && place !== null;
  refused ||= isNews;
  return isNews;
}

/** As memfd_create(2) says that it may not make an executable one, or cannot make any. */
const refusals: readonly (number | null)[] = [errno.EACCES, errno.EPERM, errno.ENOSYS];

/** @returns a descriptor for reading, close-on-exec, that can be executed through /proc/self/fd @throws SyscallError */
export function executableFile(name: string, bytes: Uint8Array): number {
  if (!refused) {
    try {
      return sealedMemoryFile(name, bytes, true);
    } catch (error) {
      if (place === null || !refusals.includes(errnoOf(error))) throw error;
      refused = true;
    }
  }
  return fileWithoutName(place!, name, bytes);
}

function fileWithoutName(directory: string, name: string, bytes: Uint8Array): number {
  const mode = 0o500;
  let named: string | null = null;
  let fd = tryCall("openat", AT_FDCWD, directory, O.TMPFILE | O.RDWR | O.EXCL | O.CLOEXEC, mode);
  if (fd < 0) {
    // A file system that has no files without a name: then it has one as long as it is written.
    named = `${directory}/.${name}-${process.pid}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`;
    fd = openAt(AT_FDCWD, named, O.RDWR | O.CREAT | O.EXCL | O.NOFOLLOW, mode);
  }
  try {
    writeFully(fd, bytes);
    // What is open for writing cannot be executed (ETXTBSY).
    return openAt(AT_FDCWD, `/proc/self/fd/${fd}`, O.RDONLY);
  } finally {
    closeDescriptor(fd);
    if (named !== null) tryUnlinkAt(AT_FDCWD, named, 0);
  }
}
