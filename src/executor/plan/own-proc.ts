/** Whether /proc is one that shows this process. Without it nobody can be watched, and a stale one shows processes of somebody else. */
import { readlinkSync } from "../../kernel/fs.ts";
import { exitCodes, IsolateError } from "../../model/errors.ts";

let known = false;

/** Looks once in each process. @throws IsolateError of kind Process with exit code 69 when /proc is missing, or belongs to another pid namespace */
export function requireOwnProc(): void {
  if (known) return;
  const shown = ownName();
  if (shown !== String(process.pid)) {
    const what = shown === null ? "it does not show this process" : `it shows this process as ${shown}, and it is ${process.pid} here`;
    throw new IsolateError("Process", `cannot use /proc: ${what}`, {
      exitCode: exitCodes.unavailable,
      hint: "mount the /proc of this pid namespace: mount -t proc proc /proc (with unshare: --mount-proc)",
    });
  }
  known = true;
}

function ownName(): string | null {
  try {
    return readlinkSync("/proc/self");
  } catch {
    return null;
  }
}
