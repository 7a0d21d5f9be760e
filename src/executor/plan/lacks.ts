/** Words for what a host does not let us have: what it means for the run, and what lifts it. Loaded where something is missing. */
import { describeErrno, errno } from "../../kernel/errno.ts";
import { IsolateError } from "../../model/errors.ts";
import type { Network } from "../../model/network.ts";
import type { RunOptions } from "../../model/request.ts";
import type { Lack, Means } from "./means.ts";
import type { LaunchSpec } from "./spec.ts";

interface Explanation {
  /** What the run does not have, a sentence without its full stop. */
  readonly means: string;
  /** What to do about it, without a full stop. */
  readonly remedy: string;
}

const forContainers = "in a container: --cap-add SYS_ADMIN --security-opt apparmor=unconfined";

/** Why no namespaces can be had. */
function namespaceRemedy({ step, errno: number }: Lack): string {
  if (process.geteuid?.() !== 0 && number === errno.EACCES) return "a security module refuses it: with AppArmor, a profile for mini-isolate allows it (docs/host-setup.md shows one), or run as root";
  if (process.geteuid?.() !== 0) return "run as root, or allow user namespaces (mini-isolate's docs/host-setup.md names the settings)";
  if (step === null) return `root has no CAP_SYS_ADMIN here; ${forContainers}`;
  if (number === errno.EACCES) return `a security module such as AppArmor refuses it; ${forContainers}`;
  if (number === errno.ENOSPC) return "the settings user.max_pid_namespaces, user.max_mnt_namespaces or their like are used up: raise them with sysctl";
  return `${forContainers}; where these are given, a seccomp profile refuses it: --security-opt seccomp=unconfined`;
}

function namespaceMeaning({ ownUid, landlock }: Told): string {
  const user = ownUid ? "it has a user of its own" : "it has the caller's user";
  return landlock === null
    ? `No namespaces here: the program sees the files and processes of the host or container; ${user}`
    : `No namespaces here: Landlock keeps the program to its directory and to the files of the system; ${user}`;
}

/** What the words depend on. */
type Told = Pick<LaunchSpec, "isolation" | "ownUid" | "network" | "landlock">;

/** null: it means nothing for this run. */
function explain(lack: Lack, told: Told): Explanation | null {
  const { isolation, network } = told;
  switch (lack.what) {
    case "namespaces":
      return { means: namespaceMeaning(told), remedy: namespaceRemedy(lack) };
    case "proc":
      return isolation === "none" ? null : {
        means: "No /proc in the box: the kernel mounts a new one only where the whole of /proc can be seen, and this container covers parts of it",
        remedy: "start the container with --security-opt systempaths=unconfined (Docker) or --security-opt unmask=ALL (Podman)",
      };
    case "loopback":
      return isolation === "none" || network !== "loopback"
        ? null
        : { means: "The box has a network of its own, but its loopback interface is down: programs cannot connect to themselves", remedy: "in a container: --cap-add NET_ADMIN" };
    case "host name":
      // Podman's own profile lets everybody make namespaces, and only who has CAP_SYS_ADMIN name them.
      return isolation === "none" ? null : { means: "The program sees the name of the host or container", remedy: "in a container: --cap-add SYS_ADMIN, or a seccomp profile that allows sethostname" };
    case "cgroup namespace":
      return isolation === "none" ? null : { means: "The program sees the path of its control group on the host", remedy: "use a kernel with cgroup namespaces (Linux 4.6), and a container with CAP_SYS_ADMIN" };
    // The host's nodes do as well, a covered root is as far away as one that is gone (who could uncover it has no program), no_new_privs makes
    // the bounding set moot, and no limit depends on the others.
    case "subordinate ids":
    case "user namespace":
    case "pivot_root":
    case "device nodes":
    case "bounding set":
    case "socket memory":
    case "noexec":
      return null;
  }
}

function said({ means, remedy }: Explanation, { step, errno: number }: Lack): string {
  return `${means} (${step === null || number === null ? "" : `cannot ${step}: ${describeErrno(number)}; `}${remedy}).`;
}

/** What was said for a run already: it may have been prepared again since. */
const told = new WeakMap<RunOptions, Set<string>>();

/** Warns of each, once for a run. */
export function reportLacks(lacks: readonly Lack[], spec: Told, options: RunOptions): void {
  const { warn, trace } = options;
  const before = told.get(options) ?? new Set();
  told.set(options, before);
  for (const lack of lacks) {
    const explanation = explain(lack, spec);
    const line = explanation === null ? null : said(explanation, lack);
    if (line !== null) {
      if (!before.has(line)) warn?.(line);
      before.add(line);
    }
    else if (lack.step !== null) trace?.(`done without: cannot ${lack.step}: ${describeErrno(lack.errno!)}`);
  }
}

/** For `strict`. @throws IsolateError of kind Process when something is missing that the run should have */
export function refuseLacks({ isolation, ownUid, ranges, lacks }: Means, network: Network): void {
  for (const lack of lacks) {
    const explanation = explain(lack, { isolation, ownUid, network, landlock: null });
    if (explanation === null) continue;
    const refused = lack.step === null ? "" : `: cannot ${lack.step}: ${describeErrno(lack.errno!)}`;
    throw new IsolateError("Process", `cannot enforce every limit: ${explanation.means.replace(/^./, (first) => first.toLowerCase())}${refused}`, { hint: `${explanation.remedy}, or run without --strict` });
  }
  // A uid of a range is one that other runs of the caller may have at the same time.
  const user = ranges === null ? "programs run under the caller's uid" : "programs run under the caller's uid, or a subordinate uid that no box has alone";
  if (!ownUid) throw new IsolateError("Process", `cannot enforce every limit without root: ${user}`, { hint: "run as root, or without --strict" });
}
