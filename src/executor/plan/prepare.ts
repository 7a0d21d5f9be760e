/** From configuration and options to a launch specification: everything that is decided before anything is touched. */
import type { IsolateConfig } from "../../config/config.ts";
import { ownProcessors } from "../../kernel/affinity.ts";
import { stepsLeftOut } from "../../config/load.ts";
import { configError } from "../../model/errors.ts";
import { buildEnvironment, searchPath } from "../../model/environment.ts";
import { defaultMounts, mergeMounts, parseMountRule, type MountRule } from "../../model/mounts.ts";
import { widerNetwork, type Network } from "../../model/network.ts";
import { allPermissions, hasNoTerminals, tracesOthers, type Permission } from "../../model/permissions.ts";
import { anyCore, formatProcessors, parseProcessors } from "../../model/processors.ts";
import type { CallerTerminal, OwnTerminal, RunOptions } from "../../model/request.ts";
import type { SeccompProfile } from "../../model/seccomp.ts";
import { lookAtCaller } from "./caller.ts";
import { filterFor, profileOf } from "./filter.ts";
import { effectiveLimits } from "./limits.ts";
import { onlyLine, secondLine } from "./landlock.ts";
import { refuseNoExec } from "./no-exec.ts";
import { requireOwnProc } from "./own-proc.ts";
import { means, type Lack } from "./means.ts";
import type { LimitKeys, RunLimits } from "../../model/run-limits.ts";
import type { Holding } from "../../model/observation.ts";
import { requireDevices } from "./devices.ts";
import { filterStep } from "./process.ts";
import { redirectionsOf } from "./redirections.ts";
import { chrootRules, lastCapability, programCandidates, refuseStrayPlaces, resolveMounts, socketMemoryCanBeSet } from "./resolve.ts";
import type { Isolation, LaunchSpec, ResolvedMount, Terminal } from "./spec.ts";
import type { SubordinateRanges, SubordinateUser } from "./subordinate.ts";

/** A core that was taken for a run. */
export interface Core {
  /** The processor that the program is pinned to. */
  readonly cpus: string;
  /** Whether another box was on it at some time: there are fewer cores than boxes. */
  isShared(): boolean;
}

/** Where the host has a program that a box does not find. */
export type HostProgram =
  /** Nowhere, or (`elsewhere`) in a place that the box sees. */
  | { readonly kind: "missing"; readonly elsewhere: string | null }
  /** Where the box does not look; the mount rule shows it there at this path. */
  | { readonly kind: "outside"; readonly hostPath: string; readonly mount: string };

/** What the executor does not know and a caller may be told. */
export interface Counsel {
  /** Looks on the host for a program that a box with these mounts does not find. */
  readonly findOnHost: (program: string, mounts: readonly ResolvedMount[]) => HostProgram;
  /** The language that a file is in by its name; null: none, or not known. */
  readonly languageOf: (fileName: string) => { readonly name: string; readonly compiled: boolean } | null;
}

/** Where the program runs. */
export interface Box {
  readonly config: IsolateConfig;
  /** `<state>/<id>`, ours alone. */
  readonly home: string;
  /** Empty directory of ours that the new root is mounted on. */
  readonly root: string;
  /** Becomes /box. */
  readonly workdir: string;
  readonly uid: number;
  readonly gid: number;
  /** We chose the uid, so nobody else on the host has it while the box is used. */
  readonly aloneUnderUid?: boolean;
  /** Made for one run, whose flags set its limits. */
  readonly temporary?: boolean;
  /** Knows what to do about a program that the box does not have. */
  readonly counsel?: Counsel;
  /** The core that is this run's, for `--cpus auto`. */
  readonly core?: Core;
  /** Name for the control group of a run, unique on the host at this time. */
  readonly groupName: string;
  /**
   * Called after each run, when no process of the box lives: removes what must not stay there and says what the directory
   * holds. @param workdir that of this box or of its compile step
   */
  readonly settle: (workdir: string, options: RunOptions) => Holding;
  /** Told which directories outside the box are about to be made. */
  readonly announce: (directories: readonly string[]) => void;
}

/** What a language pack adds to a run. */
export interface PackSettings {
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly mounts: readonly MountRule[];
  /** What the step has at least. */
  readonly network: Network;
  /** What the step may do on top. */
  readonly allow: readonly Permission[];
  /** Limits that replace the instance's, as for a compile step. */
  readonly limits: Partial<RunLimits>;
  /** Which of the limits only the pack can raise. */
  readonly limitKeys?: LimitKeys;
  /** Processes and threads that the language's runtime needs. */
  readonly minimumProcesses: number;
  /** The profile that the pack names for this step; null: it names none. */
  readonly seccomp: SeccompProfile | null;
  /** The step is the compiler's and not the program's. */
  readonly compiles: boolean;
}

