/** A host of any kind for the checks of `doctor`: as good as can be, but for what a test changes. */
import type { Entry, Host } from "../../../src/doctor/host.ts";
import type { GroupTrial } from "../../../src/doctor/group-trial.ts";
import type { Trial, TrialProgram } from "../../../src/doctor/trial.ts";
import type { Enforcement, ExecutionResult } from "../../../src/model/result.ts";
import { resultWith } from "../cli/sample-result.ts";

const cpu = "/sys/devices/system/cpu";

/** Content of the files of a host where everything is as it should be. */
const goodFiles: Readonly<Record<string, string>> = {
  "/proc/self/mountinfo": "20 1 0:1 / / rw - ext4 /dev/sda rw\n21 20 0:2 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw",
  "/proc/self/cgroup": "0::/system.slice/judge.service",
  "/proc/self/status": "Name:\tmini-isolate\nCapEff:\t000001ffffffffff\nSeccomp:\t0\nSeccomp_filters:\t0",
  "/proc/self/oom_score_adj": "0",
  "/proc/swaps": "Filename\tType\tSize\tUsed\tPriority",
  "/proc/sys/kernel/core_pattern": "core",
  "/proc/sys/kernel/randomize_va_space": "0",
  "/proc/sys/kernel/yama/ptrace_scope": "1",
  "/proc/sys/kernel/io_uring_disabled": "2",
  "/proc/sys/kernel/unprivileged_bpf_disabled": "2",
  "/proc/sys/kernel/perf_event_paranoid": "3",
  "/proc/sys/kernel/dmesg_restrict": "1",
  "/proc/sys/kernel/kptr_restrict": "2",
  "/proc/sys/fs/protected_symlinks": "1",
  "/proc/sys/fs/protected_hardlinks": "1",
  "/proc/sys/fs/protected_fifos": "2",
  "/proc/sys/fs/protected_regular": "2",
  "/proc/sys/dev/tty/legacy_tiocsti": "0",
  "/proc/sys/vm/unprivileged_userfaultfd": "0",
  "/proc/sys/user/max_user_namespaces": "0",
  "/proc/sys/net/core/bpf_jit_enable": "1",
  "/proc/sys/net/core/bpf_jit_limit": "528482304",
  "/proc/vmallocinfo": "0x0-0x1    8192 bpf_prog_alloc_no_stats+0x39/0x230 pages=1\n0x2-0x3 2101248 bpf_prog_pack_alloc+0x28b/0x3a0 pages=512",
  "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu memory pids",
  "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
  "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false",
  [`${cpu}/smt/active`]: "0",
  [`${cpu}/intel_pstate/no_turbo`]: "1",
  ...Object.fromEntries([0, 1].flatMap((number) => [
    [`${cpu}/cpu${number}/cpufreq/scaling_governor`, "performance"],
    [`${cpu}/cpu${number}/cpufreq/cpuinfo_max_freq`, "3600000"],
    [`${cpu}/cpu${number}/topology/thread_siblings_list`, String(number)],
  ])),
};

const directory = (uid: number, mode: number): Entry => ({ kind: "directory", uid, mode });

const goodEntries: Readonly<Record<string, Entry>> = {
  "/": directory(0, 0o755),
  "/usr": directory(0, 0o755),
  "/usr/bin": directory(0, 0o755),
  "/usr/bin/mini-isolate": { kind: "file", uid: 0, mode: 0o755 },
  "/var": directory(0, 0o755),
  "/var/state": directory(0, 0o700),
};

export const goodGroup: GroupTrial = {
  mechanisms: { memory: "cgroup-v2", cpu_time: "cgroup-v2", processes: "cgroup-v2", cpu: "cgroup-v2", cpus: "cgroup-v2" },
  places: ["/sys/fs/cgroup/system.slice/judge.service"],
  problems: [],
  boundsSwap: true,
  samplesPeak: false,
  outer: { memoryBytes: null, processes: null, processors: null },
};

const goodEnforced: Enforcement = {
  memory: "cgroup-v2", cpu_time: "cgroup-v2", wall_time: "clock", processes: "cgroup-v2", network: "namespace", filesystem: "pivot_root", syscalls: "seccomp", user: 60_706,
};

const goodResults: Readonly<Record<TrialProgram, Partial<ExecutionResult>>> = {
  plain: { status: "Success" },
  hog: { status: "MemoryLimit" },
  fork: { status: "ProcessLimit", exit_code: 127 },
  forbidden: { status: "SecurityViolation", forbidden_syscall: "unshare" },
};

/** What came of the programs, where some of it is not as it should be. */
export function trialWith(enforced: Partial<Enforcement> = {}, results: Partial<Record<TrialProgram, Partial<ExecutionResult>>> = {}): Trial {
  const result = (name: TrialProgram) => resultWith({ error_message: null, ...goodResults[name], ...results[name], enforced: { ...goodEnforced, ...enforced } });
  return { kind: "ran", results: { plain: result("plain"), hog: result("hog"), fork: result("fork"), forbidden: result("forbidden") } };
}

/** What a test changes; null takes a file or an entry away. */
export interface Changes extends Partial<Omit<Host, "text" | "entry" | "names" | "group" | "trial" | "feature" | "state" | "compilers">> {
  readonly files?: Readonly<Record<string, string | null>>;
  readonly entries?: Readonly<Record<string, Entry | null>>;
  readonly group?: Partial<GroupTrial>;
  readonly trial?: Trial;
  readonly state?: Awaited<ReturnType<Host["state"]>>;
  readonly compilers?: Partial<Awaited<ReturnType<Host["compilers"]>>>;
  readonly features?: Partial<Record<Parameters<Host["feature"]>[0], number>>;
}

export function fakeHost({ files = {}, entries = {}, group = {}, trial = trialWith(), state, compilers = {}, features = {}, ...rest }: Changes = {}): Host {
  const content: Readonly<Record<string, string | null>> = { ...goodFiles, ...files };
  const found: Readonly<Record<string, Entry | null>> = { ...goodEntries, ...entries };
  return {
    uid: 0,
    callerUid: rest.uid ?? 0,
    stateDir: "/var/state",
    environment: {},
    uidRanges: [{ first: 60_706, last: 61_183 }],
    uidClaims: null,
    binary: "/usr/bin/mini-isolate",
    text: (path) => content[path] ?? null,
    names: (path) => [...new Set(Object.keys(content).filter((file) => content[file] !== null && file.startsWith(`${path}/`)).map((file) => file.slice(path.length + 1).split("/")[0]!))].toSorted(),
    entry: (path) => found[path] ?? null,
    inode: () => 4_026_531_836,
    space: () => ({ type: 0xef53, freeBytes: 2 ** 40, freeInodes: 10 ** 9 }),
    feature: (name) => features[name] ?? (name === "landlock" ? 7 : 0),
    reachableLimit: (_, wanted) => wanted,
    launch: async () => ({ kind: "done" }),
    group: async () => ({ ...goodGroup, ...group }),
    state: () => state ?? { refused: null, locks: true },
    compilers: async () => ({ found: ["python", "c"], missing: [], problems: [], ...compilers }),
    trial: async () => trial,
    ...rest,
  };
}
