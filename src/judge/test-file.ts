/** Files of a test, opened so that none of them can hold the judge up. */
import { O, S } from "../kernel/constants.ts";
import { reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, setBlocking, statDescriptor } from "../kernel/files.ts";
import { openSync } from "../kernel/fs.ts";
import { IsolateError } from "../model/errors.ts";

/** A test that cannot be judged, whatever the submission: no other test suffers from it. */
export class TestFileFault extends IsolateError {
  constructor(path: string, cause: unknown) {
    super("Config", `cannot read ${path}: ${reasonOf(cause)}`, { hint: "a test needs a regular file for its input, and one for its answer", cause });
  }
}

/** @throws TestFileFault when it cannot be read, or is no regular file */
export function openTestFile(path: string): number {
  let fd: number | null = null;
  try {
    // Not held up by a FIFO that nobody writes to.
    fd = openSync(path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
    if ((statDescriptor(fd).mode & S.IFMT) !== S.IFREG) throw new Error("it is no regular file");
    setBlocking(fd);
    return fd;
  } catch (error) {
    if (fd !== null) closeDescriptor(fd);
    throw new TestFileFault(path, error);
  }
}

export async function withTestFile<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = openTestFile(path);
  try {
    return await use(fd);
  } finally {
    closeDescriptor(fd);
  }
}
