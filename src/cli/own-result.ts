/** Whether a file is one that `--result` may replace. */
import { readSync } from "../kernel/fs.ts";
import { O } from "../kernel/constants.ts";
import { closeDescriptor, openAt } from "../kernel/files.ts";

/** The fields that every result and every error of ours begins with, in their order. */
const beginning = /^\{"status":"[A-Za-z]{1,40}","success":(?:true|false),"limit":/;
const headBytes = 128;

/**
 * An empty file (mktemp(1) makes one) or a result document of ours: anything else may be somebody's work.
 * @param directory what `name` is in
 * @throws SyscallError when it cannot be read
 */
export function isOwnResult(directory: number, name: string): boolean {
  const fd = openAt(directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY);
  try {
    const head = new Uint8Array(headBytes);
    const length = readSync(fd, head, 0, head.length, 0);
    return length === 0 || beginning.test(Buffer.from(head.subarray(0, length)).toString("latin1"));
  } finally {
    closeDescriptor(fd);
  }
}
