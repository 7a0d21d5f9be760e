/** The launch sequence as docs/security.md tells it: every kind of step in the order of the plan, with the reason for its place. */
import { buildInitPlan, buildPlan } from "../../src/executor/plan/build-plan.ts";
import type { Isolation, LaunchSpec } from "../../src/executor/plan/spec.ts";
import type { Step } from "../../src/model/plan.ts";
import { everySpec } from "../unit/executor/plan/steps.ts";

/** Steps that have one reason; a kind may come twice, with a reason each time. */
interface Kind {
  /** The step's words, or what all its steps fit. */
  readonly steps: string | RegExp;
  /** How steps are named that differ from run to run. */
  readonly shown?: string;
  readonly why: string;
}

/** In the order in which they are performed. */
const kinds: readonly Kind[] = [
  { steps: "die with the supervisor", why: "first: from now on nothing outlives a killed supervisor" },
  { steps: "start a session", why: "no controlling terminal: nothing can be typed into the caller's, and no signal of its job control comes" },
  { steps: "clear the umask", why: "directories and devices get exactly the modes that the plan says" },
  { steps: /^open \/.*\/tasks$/, shown: "open the control groups", why: "while the host's cgroup file systems can still be seen; joined as late as possible" },
  { steps: "unshare namespaces", why: "mount, ipc, uts and network; before anything is mounted" },
  { steps: "make all mounts private", why: "nothing that is mounted from here on is seen by the host, and nothing of the host's comes in" },
  { steps: "mount the new root", why: "a fresh tmpfs that no program has ever seen: no path in it can be a trap" },
  { steps: "create the new root", why: "the program's `/` is a directory below the mount, for the second change of root" },
  {
    steps: /^(create|write|close|bind|restrict|mount|link) (\S+ on )?\/|^bind \S+ on \//, shown: "create, bind, restrict, mount, link",
    why: "what the program sees; each bind is made read-only, nosuid and nodev by mount_setattr, recursively, since a remount would cover the top mount only",
  },
  { steps: "make /dev read-only", why: "after everything below it is made; `/dev/shm` is a mount of its own" },
  { steps: "make the new root read-only", why: "everything that had to be made is made" },
  { steps: "enter the new root", why: "pivot_root takes the working directory for both of its arguments, so no path is looked up" },
  { steps: "pivot to the new root", why: "unlike after a chroot, the host's tree can then be taken away" },
  { steps: "detach the old root", why: "from here no path and no `..` leads to the host's files" },
  { steps: "change the root to the box's", why: "in a chroot the kernel refuses new user namespaces, and with them capabilities against kernel code that expects root" },
  { steps: "enter the box's root", why: "a working directory outside of the root is the classic way out of a chroot" },
  { steps: "open a socket", why: "what the network is set up through" },
  { steps: "bring the loopback interface up", why: "programs that talk to themselves work; needs a capability that is soon gone" },
  { steps: "close the socket", why: "nothing is left open that the program has no use for" },
  { steps: "set the host name", why: "the host's own is not told" },
  { steps: "set the umask", why: "what the program starts with, whatever the caller's is" },
  { steps: /^enter \//, shown: "enter the working directory", why: "inside, so that the caller's `--chdir` leads nowhere else" },
  { steps: "be inside the box", why: "getcwd must begin with `/`: a working directory outside the root reads `(unreachable)` (CVE-2024-21626)" },
  { steps: /^set RLIMIT_/, shown: "set rlimits", why: "after our own work, which they must not hinder; soft and hard alike, so the program cannot raise them" },
  { steps: /^join \/.*\/tasks$/, shown: "join the control groups", why: "as late as possible: what was done until now is not charged to the program" },
  { steps: "unshare the cgroup namespace", why: "after joining: the run's group becomes its root, and paths of the host are not told" },
  { steps: "close descriptors above 2 on execve", why: "on execve and not now: the status channel is still needed" },
  { steps: "close the status channel on execve", why: "instead, with `--inherit-fds`: only what the caller opened stays" },
  { steps: /^drop capability \d+ from the bounding set$/, shown: "drop every capability from the bounding set", why: "needs CAP_SETPCAP, so before the ids; no execve can bring one back" },
  { steps: "drop supplementary groups", why: "needs CAP_SETGID, which the uid takes away" },
  { steps: /^become gid /, shown: "become the box's gid", why: "the same; real, effective and saved" },
  { steps: /^become uid /, shown: "become the box's uid", why: "the last that needs a capability; real, effective and saved" },
  { steps: "clear ambient capabilities", why: "nothing is left to be inherited" },
  { steps: "drop all capabilities", why: "permitted, effective and inheritable, also where the uid did not change" },
  { steps: "die with the supervisor", why: "again: changing the uid cleared it" },
  { steps: "be undumpable", why: "nobody of the same uid may look into the launcher until the program is there" },
  { steps: /^(open std(in|out|err) file|make std(in|out|err) blocking$|put std(in|out|err) in place$)/, shown: "open stream files", why: "`--stdin-file` and its like: with the program's own rights, inside its own root, without waiting at a FIFO" },
  { steps: "set no_new_privs", why: "no setuid program and no file capability gives rights; after stream files, before the filter" },
  {
    steps: /^verify that /, shown: "verify ids, groups, capabilities, dumpable, no_new_privs",
    why: "a call that succeeded is not yet one that did what was meant; before the filter, which may refuse to answer",
  },
  { steps: "install the seccomp filter", why: "needs no_new_privs; comes last so that it never hinders us: what follows is allowed by every policy" },
  { steps: "read the launcher's own usage", why: "what the launcher used is subtracted: what comes after is the program's" },
  { steps: "report it", why: "on the status channel, which the execve closes, and with it the filter's listener: the program has no way to the supervisor" },
  { steps: "set RLIMIT_NOFILE", why: "only here when it is very low: the listener was opened under it" },
  { steps: "read the clock", why: "time zero, taken here and not by a supervisor that waits for a processor" },
  { steps: "report that the program starts", why: "the last act before execve" },
];

const initKinds: readonly Kind[] = [
  { steps: "die with the supervisor", why: "and with init the kernel ends everything in the box" },
  { steps: "see the supervisor alive", why: "it may have died before that took effect" },
  { steps: "hold SIGCHLD back", why: "init sleeps until there is an orphan to reap" },
  { steps: "close all descriptors", why: "nothing to take over, nothing to wait for" },
];

const fits = ({ steps }: Kind, { does }: Step) => (typeof steps === "string" ? steps === does : steps.test(does));

/**
 * The kinds that a plan has, by their place.
 * @throws Error for a step that has no reason, or has one only for another place in the order
 */
function kindsIn(steps: readonly Step[], known: readonly Kind[]): Set<Kind> {
  const seen = new Set<Kind>();
  let at = 0;
  for (const step of steps) {
    const next = known.findIndex((kind, index) => index >= at && fits(kind, step));
    if (next < 0) throw new Error(`no reason is given for the step '${step.does}' in this place: add it to test/helpers/launch-sequence.ts`);
    at = next;
    seen.add(known[at]!);
  }
  return seen;
}

const modes: readonly (readonly [title: string, isolation: Isolation])[] = [["root", "full"], ["user namespace", "userns"], ["neither", "none"]];

/** @throws Error as {@link kindsIn}, and for a reason that no plan has a step for */
export function launchSequence(specs: readonly (readonly [name: string, spec: LaunchSpec])[] = everySpec): string[][] {
  const has = new Map<Isolation, Set<Kind>>(modes.map(([, isolation]) => [isolation, new Set()]));
  for (const [, spec] of specs) {
    // What a run's options and limits add, whatever the mode.
    const variants: readonly LaunchSpec[] = [
      spec, { ...spec, redirections: ["in", "out", "err"] }, { ...spec, inheritDescriptors: true }, { ...spec, limits: { ...spec.limits, openFiles: 3 } },
    ];
    for (const variant of variants) for (const kind of kindsIn(buildPlan(variant).steps, kinds)) has.get(spec.isolation)!.add(kind);
  }
  const rows = kinds.map((kind) => {
    const where = modes.map(([, isolation]) => (has.get(isolation)!.has(kind) ? "yes" : ""));
    if (!where.includes("yes")) throw new Error(`no plan has a step for the reason '${kind.why}'`);
    return [nameOf(kind), ...where, kind.why];
  });
  return [["step", ...modes.map(([title]) => title), "why it is there, and there"], ...rows];
}

/** The same for init. */
export function initSequence(): string[][] {
  const seen = kindsIn(buildInitPlan(9).steps, initKinds);
  const stale = initKinds.find((kind) => !seen.has(kind));
  if (stale !== undefined) throw new Error(`no step of init for the reason '${stale.why}'`);
  return [["step of init", "why"], ...initKinds.map((kind) => [nameOf(kind), kind.why])];
}

function nameOf({ steps, shown }: Kind): string {
  return typeof steps === "string" ? `\`${steps}\`` : shown!;
}
