/** The words of the C library for error numbers, which callers of `isolate` compare; those of the runtime differ. */
import { errno } from "../kernel/errno.ts";

const words = new Map<number, string>([
  [errno.EPERM, "Operation not permitted"], [errno.ENOENT, "No such file or directory"], [errno.EIO, "Input/output error"],
  [errno.ENXIO, "No such device or address"], [errno.E2BIG, "Argument list too long"], [errno.ENOEXEC, "Exec format error"],
  [errno.EBADF, "Bad file descriptor"], [errno.EAGAIN, "Resource temporarily unavailable"], [errno.ENOMEM, "Cannot allocate memory"],
  [errno.EACCES, "Permission denied"], [errno.EBUSY, "Device or resource busy"], [errno.EEXIST, "File exists"],
  [errno.EXDEV, "Invalid cross-device link"], [errno.ENODEV, "No such device"], [errno.ENOTDIR, "Not a directory"],
  [errno.EISDIR, "Is a directory"], [errno.EINVAL, "Invalid argument"], [errno.ENFILE, "Too many open files in system"],
  [errno.EMFILE, "Too many open files"], [errno.ENOTTY, "Inappropriate ioctl for device"], [errno.ETXTBSY, "Text file busy"],
  [errno.EFBIG, "File too large"], [errno.ENOSPC, "No space left on device"], [errno.EROFS, "Read-only file system"],
  [errno.EMLINK, "Too many links"], [errno.EPIPE, "Broken pipe"], [errno.ENAMETOOLONG, "File name too long"],
  [errno.ENOSYS, "Function not implemented"], [errno.ELOOP, "Too many levels of symbolic links"], [errno.EDQUOT, "Disk quota exceeded"],
  [errno.ESRCH, "No such process"], [errno.EOPNOTSUPP, "Operation not supported"], [errno.ESTALE, "Stale file handle"],
  [80, "Accessing a corrupted shared library"],
]);

export function errorWords(number: number): string {
  return words.get(number) ?? `Unknown error ${number}`;
}