export const noPack: PackSettings = { environment: [], mounts: [], network: "none", allow: [], limits: {}, minimumProcesses: 1, seccomp: null, compiles: false };

/** A run that is decided but not begun. */
export interface PreparedRun {
  readonly isolation: Isolation;
  /** What was known to be missing when it was prepared. */
  readonly lacks: readonly Lack[];
  readonly limits: RunLimits;
  /** Which of them only the language pack can raise. */
  readonly limitKeys?: LimitKeys;
  /** All but what only the control group of the run decides. */
  readonly spec: Omit<LaunchSpec, "cgroupJoins" | "rlimitProcesses" | "rlimitData">;
}

/** Everything up to the first side effect. @throws IsolateError of kind Config */
export function prepareRun(box: Box, command: readonly string[], options: RunOptions, pack: PackSettings = noPack): PreparedRun {
  requireOwnProc();
  const { config } = box;
  const { isolation, ownUid, lacks, ranges } = means();
  const without = lacks.map(({ what }) => what);
  const program = command[0];
  if (program === undefined || program === "") throw configError("cannot run an empty command", "give a program and its arguments");
  const base = effectiveLimits(config, options.overrides);
  const { cpuRate = null, dataBytes = null, addressSpaceBytes = null, processCpuSeconds } = options.bounds ?? {};
  const merged = { ...base, ...pack.limits, ...(cpuRate === null ? {} : { cpuRate }) };
  const limits = { ...merged, processes: merged.processes === null ? null : Math.max(merged.processes, pack.minimumProcesses) };
  const network = networkOf(config, options, pack);
  if ((options.strict || config.strict) && (isolation !== "full" || lacks.length > 0)) refuseLacks(network);
  const allowed = allPermissions(config.allow, pack.allow, options.allow ?? []);
  const choice = { network, allowed, run: options.seccomp, pack: pack.seccomp, compiles: pack.compiles };
  const inside = isolation === "none" ? box.workdir : "/box";
  const baseRules = config.chroot_dir === null || isolation === "none" ? defaultMounts : chrootRules(config.chroot_dir, defaultMounts);
  const given = [...pack.mounts, ...config.mounts.map(parseMountRule), ...options.mounts.map(parseMountRule), ...(options.mountRules ?? [])];
  const ofNetwork = network === "host" ? hostNetwork() : null;
  const rules = mergeMounts(baseRules, ofNetwork?.hostNetworkRules(isolation === "none" ? null : config.chroot_dir, given) ?? [], given);
  const resolved = resolveMounts(rules, box.home);
  const mounts = isolation === "none" ? [] : resolved;
  const subordinate = isolation === "userns" && ranges !== null && !without.includes("subordinate ids") ? subordinateUser(ranges, mounts) : null;
  const landlock = isolation === "none" ? onlyLine(box.workdir, resolved, network) : options.inheritDescriptors.length > 0 ? null : secondLine(network);
  const callers = options.passthrough && allowed.includes("tty") ? (options.terminal ?? null) : null;
  const own = allowed.includes("tty") ? (options.ownTerminal ?? null) : null;
  const terminal = terminalOf(callers, own);
  const kind: readonly (readonly [string, string])[] = callers === null || options.fullEnvironment !== null ? [] : [["TERM", callers.name]];
  // Where /tmp is closed; in a box with a root of its own it is there and empty.
  const scratch: readonly (readonly [string, string])[] = isolation === "none" && landlock !== null ? [["TMPDIR", inside]] : [];
  const environment = buildEnvironment(options.fullEnvironment, inside, kind, scratch, inScratch(pack.environment, scratch), config.environment as [string, string][], options.environment);
  refuseStrayPlaces(mounts, box.workdir);
  // Landlock lets a program trace only what is confined as it is.
  if (allowed.includes("ptrace") && isolation === "none" && landlock === null) throw tracesOthers();
  if (allowed.includes("tty") && isolation === "none") throw hasNoTerminals();
  if (isolation !== "full" || without.includes("noexec")) refuseNoExec(program, inside, box.workdir);
  if (without.includes("device nodes") && mounts.some(({ kind }) => kind === "devices")) requireDevices();
  const leftOut = stepsLeftOut();
  const chdir = options.chdir === null ? inside : options.chdir.startsWith("/") ? options.chdir : `${inside}/${options.chdir}`;
  return {
    isolation,
    lacks,
    limits,
    limitKeys: pack.limitKeys ?? {},
    spec: {
      isolation,
      ownUid,
      subordinate,
      without,
      rootMountPoint: box.root,
      workdir: box.workdir,
      // In a user namespace with one id the program is its root, and nobody else is there.
      ...(isolation === "userns" ? (subordinate?.inside ?? { uid: 0, gid: 0 }) : { uid: box.uid, gid: box.gid }),
      limits,
      mounts,
      cpus: chosenProcessors(options.cpus ?? config.cpus),
      network,
      hosts: ofNetwork?.hostsText() ?? null,
      boundsSocketMemory: network === "loopback" && isolation === "full" && !without.includes("socket memory") && socketMemoryCanBeSet(),
      inheritDescriptors: options.inheritDescriptors.length > 0,
      ...handedAbove(options),
      chdir,
      redirections: redirectionsOf(options, chdir),
      lastCapability: lastCapability(),
      allowed,
      terminal,
      // What was mounted for this run only is mounted for no other.
      ...((options.mountRules ?? []).length > 0 ? { isUnlikeOthers: true } : {}),
      ...(dataBytes === null ? {} : { dataBytes }),
      ...(addressSpaceBytes === null ? {} : { addressSpaceBytes }),
      ...(processCpuSeconds === undefined ? {} : { processCpuSeconds: Math.ceil(processCpuSeconds) }),
      filter: filterFor(config, choice),
      processesOnly: profileOf(config, choice) === "strict",
      program: { candidates: programCandidates(program, searchPath(environment)), argv: [...command], environment },
      landlock,
      caller: lookAtCaller({ isolation, ownUid, without }, limits),
      listener: !leftOut.some((text) => filterStep.startsWith(text)),
      waitingWrites: !options.passthrough,
      leftOut,
    },
  };
}

