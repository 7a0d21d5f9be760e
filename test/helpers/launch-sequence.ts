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
  { steps: "die with the supervisor", why: "comes first: from now on, nothing outlives a killed supervisor" },
  { steps: "start a session", why: "no controlling terminal: the program cannot type into the terminal of the caller, and gets no signals of its job control" },
  { steps: "clear the umask", why: "directories and devices get exactly the modes that the plan says" },
  { steps: "set the scheduling", why: "class, nice value and time slice are the usual ones, not the caller's; first of what a caller hands on, as the launcher too shall be neither slower nor quicker for it; where the kernel lets a user have no better rank, the lower one stays" },
  { steps: /^use the processors /, shown: "use the processors", why: "only with `--cpus`: works without the cpuset controller, and without root" },
  { steps: "set the I/O priority", why: "none, so that it follows the nice value" },
  { steps: "set the timer slack", why: "50 microseconds, as every process starts with; after the scheduling, as a real-time class has none" },
  { steps: "set the personality", why: "uname, the layout of memory and old habits of calls are those of the machine; before execve, which decides about the layout" },
  { steps: "allow huge pages", why: "a caller may have forbidden them for itself" },
  {
    steps: /oom_score_adj$|^be the first to end /, shown: "set `/proc/self/oom_score_adj` to 1000",
    why: "the host's /proc is still there, and the box's cannot be written to; everybody may set 1000, whatever the caller has; a host that runs out of memory ends boxes before the supervisor; without namespaces left out where it is set already, as in a box of ours",
  },
  { steps: /coredump_filter$|^reset the core dump filter$/, shown: "reset the core dump filter", why: "only for a caller with another; needs the host's /proc too" },
  { steps: "reset the memory policy", why: "only for a caller with one (numactl): memory comes from where the program runs" },
  { steps: "reset the merging of equal pages", why: "only for a caller with it: merged pages would tell a program what others have in memory" },
  { steps: "reset what broken memory does", why: "only for a caller that has chosen" },
  { steps: "reset the right to memory for I/O", why: "only for a caller with it (PR_SET_IO_FLUSHER)" },
  { steps: /^reset speculation by /, shown: "reset speculation", why: "only for a caller that has switched it for itself and has not locked it: the program would be slower" },
  { steps: "reset the securebits", why: "only for a caller with bits that are not locked; needs CAP_SETPCAP" },
  { steps: /^open \/.*\/tasks$/, shown: "open the control groups", why: "the cgroup file systems of the host are still visible; joined as late as possible" },
  { steps: "give the working directory to the program", why: "only with subordinate ids: the path of the host still leads to it, and the launcher is still root of the user namespace; the supervisor takes it back when the run has ended" },
  { steps: "unshare namespaces", why: "mount, ipc, uts and network; before anything is mounted" },
  { steps: /^(open|bound|close) tcp_[rw]mem$/, shown: "bound the buffers of TCP sockets", why: "only with `--network loopback`, as root, and where /proc/sys can be written: the setting is that of the new network namespace, and the /proc of the host is still visible" },
  { steps: "make all mounts private", why: "from here on, the host does not see new mounts of the box, and the box does not get new mounts of the host" },
  { steps: "mount the new root", why: "a fresh tmpfs that no program has ever seen: no path in it can be a trap" },
  { steps: "create the new root", why: "the `/` of the program is a directory below the mount, for the second change of root" },
  {
    steps: /^(create|write|close|bind|restrict|mount|link) (\S+ on )?\/|^bind \S+ on \//, shown: "create, bind, restrict, mount, link",
    why: "what the program sees; mount_setattr makes each bind nosuid, and read-only and nodev unless its rule allows more; it works recursively, while a remount changes the top mount only",
  },
  { steps: "make /dev read-only", why: "everything below it exists now; `/dev/shm` is a separate mount" },
  {
    steps: /^hide the machine in \//, shown: "hide the machine in /proc",
    why: "what programs need of the machine is mounted on itself by now; everything else of `/proc` but processes is gone from here on (subset=pid), not with the profile `strict`, whose `/proc` has nothing else from the start",
  },
  { steps: "make the new root read-only", why: "from here on nothing more is created in it" },
  { steps: "enter the new root", why: "pivot_root gets the working directory as both arguments, so the kernel looks up no path" },
  { steps: "pivot to the new root", why: "the tree of the host can be detached afterwards, unlike after a chroot" },
  { steps: "detach the old root", why: "from here on, no path and no `..` leads to files of the host" },
  { steps: "cover the old root with the new one", why: "instead of the two steps above where pivot_root is refused (Docker's profile refuses it to everybody): the old root stays, but only who may unmount or change the root could get below the new one" },
  { steps: "change the root to the new one", why: "with the step above: a mount that covers the root does not yet make it ours" },
  { steps: "change the root to the box's", why: "in a chroot the kernel refuses new user namespaces; the program could get capabilities in one, and attack kernel code that expects root" },
  { steps: "enter the box's root", why: "a working directory outside of the root is the classic way out of a chroot" },
  { steps: "open a socket", why: "only with `--network loopback`: needed to set up the network" },
  { steps: "bring the loopback interface up", why: "the program can connect to itself; needs a capability that is dropped soon" },
  { steps: "close the socket", why: "the program does not need it" },
  { steps: "set the host name", why: "the program does not learn the host's name; left out where it is refused (Podman's profile, without CAP_SYS_ADMIN)" },
  { steps: "set the umask", why: "the program always starts with this umask, not with the caller's" },
  { steps: /^enter \//, shown: "enter the working directory", why: "entered inside the box, so `--chdir` cannot lead out of it" },
  { steps: "be inside the box", why: "getcwd must begin with `/`: a working directory outside the root reads `(unreachable)` (CVE-2024-21626)" },
  {
    steps: /^create Landlock rules$|^look \/.* up for Landlock$|^allow (reading|everything in|use of) \/|^let \/.* go$/, shown: "make Landlock rules",
    why: "where the kernel has Landlock (not with `--inherit-fds`, unless there are no namespaces): what the program may do below which directories; before the limits, as each rule needs a descriptor for a moment",
  },
  { steps: "wait until the starter is gone", why: "only where an rlimit counts processes: whoever made the namespaces counts until the supervisor has reaped it, which has long happened by now" },
  { steps: /^set RLIMIT_/, shown: "set rlimits", why: "all that there are, so none is the caller's; soft and hard limit are equal, so the program cannot raise them (RLIMIT_CPU: hard is one second higher); after the work of the launcher, which they must not hinder" },
  { steps: /^join \/.*\/tasks$/, shown: "join the control groups", why: "as late as possible: the work until now is not charged to the program" },
  { steps: "unshare the cgroup namespace", why: "after joining: the group of the run becomes the root of the namespace, and the program does not learn paths of the host" },
  { steps: "close descriptors above 2 on execve", why: "on execve and not now: the status channel is still needed" },
  { steps: "close the status channel on execve", why: "with `--inherit-fds`, instead of the step above: only descriptors of the caller stay open" },
  { steps: /^drop capability \d+ from the bounding set$/, shown: "drop every capability from the bounding set", why: "needs CAP_SETPCAP, so before the ids change; no execve can bring a capability back" },
  { steps: "drop supplementary groups", why: "needs CAP_SETGID, which is lost when the uid changes" },
  { steps: /^become gid /, shown: "become the box's gid", why: "needs CAP_SETGID too; sets the real, effective and saved gid" },
  { steps: /^become uid /, shown: "become the box's uid", why: "the last step that needs a capability; sets the real, effective and saved uid" },
  { steps: "clear ambient capabilities", why: "the program inherits no capability" },
  { steps: "drop all capabilities", why: "permitted, effective and inheritable, also where the uid did not change" },
  { steps: "die with the supervisor", why: "again, because a change of the uid clears it" },
  { steps: "be undumpable", why: "no process of the same uid may look into the launcher before the program starts" },
  { steps: "set no_new_privs", why: "setuid programs and file capabilities give no rights; Landlock and the filter need it" },
  { steps: "keep to the Landlock rules", why: "from here on they hold, for good; before stream files, which so cannot lie outside, also where there are no namespaces" },
  {
    steps: /^(open|unlock) (a|the) terminal$|^set the (modes|size) of the terminal$|^open the program's end of the terminal$|^take the terminal |^put the terminal in place /, shown: "open a terminal of the box",
    why: "only with `--allow tty --passthrough` in a terminal: after the change of uid, so that the terminal is the program's; the session has no controlling terminal yet; before stream files, which win",
  },
  { steps: /^(open std(in|out|err) file|put std(in|out|err) in place( of std(in|out|err))?$)/, shown: "open stream files", why: "for `--stdin-file`, `--stdout-file` and `--stderr-file`: opened with the rights of the program, inside its root, waiting for the other end of a FIFO until the wall time limit, and without following links of `/proc` to what is the launcher's own" },
  {
    steps: /^verify that /, shown: "verify ids, groups, capabilities, dumpable, no_new_privs",
    why: "a call can succeed without having the wanted effect; before the filter, which may refuse these questions",
  },
  { steps: "install the seccomp filter", why: "needs no_new_privs; comes last, so that it does not hinder the launcher; every policy allows the calls that follow" },
  { steps: "read the launcher's own usage", why: "the usage of the launcher is subtracted; everything after this counts as usage of the program" },
  { steps: "report it", why: "sent on the status channel, together with the listener of the filter and the master of the terminal; execve closes both, so the program has no way to the supervisor" },
  { steps: "set RLIMIT_NOFILE", why: "comes here only if the limit is very low: before, the launcher needs more descriptors, such as the listener" },
  { steps: "read the clock", why: "time zero; the launcher takes it, because the supervisor may have to wait for a processor" },
  { steps: "report that the program starts", why: "the last step before execve" },
];

