/** What runs need of the kernel itself. */
import { describeErrno, errno } from "../kernel/errno.ts";
import type { KernelFeature } from "../kernel/features.ts";
import { type Check, type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";

type Words = Pick<Check, "title" | "means" | "mend">;

/** A check that only asks the kernel; `how` names the call. */
function ask(id: string, feature: KernelFeature, worst: "warn" | "fail", how: string, words: Words, judge = plainly): Check {
  return { id: `kernel.${id}`, worst, how, ...words, look: (host) => judge(host.feature(feature), worst === "fail" ? fail : warn) };
}

function plainly(answer: number, otherwise: typeof fail): Finding {
  if (answer >= 0) return pass("there");
  if (answer === -errno.ENOSYS) return otherwise("not in this kernel, or hidden by the container");
  return otherwise(`refused: ${describeErrno(-answer)}`);
}

/** EPERM says that the call is there, and that this caller may not mount. */
function mayBeForbidden(answer: number, otherwise: typeof fail): Finding {
  return answer === -errno.EPERM ? skipped("this caller may not mount, so the kernel does not say") : plainly(answer, otherwise);
}

function landlock(answer: number): Finding {
  if (answer > 0) return pass(`there, version ${answer} of its interface`);
  if (answer === -errno.EOPNOTSUPP) return warn("in the kernel, and switched off", { mend: "add landlock to lsm= on the kernel's command line, and restart" });
  return plainly(answer, warn);
}

/** Only version 2 of control groups has a use for it. */
function birth(host: Host): Finding {
  const found = plainly(host.feature("cloneIntoCgroup"), warn);
  return found.state === "warn" && host.text("/sys/fs/cgroup/cgroup.controllers") === null ? skipped(`${found.found}; of no use with control groups of version 1`) : found;
}

async function memoryFiles(host: Host): Promise<Finding> {
  const outcome = await host.launch([]);
  if (outcome.kind === "done") return pass("a launcher was executed");
  const setting = host.text("/proc/sys/vm/memfd_noexec");
  const why = `${outcome.kind === "lost" ? outcome.reason : describeErrno(outcome.errno)}${setting === "2" ? "; vm.memfd_noexec is 2" : ""}`;
  // A run has another place for its launcher, and later launches use it as well.
  const trial = await host.trial();
  if (trial.kind === "ran" && (await host.launch([])).kind === "done") return pass(`${why}; a file without a name in the state directory was executed instead`);
  if (setting === "2") return fail(why);
  return fail(why, { mend: "allow this binary to execute memory files in the AppArmor or SELinux policy that confines it" });
}

const newer = "use a newer kernel; in a container, allow the call in the engine's seccomp profile";

export const kernelFeatures: CheckGroup = {
  name: "kernel",
  title: "Kernel",
  checks: [
    ask("seccomp", "seccompFilter", "fail", "seccomp(2) with a filter at no address, then SECCOMP_GET_ACTION_AVAIL", {
      title: "filters for system calls",
      means: "Without them no program is started. (Linux 4.14)",
      mend: "use a kernel with CONFIG_SECCOMP_FILTER",
    }),
    ask("seccomp-listener", "seccompListener", "warn", "seccomp(2) with a listener and a filter at no address", {
      title: "filters that report",
      means: "A forbidden system call still ends the program, but the result does not name the call. (Linux 5.0)",
      mend: newer,
    }),
    ask("pidfd", "pidfd", "fail", "pidfd_open(2) of ourselves", {
      title: "descriptors of processes",
      means: "Without them no program is started. (Linux 5.3)",
      mend: newer,
    }),
    {
      id: "kernel.clone-into-cgroup", worst: "warn", how: "clone3(2) with a control group that is not open", title: "birth in a control group",
      means: "With version 2 of control groups each run then waits 10 ms or more to enter its group. (Linux 5.7)",
      mend: newer, look: birth,
    },
    ask("openat2", "openat2", "fail", "openat2(2) of /", {
      title: "opening without following links",
      means: "Without it no file that a program made can be handled safely, and boxes do not work. (Linux 5.6)",
      mend: newer,
    }),
    ask("close-range", "closeRange", "fail", "close_range(2) of a descriptor that is not open", {
      title: "closing descriptors in one call",
      means: "Without it no program is started. (Linux 5.11)",
      mend: newer,
    }),
    ask("mount-setattr", "mountSetattr", "fail", "mount_setattr(2) with nothing to set", {
      title: "changing mounts recursively",
      means: "Without it programs have no root of their own. (Linux 5.12)",
      mend: newer,
    }, mayBeForbidden),
    {
      id: "kernel.memory-files", worst: "fail", how: "a launcher of one step, executed from a sealed memory file as in every run", title: "executing memory files",
      means: "The launcher is executed from a memory file, or from a file without a name. Without either no program is started.",
      mend: "sysctl -w vm.memfd_noexec=1", look: memoryFiles,
    },
    {
      id: "kernel.landlock", worst: "warn", how: "landlock_create_ruleset(2) asked for its version", title: "Landlock",
      means: "Where no namespaces can be had, nothing else keeps a program from the caller's files. (Linux 5.13)",
      mend: "use a kernel with CONFIG_SECURITY_LANDLOCK", look: (host) => landlock(host.feature("landlock")),
    },
  ],
};
