// Each check of `doctor` on hosts that are not as they should be: state, words, what mends it. Everything is read from a made-up host.
import { describe, expect, test } from "bun:test";
import { errno } from "../../../src/kernel/errno.ts";
import { RLIMIT } from "../../../src/kernel/constants.ts";
import type { CheckState } from "../../../src/doctor/check.ts";
import { examine, exitCodeOf, summarize } from "../../../src/doctor/examine.ts";
import type { Host } from "../../../src/doctor/host.ts";
import { checkGroups } from "../../../src/doctor/registry.ts";
import { fakeHost, trialWith, type Changes } from "./fake-host.ts";

const checks = new Map(checkGroups.flatMap((group) => group.checks.map((check) => [check.id, check] as const)));
const severity: Readonly<Record<CheckState, number>> = { pass: 0, skipped: 0, warn: 1, fail: 2 };
const cpu = "/sys/devices/system/cpu";
const sysctl = (name: string, value: string | null): Changes => ({ files: { [`/proc/sys/${name.replaceAll(".", "/")}`]: value } });
const refused = (does: string, number = errno.EPERM): Changes => ({ launch: async (steps) => (steps.some((step) => step.does.includes(does)) ? { kind: "refused", does, errno: number } : { kind: "done" }) });
const user: Changes = { uid: 1000 };
const noGroup: Changes = { group: { mechanisms: {}, places: [], boundsSwap: null, problems: [{ resource: "memory", reason: "not ours", hint: "ask for one" }] } };
const noHint: Changes = { group: { ...noGroup.group!, problems: [{ resource: "memory", reason: "EACCES" }] } };
const directory = (uid: number, mode: number) => ({ kind: "directory", uid, mode }) as const;

/** As where a run finds another place for the launcher. */
function onceRefused(): Host["launch"] {
  let refusals = 0;
  return async () => (refusals++ === 0 ? { kind: "lost", reason: "memfd_create launcher: EACCES" } : { kind: "done" });
}

type Row = readonly [host: string, id: string, changes: Changes, state: CheckState, says: RegExp];