const initKinds: readonly Kind[] = [
  { steps: "die with the supervisor", why: "when init dies, the kernel ends everything in the box" },
  { steps: "see the supervisor alive", why: "check that the supervisor lives: it may have died before the first step" },
  { steps: "hold SIGCHLD back", why: "init sleeps until there is an orphan to reap" },
  { steps: "close all descriptors", why: "init needs none, and nobody has to wait until init closes one" },
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

const modes: readonly (readonly [title: string, isolation: Isolation])[] = [["root", "full"], ["user namespace", "userns"], ["no namespaces", "none"]];

/** @throws Error as {@link kindsIn}, and for a reason that no plan has a step for */
export function launchSequence(specs: readonly (readonly [name: string, spec: LaunchSpec])[] = everySpec): string[][] {
  const has = new Map<Isolation, Set<Kind>>(modes.map(([, isolation]) => [isolation, new Set()]));
  for (const [, spec] of specs) {
    // What a run's options and limits add, whatever the mode.
    const variants: readonly LaunchSpec[] = [
      spec, { ...spec, redirections: ["in", "out", "err"] }, { ...spec, inheritDescriptors: true }, { ...spec, cpus: "0" }, { ...spec, limits: { ...spec.limits, openFiles: 3 } },
    ];
    for (const variant of variants) for (const kind of kindsIn(buildPlan(variant).steps, kinds)) has.get(spec.isolation)!.add(kind);
  }
  const rows = kinds.map((kind) => {
    const where = modes.map(([, isolation]) => (has.get(isolation)!.has(kind) ? "yes" : ""));
    if (!where.includes("yes")) throw new Error(`no plan has a step for the reason '${kind.why}'`);
    return [nameOf(kind), ...where, kind.why];
  });
  return [["step", ...modes.map(([title]) => title), "why, and why at this place"], ...rows];
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
