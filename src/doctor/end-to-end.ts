/** What really came of small programs, and by what each of their limits was enforced. */
import type { Enforcement, ExecutionResult } from "../model/result.ts";
import { type Check, type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";
import type { TrialProgram } from "./trial.ts";

function outcome({ status, error_message: message }: ExecutionResult): string {
  return message === null ? status : `${status}: ${message}`;
}

async function plain(host: Host): Promise<Finding> {
  const trial = await host.trial();
  if (trial.kind === "failed") return fail(trial.reason);
  const result = trial.results.plain;
  return result.status === "Success" ? pass("Success") : fail(outcome(result));
}

/** Judges a program that ran; where none did, the first check says why. */
async function judged(host: Host, name: TrialProgram, judge: (result: ExecutionResult) => Finding): Promise<Finding> {
  const trial = await host.trial();
  if (trial.kind === "failed") return skipped("no program could be run: see run.start");
  const { plain: first, [name]: result } = trial.results;
  return first.status === "Success" || result.status !== first.status ? judge(result) : skipped("no program could be run: see run.start");
}

function hog(result: ExecutionResult): Finding {
  if (result.status === "MemoryLimit") return pass("a program that took 24 MB with a limit of 8 MB was stopped: MemoryLimit");
  return fail(`a program that took 24 MB with a limit of 8 MB came back as ${outcome(result)}`);
}

function fork(result: ExecutionResult): Finding {
  if (result.status === "ProcessLimit") return pass("a process beyond the limit was refused: ProcessLimit");
  // Its own end says that the call failed.
  if (result.exit_code === 127) return warn(`a process beyond the limit was refused, but the status is ${result.status}`, { means: "A program that starts too many processes is held back, but its result does not say so." });
  return fail(`a process beyond the limit was let through: ${outcome(result)}`);
}

function forbidden(result: ExecutionResult): Finding {
  if (result.status !== "SecurityViolation") return fail(`a forbidden system call came back as ${outcome(result)}`);
  return result.forbidden_syscall === null ? warn("a forbidden system call was stopped, but not named") : pass(`a forbidden system call was stopped, and named: ${result.forbidden_syscall}`);
}

const byGroups = "give mini-isolate control groups: see cgroup.place";
const byNamespaces = "give mini-isolate namespaces: see the group namespaces";

/** The clock is always ours; processors and limits above have checks of their own. */
type Field = Exclude<keyof Enforcement, "wall_time" | "outer_limits" | "cpus" | "cpu_rate" | "allowed" | "user">;

/** For each field what is full strength, what is weaker, and what a weak one means; all else is not enforced. */
interface Strength {
  readonly title: string;
  /** What mends a weak one. */
  readonly mend: string;
  readonly full: RegExp;
  readonly weaker: RegExp | null;
  readonly means: string;
  /** In place of it for a weaker one. */
  readonly weakerMeans?: string;
}

const strengths: Readonly<Record<Field, Strength>> = {
  memory: { title: "memory", full: /^cgroup-v[12]$/, weaker: /^cgroup-v2, peak sampled$/, mend: byGroups, means: "A program can have more memory than its limit between two looks." },
  cpu_time: { title: "CPU time", full: /^cgroup-v[12]$/, weaker: /^sampling$/, mend: byGroups, means: "A program can use a little more CPU time than its limit before it is stopped. The verdict is right all the same." },
  processes: { title: "processes", full: /^cgroup-v[12]$/, weaker: /^rlimit$/, mend: byGroups, means: "Processes are bounded by a limit of the user: the status ProcessLimit does not come, and without namespaces other boxes of the user count as well." },
  network: { title: "network", full: /^namespace$/, weaker: /^(namespace|seccomp|landlock)/, mend: byNamespaces, means: "A program reaches the network of the host.", weakerMeans: "A program can have local sockets only, and reaches local services of the host by them." },
  filesystem: { title: "file system", full: /^(pivot_root|chroot)$/, weaker: /^(pivot_root|chroot|landlock)/, mend: byNamespaces, means: "A program sees the files of the host.", weakerMeans: "A program has a file system that is not all its own, or no /proc." },
  syscalls: { title: "system calls", full: /^seccomp$/, weaker: null, mend: "mend what the group kernel found", means: "A program can make every system call." },
};

function enforced(field: Field, { enforced: by }: ExecutionResult): Finding {
  const value = by[field];
  const { full, weaker, weakerMeans } = strengths[field];
  if (full.test(value)) return pass(value);
  if (weaker?.test(value)) return warn(value, weakerMeans === undefined ? {} : { means: weakerMeans });
  return fail(value === "none" ? "not enforced" : value);
}

function user(host: Host, { enforced: { user: uid, filesystem } }: ExecutionResult): Finding {
  if (uid !== host.callerUid && uid !== 0) return pass(`uid ${uid}`);
  if (uid === 0) return fail("the program ran as root");
  return filesystem === "none" ? fail(`the program ran as the caller (uid ${uid}), and sees the caller's files`) : warn(`the program ran as the caller (uid ${uid})`);
}

const mend = "mend what the checks above found; docs/host-setup.md has what each mode needs";
const how = "a program of a few instructions is run in a temporary box";

function fieldCheck(field: Field): Check {
  const { title, means, mend: mends, weaker } = strengths[field];
  return {
    id: `run.${field.replace("_", "-")}`, title: `enforced: ${title}`, worst: "fail", how: `\`enforced.${field}\` of its result${weaker === null ? "" : ", which may be weaker"}`,
    means, mend: mends, look: (host) => judged(host, "plain", (result) => enforced(field, result)),
  };
}

export const endToEnd: CheckGroup = {
  name: "run",
  title: "A run from end to end",
  checks: [
    { id: "run.start", title: "a program runs", worst: "fail", how, means: "No program can be run here.", mend, look: plain },
    ...(Object.keys(strengths) as Field[]).map(fieldCheck),
    {
      id: "run.user", title: "user of the program", worst: "fail", how: "`enforced.user` of its result", means: "What the kernel counts or allows by user is the same for the program and the caller.",
      mend: "give the user a range in /etc/subuid and /etc/subgid and install newuidmap (Debian: uidmap), or run as root", look: (host) => judged(host, "plain", (result) => user(host, result)),
    },
    {
      id: "run.memory-limit", title: "the memory limit holds", worst: "fail", how: "a program fills a memory file with three times its limit", look: (host) => judged(host, "hog", hog),
      means: "A program gets more memory than its limit, and its result does not say so.", mend: byGroups,
    },
    {
      id: "run.process-limit", title: "the process limit holds", worst: "fail", how: "a program that may have one process makes a second one", look: (host) => judged(host, "fork", fork),
      means: "A program can make more processes than it may have.", mend: byGroups,
    },
    {
      id: "run.forbidden-call", title: "forbidden calls are named", worst: "fail", how: "a program calls unshare(2) with nothing to do", look: (host) => judged(host, "forbidden", forbidden),
      means: "A forbidden system call ends the program, but the result does not name it; where it does not end it, the filter is not there.",
      mend: "start mini-isolate without another filter that has a listener: docker run --security-opt seccomp=unconfined",
    },
  ],
};