const rows: readonly Row[] = [
  ["a kernel without filters", "kernel.seccomp", { features: { seccompFilter: -errno.ENOSYS } }, "fail", /not in this kernel/],
  ["a kernel without listeners", "kernel.seccomp-listener", { features: { seccompListener: -errno.EINVAL } }, "warn", /EINVAL/],
  ["a container that hides clone3", "kernel.clone-into-cgroup", { features: { cloneIntoCgroup: -errno.ENOSYS } }, "warn", /hidden by the container/],
  ["version 1 and a kernel without clone3", "kernel.clone-into-cgroup", { features: { cloneIntoCgroup: -errno.ENOSYS }, files: { "/sys/fs/cgroup/cgroup.controllers": null } }, "skipped", /version 1/],
  ["a caller who may not mount", "kernel.mount-setattr", { features: { mountSetattr: -errno.EPERM } }, "skipped", /may not mount/],
  ["a kernel without mount_setattr", "kernel.mount-setattr", { features: { mountSetattr: -errno.ENOSYS } }, "fail", /not in this kernel/],
  ["memory files that cannot be executed", "kernel.memory-files", { ...sysctl("vm.memfd_noexec", "2"), launch: async () => ({ kind: "lost", reason: "memfd_create launcher: EACCES" }) }, "fail", /EACCES; vm.memfd_noexec is 2/],
  ["memory files that cannot be executed, and a state directory that does", "kernel.memory-files", { launch: onceRefused(), ...sysctl("vm.memfd_noexec", "2") }, "pass", /vm.memfd_noexec is 2; a file without a name/],
  ["a security module that forbids memory files", "kernel.memory-files", { launch: async () => ({ kind: "lost", reason: "posix_spawn: EACCES" }) }, "fail", /AppArmor or SELinux/],
  ["Landlock left out at the start", "kernel.landlock", { features: { landlock: -errno.EOPNOTSUPP } }, "warn", /lsm=/],
  ["a kernel without Landlock", "kernel.landlock", { features: { landlock: -errno.ENOSYS } }, "warn", /CONFIG_SECURITY_LANDLOCK/],

  ["little memory for filters", "filters.room", sysctl("net.core.bpf_jit_limit", "4194304"), "warn", /room for 255 filters/],
  ["a caller who is not told", "filters.room", sysctl("net.core.bpf_jit_limit", null), "skipped", /root only/],
  ["a kernel that interprets filters", "filters.room", sysctl("net.core.bpf_jit_enable", "0"), "pass", /need none/],
  ["a kernel that interprets filters", "filters.compiled", sysctl("net.core.bpf_jit_enable", "0"), "warn", /bpf_jit_enable=1/],

  ["memory files that cannot be executed", "namespaces.pid", { launch: async () => ({ kind: "lost", reason: "EACCES" }) }, "skipped", /see kernel.memory-files/],
  ["root without the right to namespaces", "namespaces.pid", refused("a namespace of processes"), "fail", /EPERM.*CAP_SYS_ADMIN/s],
  ["a container without that right", "namespaces.mount", { ...refused("a namespace of mounts"), files: { "/.dockerenv": "" } }, "fail", /docker run --cap-add SYS_ADMIN/],
  ["AppArmor that forbids mounts", "namespaces.mount", refused("make all mounts private", errno.EACCES), "fail", /cannot make all mounts private: EACCES/],
  ["a container without CAP_NET_ADMIN", "namespaces.network", refused("bring the loopback interface up"), "warn", /--network loopback/],
  ["a container without CAP_SYS_ADMIN", "namespaces.network", refused("a network namespace"), "fail", /cannot a network namespace/],
  ["Podman's filter, for a user", "namespaces.uts", { ...user, ...refused("set the host name"), files: { "/run/.containerenv": "" } }, "warn", /cannot set the host name: EPERM.*see the name.*podman run --cap-add SYS_ADMIN/s],
  ["a container that covers parts of /proc", "namespaces.proc", refused("mount a new /proc"), "warn", /systempaths=unconfined/],
  ["no user namespaces, for a user", "namespaces.user", { ...user, ...refused("a user namespace"), ...sysctl("user.max_user_namespaces", "0") }, "fail", /user.max_user_namespaces is 0.*sysctl -w user.max_user_namespaces=/s],
  ["Debian's switch, for a user", "namespaces.user", { ...user, ...refused("a user namespace"), files: { "/proc/sys/user/max_user_namespaces": "9", "/proc/sys/kernel/unprivileged_userns_clone": "0" } }, "fail", /unprivileged_userns_clone=1/],
  ["Ubuntu's switch, for a user", "namespaces.user", { ...user, ...refused("a user namespace"), files: { "/proc/sys/user/max_user_namespaces": "9", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1" } }, "fail", /apparmor_restrict_unprivileged_userns=0/],
  ["no user namespaces, for root", "namespaces.user", refused("a user namespace"), "skipped", /root's runs need none/],

  ["nothing mounted", "cgroup.version", { files: { "/proc/self/mountinfo": "20 1 0:1 / / rw - ext4 /dev/sda rw" } }, "fail", /none are mounted/],
  ["no place for groups", "cgroup.place", noGroup, "fail", /not ours.*ask for one/s],
  ["no place for groups", "cgroup.memory", noGroup, "skipped", /see cgroup.place/],
  ["no place for groups", "cgroup.peak", noGroup, "skipped", /no group bounds memory/],
  ["a user without a group", "cgroup.place", { ...user, ...noHint }, "fail", /loginctl enable-linger/],
  ["a container with version 2", "cgroup.place", { ...noHint, files: { "/.dockerenv": "" } }, "fail", /docker run --cgroupns=private --security-opt writable-cgroups=true/],
  ["a container with version 1, for a user", "cgroup.place", { ...user, ...noHint, files: { "/run/.containerenv": "", "/proc/self/mountinfo": "21 20 0:2 / /sys/fs/cgroup/memory ro - cgroup cgroup ro,memory" } }, "fail", /as root of the container: podman run --privileged/],
  ["no memory controller", "cgroup.memory", { group: { mechanisms: { processes: "cgroup-v1" }, problems: [{ resource: "memory", reason: "controller memory is not mounted" }] } }, "fail", /memory is not mounted/],
  ["no cpuset", "cgroup.processors", { group: { mechanisms: { memory: "cgroup-v2" } } }, "warn", /Delegate=yes/],
  ["a kernel before 5.19", "cgroup.peak", { group: { samplesPeak: true } }, "warn", /sampled/],
  ["groups at the top of the tree", "cgroup.delegation", { group: { places: ["/sys/fs/cgroup/mini-isolate"] } }, "warn", /was not given to us/],
  ["a group that an earlier run has emptied", "cgroup.delegation", { files: { "/proc/self/cgroup": "0::/system.slice/judge.service/mini-isolate.self" } }, "pass", /^\/system.slice\/judge.service\n/],
  ["version 1", "cgroup.delegation", { group: { mechanisms: { memory: "cgroup-v1" } } }, "skipped", /version 1 needs none/],
  ["swap, and groups that bound it", "cgroup.swap", { files: { "/proc/swaps": "Filename\n/dev/sdb partition" } }, "pass", /groups bound it/],
  ["swap, and groups that do not", "cgroup.swap", { files: { "/proc/swaps": "Filename\n/dev/sdb partition" }, group: { boundsSwap: false } }, "fail", /do not bound it/],
  ["a small service", "cgroup.outer-limits", { group: { outer: { memoryBytes: 150 * 2 ** 20, processes: null, processors: null } } }, "warn", /memory 150 MB/],
  ["a large service", "cgroup.outer-limits", { group: { outer: { memoryBytes: 2 ** 34, processes: 5000, processors: null } } }, "pass", /16384 MB, 5000 processes/],
  ["a quota of processors", "cgroup.outer-limits", { group: { outer: { memoryBytes: null, processes: null, processors: 1.5 } } }, "warn", /1.5 processors/],
  ["a release agent", "cgroup.release-agent", { files: { "/proc/self/mountinfo": "20 1 0:1 / /cg/memory rw - cgroup none rw,memory", "/cg/memory/release_agent": "/bin/agent" } }, "warn", /\/bin\/agent/],

  ["docker's usual capabilities", "confinement.capabilities", { files: { "/proc/self/status": "CapEff:\t00000000a80425fb", "/.dockerenv": "" } }, "fail", /CAP_SYS_ADMIN.*--cap-add SYS_ADMIN/s],
  ["all but CAP_NET_ADMIN", "confinement.capabilities", { files: { "/proc/self/status": "CapEff:\t000001ffffffefff" } }, "warn", /CAP_NET_ADMIN/],
  ["a user", "confinement.capabilities", user, "skipped", /needs none/],
  ["docker's profile", "confinement.apparmor", { files: { "/sys/module/apparmor/parameters/enabled": "Y", "/proc/self/attr/current": "docker-default (enforce)", "/.dockerenv": "" } }, "warn", /apparmor=unconfined/],
  ["no profile", "confinement.apparmor", { files: { "/sys/module/apparmor/parameters/enabled": "Y", "/proc/self/attr/current": "unconfined" } }, "pass", /does not confine us/],
  ["a container's domain", "confinement.selinux", { files: { "/sys/fs/selinux/enforce": "1", "/proc/self/attr/current": "system_u:system_r:container_t:s0:c1,c2" } }, "warn", /container_t/],
  ["a login's domain", "confinement.selinux", { files: { "/sys/fs/selinux/enforce": "1", "/proc/self/attr/current": "unconfined_u:unconfined_r:unconfined_t:s0\0" } }, "pass", /does not confine us/],
  ["a filter of the engine", "confinement.filters", { files: { "/proc/self/status": "Seccomp:\t2\nSeccomp_filters:\t1" } }, "pass", /^1 of our caller's/],
  ["Yama switched off", "confinement.yama", sysctl("kernel.yama.ptrace_scope", "0"), "warn", /ptrace_scope=1/],
  ["no Yama", "confinement.yama", sysctl("kernel.yama.ptrace_scope", null), "skipped", /no Yama/],

  ["a low limit for open files", "caller.limit-open-files", { reachableLimit: (resource, wanted) => (resource === RLIMIT.NOFILE ? 512 : wanted) }, "fail", /512, and a box asks for 1024.*LimitNOFILE=1024.*--open-files/s],
  ["a limited address space", "caller.limit-address-space", { reachableLimit: (resource, wanted) => (resource === RLIMIT.AS ? 2 ** 32 : wanted) }, "fail", /ulimit -Hv unlimited/],
  ["no core dumps, and a handler", "caller.limit-core", { ...sysctl("kernel.core_pattern", "|/usr/lib/apport"), reachableLimit: () => 0 }, "warn", /still starts the handler/],
  ["no core dumps, and no handler", "caller.limit-core", { reachableLimit: () => 0 }, "pass", /no handler/],
  ["a pod without guarantees", "caller.oom-score", { files: { "/proc/self/oom_score_adj": "1000" } }, "warn", /^1000/],
  ["a service that is spared", "caller.oom-score", { files: { "/proc/self/oom_score_adj": "-1000" } }, "pass", /-1000/],
  ["variables of the runtime", "caller.environment", { environment: { BUN_OPTIONS: "x", PATH: "/bin", LD_PRELOAD: "y" } }, "warn", /BUN_OPTIONS LD_PRELOAD.*env -u BUN_OPTIONS -u LD_PRELOAD/s],
  ["a setuid binary", "caller.binary", { entries: { "/usr/bin/mini-isolate": { kind: "file", uid: 0, mode: 0o4755 } } }, "fail", /chmod ug-s/],
  ["a binary in a directory of a user's", "caller.binary", { entries: { "/usr/bin": directory(1000, 0o755) } }, "warn", /\/usr\/bin belongs to uid 1000/],
  ["a binary that others can change", "caller.binary", { entries: { "/usr/bin/mini-isolate": { kind: "file", uid: 0, mode: 0o775 } } }, "warn", /others can write/],

  ["an account in the range", "uids.accounts", { files: { "/etc/passwd": "root:x:0:0::/:/\nann:x:60800:1::/:/" } }, "warn", /ann \(60800\)/],
  ["subordinate uids in the range", "uids.subordinates", { files: { "/etc/subuid": "ann:60000:2000\nbob:100000:65536" } }, "warn", /ann has 60000 to 61999/],
  ["subordinate uids elsewhere", "uids.subordinates", { files: { "/etc/subuid": "bob:100000:65536" } }, "pass", /nobody's/],
  ["no place for claims", "uids.claims", { uidClaims: "/run/mini-isolate/uids: EROFS" }, "warn", /EROFS/],
  ["a user without subordinate uids", "uids.own-subordinates", user, "pass", /^none/],
  ["a user with them", "uids.own-subordinates", { ...user, files: { "/etc/passwd": "ann:x:1000:1::/:/", "/etc/subuid": "ann:100000:65536" }, entries: { "/usr/bin/newuidmap": { kind: "file", uid: 0, mode: 0o4755 } } }, "pass", /100000 to 165535/],
  ["a user without newuidmap", "uids.own-subordinates", { ...user, files: { "/etc/subuid": "1000:100000:65536" } }, "pass", /100000 to 165535, without .*newuidmap/],

  ["a directory of somebody else's", "state.directory", { state: { refused: { reason: "it belongs to uid 7", hint: "choose another place" }, locks: null } }, "fail", /belongs to uid 7.*choose another place/s],
  ["a parent that others can write to", "state.parents", { entries: { "/var": directory(0, 0o777) } }, "warn", /others can write to \/var/],
  ["a parent like /tmp", "state.parents", { entries: { "/var": directory(0, 0o1777) } }, "pass", /nobody else/],
  ["a noexec file system", "state.exec", { files: { "/proc/self/mountinfo": "20 1 0:1 / / rw - ext4 x rw\n21 20 0:2 / /var rw,noexec - tmpfs x rw" } }, "pass", /\/var is mounted noexec, and the box is not/],
  ["a noexec file system, for a user", "state.exec", { ...user, trial: trialWith({}, { plain: { status: "RuntimeError", exit_code: 127 } }), files: { "/proc/self/mountinfo": "20 1 0:1 / / rw - ext4 x rw\n21 20 0:2 / /var rw,noexec - tmpfs x rw" } }, "fail", /\/var is mounted noexec.*remount,exec/s],
  ["a noexec file system below another", "state.exec", { files: { "/proc/self/mountinfo": "20 1 0:1 / / rw,noexec - ext4 x rw\n21 20 0:2 / /var rw - tmpfs x rw" } }, "pass", /below \/var/],
  ["a full disk", "state.space", { space: () => ({ type: 0, freeBytes: 2 ** 20, freeInodes: 1 }) }, "warn", /1 MB free/],
  ["a disk without inodes", "state.inodes", { space: () => ({ type: 0, freeBytes: 2 ** 40, freeInodes: 1 }) }, "warn", /1 free/],
  ["a file system that makes inodes as they come", "state.inodes", { space: () => ({ type: 0, freeBytes: 2 ** 40, freeInodes: null }) }, "pass", /as many/],
  ["NFS", "state.file-system", { space: () => ({ type: 0x6969, freeBytes: 2 ** 40, freeInodes: null }) }, "warn", /NFS/],
  ["a file system without locks", "state.file-system", { state: { refused: null, locks: false } }, "fail", /flock/],

  ["a handler of core dumps", "settings.core-pattern", sysctl("kernel.core_pattern", "|/usr/lib/systemd/systemd-coredump %P"), "warn", /sysctl -w kernel.core_pattern=core/],
  ["links that are followed", "settings.protected-symlinks", sysctl("fs.protected_symlinks", "0"), "warn", /sysctl -w fs.protected_symlinks=1/],
  ["an old kernel", "settings.legacy-tiocsti", sysctl("dev.tty.legacy_tiocsti", null), "skipped", /has no dev.tty/],
  ["terminals that can be typed into", "settings.legacy-tiocsti", sysctl("dev.tty.legacy_tiocsti", "1"), "warn", /legacy_tiocsti=0/],
  ["user namespaces, for root", "settings.max-user-namespaces", sysctl("user.max_user_namespaces", "1000"), "pass", /0 is safer/],

  ["random addresses", "measurement.aslr", sysctl("kernel.randomize_va_space", "2"), "warn", /randomize_va_space=0/],
  ["huge pages for all", "measurement.huge-pages", { files: { "/sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never" } }, "warn", /echo madvise/],
  ["a kernel without huge pages", "measurement.huge-pages", { files: { "/sys/kernel/mm/transparent_hugepage/enabled": null } }, "skipped", /has none/],
  ["one slow processor", "measurement.governor", { files: { [`${cpu}/cpu1/cpufreq/scaling_governor`]: "powersave" } }, "warn", /performance, powersave/],
  ["turbo of an AMD", "measurement.turbo", { files: { [`${cpu}/intel_pstate/no_turbo`]: null, [`${cpu}/cpufreq/boost`]: "1" } }, "warn", /echo 0/],
  ["threads that share cores", "measurement.smt", { files: { [`${cpu}/smt/active`]: "1", [`${cpu}/cpu0/topology/thread_siblings_list`]: "0-1", [`${cpu}/cpu1/topology/thread_siblings_list`]: "0-1" } }, "warn", /share a core: 0-1/],
  ["two kinds of cores", "measurement.cores", { files: { [`${cpu}/cpu1/cpufreq/cpuinfo_max_freq`]: "2400000" } }, "warn", /67 %/],
  ["two kinds of cores, of Intel", "measurement.cores", { entries: { "/sys/devices/cpu_atom": directory(0, 0o755) }, files: { "/sys/devices/cpu_core/cpus": "0-7", "/sys/devices/cpu_atom/cpus": "8-15" } }, "warn", /0-7 and 8-15/],
  ["a slow clock", "measurement.clock", { files: { "/sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet" } }, "warn", /hpet/],

  ["a broken pack", "languages.packs", { compilers: { problems: ["/etc/x.yaml: wrong", "y"] } }, "warn", /wrong \(and 1 more\)/],
  ["a built-in language that is not installed", "languages.compilers", { compilers: { missing: [{ language: "go", chosen: false, elsewhere: false, what: "no go", advice: "install" }] } }, "pass", /not installed: go/],
  ["a chosen language that is not installed", "languages.compilers", { compilers: { missing: [{ language: "d", chosen: true, elsewhere: false, what: "ldc2 is not there", advice: "install ldc" }] } }, "warn", /d: ldc2 is not there.*install ldc/s],
  ["no language at all", "languages.compilers", { compilers: { found: [], missing: [{ language: "go", chosen: false, elsewhere: false, what: "no go", advice: "install" }] } }, "warn", /none of go/],

  ["a host where nothing runs", "run.start", { trial: { kind: "failed", reason: "cannot unshare: EPERM" } }, "fail", /EPERM/],
  ["a host where nothing runs", "run.memory", { trial: { kind: "failed", reason: "cannot unshare: EPERM" } }, "skipped", /see run.start/],
  ["a noexec box", "run.start", { trial: trialWith({}, { plain: { status: "RuntimeError", exit_code: 127, error_message: "cannot execute the program: EACCES" } }) }, "fail", /EACCES/],
  ["a noexec box", "run.memory-limit", { trial: trialWith({}, { plain: { status: "RuntimeError" }, hog: { status: "RuntimeError" } }) }, "skipped", /see run.start/],
  ["sampled memory", "run.memory", { trial: trialWith({ memory: "sampling" }) }, "fail", /^sampling.*see cgroup.place/s],
  ["a sampled peak", "run.memory", { trial: trialWith({ memory: "cgroup-v2, peak sampled" }) }, "warn", /peak sampled/],
  ["sampled CPU time", "run.cpu-time", { trial: trialWith({ cpu_time: "sampling" }) }, "warn", /sampling/],
  ["processes by rlimit", "run.processes", { trial: trialWith({ processes: "rlimit" }) }, "warn", /rlimit/],
  ["the host's network", "run.network", { trial: trialWith({ network: "none" }) }, "fail", /not enforced/],
  ["local sockets only", "run.network", { trial: trialWith({ network: "seccomp" }) }, "warn", /local sockets/],
  ["a root without /proc", "run.filesystem", { trial: trialWith({ filesystem: "pivot_root, no /proc" }) }, "warn", /no \/proc/],
  ["files behind Landlock", "run.filesystem", { trial: trialWith({ filesystem: "landlock" }) }, "warn", /landlock/],
  ["no filter", "run.syscalls", { trial: trialWith({ syscalls: "none" }) }, "fail", /not enforced/],
  ["a box under the caller's uid", "run.user", { ...user, trial: trialWith({ user: 1000 }) }, "warn", /uid 1000/],
  ["a user who looks like root to himself", "run.user", { uid: 0, callerUid: 1000, trial: trialWith({ user: 1000 }) }, "warn", /uid 1000/],
  ["a program with the caller's files", "run.user", { ...user, trial: trialWith({ user: 1000, filesystem: "none" }) }, "fail", /caller's files/],
  ["memory files that nobody counts", "run.memory-limit", { trial: trialWith({}, { hog: { status: "Success" } }) }, "fail", /came back as Success/],
  ["processes that nobody counts", "run.process-limit", { trial: trialWith({}, { fork: { status: "Success", exit_code: 0 } }) }, "fail", /let through/],
  ["processes that the user's limit holds back", "run.process-limit", { trial: trialWith({}, { fork: { status: "RuntimeError", exit_code: 127 } }) }, "warn", /RuntimeError/],
  ["a filter that only kills", "run.forbidden-call", { trial: trialWith({}, { forbidden: { status: "SecurityViolation", forbidden_syscall: null } }) }, "warn", /not named/],
  ["a filter that does nothing", "run.forbidden-call", { trial: trialWith({}, { forbidden: { status: "Success" } }) }, "fail", /Success/],
];

test.each(rows)("%s: %s", async (_, id, changes, state, says) => {
  const check = checks.get(id)!;
  const { state: found, ...words } = await check.look(fakeHost(changes));
  expect(found).toBe(state);
  expect(`${words.found}\n${words.means ?? check.means}\n${words.mend ?? check.mend}`).toMatch(says);
  expect(severity[found]).toBeLessThanOrEqual(severity[check.worst]);
});

describe("on the whole", () => {
  test("a host with everything as it should be has full strength", async () => {
    const examined = await examine(fakeHost());
    expect(examined.filter(({ state }) => state === "warn" || state === "fail")).toEqual([]);
    expect(exitCodeOf(summarize(examined))).toBe(0);
  });

  test("every check finds its worst in one of these hosts", () => {
    const found = (id: string) => rows.filter(([, row]) => row === id).map(([, , , state]) => state);
    const byTable = [...checks.values()].filter(({ id, worst }) => worst !== "pass" && !found(id).includes(worst)).map(({ id }) => id);
    // Those of a table are alike.
    const alike = /^(kernel\.(pidfd|openat2|close-range)|namespaces\.(ipc|uts|cgroup)|cgroup\.(cpu-time|processes|cpu-weight)|caller\.limit-|settings\.|run\.(cpu-time|processes|filesystem))/;
    expect(byTable.filter((id) => !alike.test(id))).toEqual([]);
  });

  test("a host that shows nothing of /proc and /sys breaks no check", async () => {
    for (const uid of [0, 1000]) {
      const examined = await examine(fakeHost({ uid, files: Object.fromEntries([...Object.keys(fileless())].map((path) => [path, null])), entries: { "/": null, "/usr/bin/mini-isolate": null }, space: () => null, inode: () => null }));
      expect(examined).toHaveLength(checks.size);
      expect(examined.filter(({ found }) => found.includes("cannot be looked at: "))).toEqual([]);
    }
  });

  test("a check that breaks is skipped, and the others are done", async () => {
    const examined = await examine(fakeHost({ inode: () => { throw new Error("broken"); } }));
    expect(examined.find(({ id }) => id === "confinement.container")).toMatchObject({ state: "skipped", found: "cannot be looked at: broken" });
    expect(examined).toHaveLength(checks.size);
  });

  test("what passes or is skipped has nothing to mend, and everything else has", async () => {
    for (const { state, mend } of await examine(fakeHost({ uid: 1000, ...noGroup }))) expect(mend === null).toBe(state === "pass" || state === "skipped");
  });

  test("warnings end with 1, and failures with 2", () => {
    expect(exitCodeOf({ pass: 9, warn: 1, fail: 0, skipped: 1 })).toBe(1);
    expect(exitCodeOf({ pass: 9, warn: 1, fail: 1, skipped: 1 })).toBe(2);
    expect(exitCodeOf({ pass: 9, warn: 0, fail: 0, skipped: 1 })).toBe(0);
  });
});

/** Every file that checks read of a good host. */
function fileless(): Record<string, true> {
  const read: Record<string, true> = {};
  const host = fakeHost();
  const watched = { ...host, text: (path: string) => ((read[path] = true), host.text(path)) };
  for (const check of checks.values()) void check.look(watched);
  return read;
}
