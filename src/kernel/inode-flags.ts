/** Flags of files and directories that forbid root, too, to change them: chattr(1), and read-only subvolumes of btrfs. */
import { tryCall } from "./ffi.ts";
import { statDescriptor } from "./files.ts";

/** include/uapi/linux/fs.h */
const FS_IOC_GETFLAGS = 0x8008_6601;
const FS_IOC_SETFLAGS = 0x4008_6602;
const FS_APPEND_FL = 0x20;
const FS_IMMUTABLE_FL = 0x10;

/** include/uapi/linux/btrfs.h */
const BTRFS_IOC_SUBVOL_GETFLAGS = 0x8008_9419;
const BTRFS_IOC_SUBVOL_SETFLAGS = 0x4008_941a;
const BTRFS_SUBVOL_RDONLY = 2n;
/** The top of every subvolume has this inode number (BTRFS_FIRST_FREE_OBJECTID), and it can hardly be found elsewhere. */
const subvolumeInode = 256n;

/**
 * Takes away what forbids to change a file or directory, or to remove what is in it, though its owner and mode would allow it.
 * @param fd open for reading, not O_PATH
 * @returns whether there was something, and it is gone
 */
export function makeChangeable(fd: number): boolean {
  const freed = makeSubvolumeWritable(fd);
  return clearFlags(fd) || freed;
}

/**
 * Makes a subvolume of btrfs writable again. Its owner may make it read-only, so a program in a box can; files in it cannot be removed then.
 * @param fd open for reading
 * @returns whether it was the top of a read-only subvolume and is none any more
 */
export function makeSubvolumeWritable(fd: number): boolean {
  if (statDescriptor(fd).inode !== subvolumeInode) return false;
  const flags = new BigUint64Array(1);
  if (tryCall("ioctl", fd, BTRFS_IOC_SUBVOL_GETFLAGS, flags) < 0 || (flags[0]! & BTRFS_SUBVOL_RDONLY) === 0n) return false;
  flags[0]! &= ~BTRFS_SUBVOL_RDONLY;
  return tryCall("ioctl", fd, BTRFS_IOC_SUBVOL_SETFLAGS, flags) >= 0;
}

function clearFlags(fd: number): boolean {
  // The kernel reads and writes an int, whatever the number of the request says.
  const flags = new Int32Array(2);
  if (tryCall("ioctl", fd, FS_IOC_GETFLAGS, flags) < 0 || (flags[0]! & (FS_IMMUTABLE_FL | FS_APPEND_FL)) === 0) return false;
  flags[0]! &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  return tryCall("ioctl", fd, FS_IOC_SETFLAGS, flags) >= 0;
}
