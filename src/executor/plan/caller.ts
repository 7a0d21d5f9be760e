/**
 * What of the caller would reach the program by way of fork(2) and execve(2): looked at before a plan is made, and set by steps of the plan.
 * What no kernel refuses to anybody is set in every launch. The rest is asked for first: a kernel may not have it, a container may not
 * allow to set it, and a step that fails ends the launch.
 */
import { affinityMask } from "../../kernel/affinity.ts";
import { askPrctl, hasMemoryPolicy, reachableScheduling, ownFileBegins, schedulingBytes } from "../../kernel/attributes.ts";
import { AT_FDCWD, IOPRIO_NONE, IOPRIO_WHO_PROCESS, MPOL_DEFAULT, O, PER_LINUX, PR, PR_SPEC, RLIMIT } from "../../kernel/constants.ts";
import { reachableLimit } from "../../kernel/process.ts";
import type { Step } from "../../model/plan.ts";
import { parseProcessors } from "../../model/processors.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import type { Caller, Isolation, LaunchSpec } from "./spec.ts";

/** The slack of timers that every program of a host starts with (prctl(2), PR_SET_TIMERSLACK). */
const timerSlackNs = 50_000;

/** Steps for what every process has. Early, as the launcher too shall not be slower or quicker for its caller. */
export function attributeSteps({ caller, cpus }: LaunchSpec): Step[] {
  return [
    { does: "set the scheduling", call: "sched_setattr", args: [0, { hex: schedulingBytes(caller.scheduling).toHex() }, 0] },
    ...affinitySteps(cpus),
    { does: "set the I/O priority", call: "ioprio_set", args: [IOPRIO_WHO_PROCESS, 0, IOPRIO_NONE] },
    // After the scheduling, as a real-time class has no slack.
    { does: "set the timer slack", call: "prctl", args: [PR.SET_TIMERSLACK, timerSlackNs, 0, 0, 0] },
    { does: "set the personality", call: "personality", args: [PER_LINUX] },
    { does: "allow huge pages", call: "prctl", args: [PR.SET_THP_DISABLE, 0, 0, 0, 0] },
    ...caller.resets,
  ];
}

/** @param cpus null: those of the caller */
export function affinitySteps(cpus: string | null): Step[] {
  if (cpus === null) return [];
  const mask = affinityMask(parseProcessors(cpus));
  return [{ does: `use the processors ${cpus}`, call: "sched_setaffinity", args: [0, mask.length, { hex: mask.toHex() }] }];
}

/**
 * The highest there is (proc(5)), and the only value that everybody may set: lower ones belong to CAP_SYS_RESOURCE once something
 * privileged has set one. A host that runs out of memory so ends the boxes before anything else, the supervisor included.
 */
const oomScore = "1000";

/** What the kernel writes to a core when nobody chose: private and shared memory without files, ELF headers, private huge pages (core(5)). */
const coreFilter = "00000033";

/** What may be unusual about a caller. */
interface Attribute {
  readonly unusual: (isolation: Isolation) => boolean;
  readonly steps: readonly Step[];
}

function prctlStep(does: string, option: number, ...args: readonly number[]): Step {
  return { does, call: "prctl", args: [option, ...args, 0, 0, 0, 0].slice(0, 5) };
}

/** Where one prctl asks and another sets. */
function byPrctl(does: string, ask: number, usual: number, ...set: readonly [option: number, value: number]): Attribute {
  return {
    unusual: () => {
      const answer = askPrctl(ask);
      return answer >= 0 && answer !== usual;
    },
    steps: [prctlStep(does, ...set)],
  };
}

/** Speculation that the caller has switched for itself; not where it is forced. */
function speculation(name: string, which: number, unusual: number, usual: number): Attribute {
  return {
    unusual: () => {
      const answer = askPrctl(PR.GET_SPECULATION_CTRL, which);
      return answer >= 0 && (answer & ~PR_SPEC.PRCTL) === unusual && (answer & PR_SPEC.PRCTL) !== 0;
    },
    steps: [prctlStep(`reset speculation by ${name}`, PR.SET_SPECULATION_CTRL, which, usual)],
  };
}

function ownFile(name: string, does: string, content: string, unusual: (isolation: Isolation, path: string) => boolean): Attribute {
  const path = `/proc/self/${name}`;
  return {
    unusual: (isolation) => unusual(isolation, path),
    // The host's /proc: nothing is mounted yet.
    steps: [
      { does: `open ${path}`, call: "openat", args: [AT_FDCWD, path, O.WRONLY | O.CLOEXEC, 0], opens: name },
      { does, call: "write", args: [{ fd: name }, { hex: Buffer.from(content).toHex() }, content.length] },
      { does: `close ${path}`, call: "close", args: [{ fd: name }] },
    ],
  };
}

