/** An execve that was refused for a reason that lies outside the box. A host that cannot start a program says nothing about the program. */
import { describeErrno, errno } from "../../kernel/errno.ts";
import { onNoExecMount } from "../plan/no-exec-program.ts";
import type { LaunchSpec } from "../plan/spec.ts";
import type { Launch } from "../../model/observation.ts";

/** No process of the box lives before the program does, so none of these is the program's doing. */
const reasons: Readonly<Record<number, string>> = {
  [errno.ETXTBSY]: "somebody on the host has the file open for writing: let it be closed first",
  [errno.EPERM]: "something on the host forbids it, such as a security module or a virus scanner: allow it there",
  [errno.EIO]: "the device under the file system has failed: the kernel log (dmesg) says more",
  [errno.ESTALE]: "the network file system no longer has the file: mount it again",
  [errno.ENFILE]: "the host has too many files open: raise fs.file-max, or run fewer boxes at once",
  [errno.EMFILE]: "too few files may be open for it: raise the limit (--open-files, ulimit -n)",
  [errno.ENOMEM]: "there is no memory to start it: raise the memory limit, or run fewer boxes at once",
};

/** The launch as it was, or as one that has failed where that is a fault of the host. */
export function explainRefusal(launch: Launch, spec: Parameters<typeof onNoExecMount>[0] & Pick<LaunchSpec, "program">): Launch {
  if (launch.kind !== "not executable") return launch;
  const reason = launch.errno === errno.EACCES ? noExec(spec) : (reasons[launch.errno] ?? null);
  if (reason === null) return launch;
  return { kind: "failed", does: `execute ${spec.program.argv[0]}`, errno: launch.errno, reason: `${describeErrno(launch.errno)}; ${reason}` };
}

function noExec(spec: Parameters<typeof onNoExecMount>[0]): string | null {
  const path = onNoExecMount(spec);
  return path === null ? null : `${path} is on a file system that is mounted noexec on the host: mount it without noexec, or use a copy in another place`;
}