/**
 * @returns null where nobody chose, and for a core that is taken when the run begins
 * @throws IsolateError of kind Config for processors that this process may not use: the kernel would leave them out without a word
 */
function chosenProcessors(cpus: string | null): string | null {
  if (cpus === null || cpus === anyCore) return null;
  const own = ownProcessors();
  const missing = parseProcessors(cpus).filter((number) => !own.includes(number));
  if (missing.length === 0 || own.length === 0) return cpus;
  throw configError(`cannot use processor ${formatProcessors(missing)}: this process may use ${formatProcessors(own)}`, "taskset -p and the cpuset of the control group say which processors those are");
}

function handedAbove({ handed = [] }: RunOptions): Pick<LaunchSpec, "handed"> {
  const numbers = handed.map(({ as }) => as).filter((number) => number > 2);
  return numbers.length === 0 ? {} : { handed: numbers.toSorted((one, other) => one - other) };
}

/** Loaded only where somebody has one. */
function terminalOf(callers: CallerTerminal | null, own: OwnTerminal | null): Terminal | null {
  if (callers === null && own === null) return null;
  const { terminalFor, terminalLike } = require("./terminal.ts") as typeof import("./terminal.ts");
  return callers === null ? terminalFor(own!) : terminalLike(callers);
}

function hostNetwork(): typeof import("./host-network.ts") {
  return require("./host-network.ts") as typeof import("./host-network.ts");
}

/** Loaded for ordinary users only. null: the program needs the caller's own rights. */
function subordinateUser(ranges: SubordinateRanges, mounts: readonly ResolvedMount[]): SubordinateUser | null {
  const { chooseUser, needsCaller } = require("./subordinate.ts") as typeof import("./subordinate.ts");
  return needsCaller(mounts) ? null : chooseUser(ranges);
}

/** Only a host that lacks something needs the words for it. @throws IsolateError that says what is missing */
function refuseLacks(network: Network): void {
  (require("./lacks.ts") as typeof import("./lacks.ts")).refuseLacks(means(), network);
}

/** Where /tmp is closed, what a pack puts there (caches of compilers) goes where there is room. */
function inScratch(environment: PackSettings["environment"], scratch: PackSettings["environment"]): PackSettings["environment"] {
  const [place] = scratch;
  return place === undefined ? environment : environment.map(([name, value]) => [name, value.replace(/^\/tmp(?=\/|$)/, place[1])]);
}

/** What the run says counts; otherwise the pack may add a loopback to what the box has. */
function networkOf(config: IsolateConfig, options: RunOptions, pack: PackSettings): Network {
  if (options.shareNetwork) return "host";
  return options.network ?? widerNetwork(pack.network, config.enable_network ? "host" : config.network);
}