const attributes: readonly Attribute[] = [
  // In a box of ours, where /proc cannot be written to and the score is this already, nobody is more than an ordinary user.
  ownFile("oom_score_adj", "be the first to end when the host runs out of memory", oomScore, (isolation, path) => isolation !== "none" || ownFileBegins(path, `${oomScore}\n`) !== true),
  ownFile("coredump_filter", "reset the core dump filter", `0x${coreFilter}`, (_, path) => ownFileBegins(path, coreFilter) === false),
  { unusual: hasMemoryPolicy, steps: [{ does: "reset the memory policy", call: "set_mempolicy", args: [MPOL_DEFAULT, 0, 0] }] },
  byPrctl("reset the merging of equal pages", PR.GET_MEMORY_MERGE, 0, PR.SET_MEMORY_MERGE, 0),
  byPrctl("reset what broken memory does", PR.MCE_KILL_GET, PR.MCE_KILL_DEFAULT, PR.MCE_KILL, PR.MCE_KILL_CLEAR),
  byPrctl("reset the right to memory for I/O", PR.GET_IO_FLUSHER, 0, PR.SET_IO_FLUSHER, 0),
  speculation("store bypass", 0, PR_SPEC.DISABLE, PR_SPEC.ENABLE),
  speculation("indirect branches", 1, PR_SPEC.DISABLE, PR_SPEC.ENABLE),
  speculation("data in the first cache", 2, PR_SPEC.ENABLE, PR_SPEC.DISABLE),
];

/** Of each two bits of the securebits the second locks the first (capabilities(7)). @returns what is left when all goes that may */
function lockedBits(bits: number): number {
  const locks = bits & 0xaaaa_aaaa;
  return bits & (locks | (locks >>> 1));
}

/** A user namespace begins with none, and an ordinary user cannot change them; without capabilities they mean nothing. */
function securebitsSteps(settable: boolean): Step[] {
  const bits = settable ? askPrctl(PR.GET_SECUREBITS) : 0;
  return bits <= 0 || lockedBits(bits) === bits ? [] : [securebitsStep(lockedBits(bits))];
}

function securebitsStep(bits: number): Step {
  return prctlStep("reset the securebits", PR.SET_SECUREBITS, bits);
}

/** Every step that a caller can make necessary. */
export function everyReset(): Step[] {
  return [...attributes.flatMap(({ steps }) => steps), securebitsStep(0)];
}

/** Processes of one user that other boxes of that user may have, where a control group counts those of each box. */
const processesElsewhere = 1024;
/** Queued signals and timers of a user; each is memory of the kernel. */
const pendingSignals = 1024;
/** As on every host where nobody chose (MQ_BYTES_MAX in include/linux/ipc_namespace.h). */
const messageQueueBytes = 819_200;

/**
 * Limits that a caller's hard limit may lower further, as they were never what a box is asked for. Only the processes
 * of the box itself must fit: where they do not, their number stands, and the kernel refuses it.
 */
function limitsUnder({ processes }: RunLimits): Caller["limits"] {
  const number = (resource: number, wanted: number) => {
    const limit = reachableLimit(resource, wanted);
    return limit === Infinity ? null : limit;
  };
  const room = number(RLIMIT.NPROC, (processes ?? Infinity) + processesElsewhere);
  return {
    [RLIMIT.CORE]: number(RLIMIT.CORE, 1),
    [RLIMIT.RSS]: number(RLIMIT.RSS, Infinity),
    [RLIMIT.NPROC]: room === null || processes === null || room > processes ? room : processes,
    [RLIMIT.LOCKS]: number(RLIMIT.LOCKS, Infinity),
    [RLIMIT.SIGPENDING]: number(RLIMIT.SIGPENDING, pendingSignals),
    [RLIMIT.MSGQUEUE]: number(RLIMIT.MSGQUEUE, messageQueueBytes),
  };
}

/** Looks at this process, which the launcher is a child of. */
export function lookAtCaller({ isolation, ownUid, without }: Pick<LaunchSpec, "isolation" | "ownUid" | "without">, limits: RunLimits): Caller {
  const resets: Step[] = [];
  for (const { unusual, steps } of attributes) if (unusual(isolation)) resets.push(...steps);
  return { scheduling: reachableScheduling(), resets: [...resets, ...securebitsSteps(ownUid && !without.includes("bounding set"))], limits: limitsUnder(limits) };
}
