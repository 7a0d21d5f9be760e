/** Device nodes of the host, which a box gets where none can be made. */
import { statSync } from "../../kernel/fs.ts";
import { describeErrno, errno } from "../../kernel/errno.ts";
import { exitCodes, IsolateError } from "../../model/errors.ts";
import { devices } from "./filesystem.ts";

/** @throws IsolateError of kind Process for one that is not there */
export function requireDevices(): void {
  for (const [name, minor] of Object.entries(devices)) {
    if (statSync(`/dev/${name}`, { throwIfNoEntry: false }) !== undefined) continue;
    const hint = `programs need it: mknod -m 666 /dev/${name} c 1 ${minor}`;
    throw new IsolateError("Process", `cannot open /dev/${name}: ${describeErrno(errno.ENOENT)}`, { exitCode: exitCodes.unavailable, hint });
  }
}
