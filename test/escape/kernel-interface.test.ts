// The kernel's own doors: each dangerous system call is closed, and stays closed by the filter alone.
import { describe, expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { attack } from "./attack.ts";
import { answers, call, dirtyHighWord, expectAnswered, expectForbidden } from "./calls.ts";
import { leaveOutVariable, weakenedBinary } from "./weakened.ts";

const filter = "install the seccomp filter";
/** Without these the program is root with every capability, in its namespaces. */
const identity = `become uid,become gid,drop all capabilities,drop capability,set no_new_privs,${filter}`;

const killed: Readonly<Record<string, readonly string[]>> = {
  "files by handle and writing into other processes": ["open_by_handle_at", "process_vm_writev", "fanotify_init", "fanotify_mark"],
  "loading code into the kernel and starting another one": ["bpf", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"],
  keyrings: ["add_key", "request_key", "keyctl"],
  "the state of the machine": ["acct", "clock_settime", "settimeofday", "swapon", "swapoff", "sethostname", "setdomainname", "quotactl", "vhangup"],
  "the mount table": ["mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"],
  namespaces: ["unshare", "setns"],
};

describe("a box dies, and the result names the call, when a process asks for", () => {
  for (const [what, names] of Object.entries(killed)) {
    attack({
      claim: `${what}`, programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", ...names.map((name) => call(name))], without: filter,
      // A child makes the first of them, and nobody the next.
      status: "SecurityViolation",
      expect: async ({ result }, scene) => {
        expect([result.forbidden_syscall, answers(result.stdout)]).toEqual([names[0]!, []]);
        await expectForbidden(names, scene);
      },
      breached: (seen) => expectAnswered(seen, names.length),
    });
  }
  for (const name of ["mount", "keyctl", "unshare", "bpf"]) {
    attack({
      claim: `${name}, and as main process that is a security violation that names the call`, programs: ["syscalls"], command: ["./syscalls", "direct", call(name)], without: filter,
      expect: ({ result, exitCode }) => {
        expect([result.status, result.signal, exitCode]).toEqual(["SecurityViolation", 31, 4]);
        expect([result.forbidden_syscall, result.error_message]).toEqual([name, `forbidden system call: ${name}`]);
      },
      breached: ({ result }) => expect(result.status).toBe("Success"),
    });
  }
  for (const door of ["i386", "x32"] as const) {
    if (process.arch !== "x64") continue;
    attack({
      claim: `anything by the ${door} door`, programs: ["foreign-calls"], command: ["./foreign-calls", door], without: filter,
      status: "SecurityViolation", breached: ({ result }) => expect(result.status).toBe("Success"),
      expect: ({ result }) => expect(result.forbidden_syscall).toBe(door === "i386" ? "number 20 of the 32-bit ABI" : "number 39 of the x32 ABI"),
    });
  }
});

const refused: readonly (readonly [what: string, answer: string, calls: readonly string[], alsoWithout?: string])[] = [
  ["new namespaces by clone", "EPERM", [0x1000_0000, 0x2_0000, 0x2000_0000, 0x4000_0000, 0x0800_0000, 0x0400_0000, 0x0200_0000].map((flag) => call("clone", flag | 17)), identity],
  ["clone3, whose flags nobody can check", "ENOSYS", [call("clone3", 0, 88)]],
  ["sockets of other families", "EAFNOSUPPORT", [40, 38, 17, 31, 44, 21, 30].map((family) => call("socket", family, 3, 0))],
  ["sockets of other families with a dirty high word", "EAFNOSUPPORT", [40, 38, 17].map((family) => call("socket", dirtyHighWord | BigInt(family), 3, 0))],
  ["typing into a terminal, taking one, and the console's commands, with a clean and a dirty high word", "EPERM", [0x5412, 0x541c, 0x540e, 0x541d, 0x5423].flatMap((request) => [call("ioctl", 0, request, 0), call("ioctl", 0, dirtyHighWord | BigInt(request), 0)])],
  ["sockets of the network, without one", "EAFNOSUPPORT", [2, 10, 16].flatMap((family) => [call("socket", family, 2, 0), call("socket", dirtyHighWord | BigInt(family), 2, 0)])],
  ["pairs of sockets with odd protocols", "EPROTONOSUPPORT", [6, 132].map((protocol) => call("socketpair", 1, 1, protocol))],
  ["filters on sockets", "EPERM", [26, 50, 51, 52].flatMap((option) => [call("setsockopt", 0, 1, option), call("setsockopt", 0, dirtyHighWord | 1n, dirtyHighWord | BigInt(option))])],
  ["contexts of the old asynchronous I/O", "ENOSYS", [call("io_setup", 1, 0), call("io_submit", 0), call("io_destroy", 0)]],
  ["watching files of the host", "ENOSYS", [call("inotify_add_watch", 0, 0, 1)]],
  ["filters of the program's own", "ENOSYS", [call("seccomp", 1, 0, 0), call("seccomp", 0, 0, 0)]],
  ["huge pages", "ENOMEM", [call("memfd_create", 0, 4), call("memfd_create", 0, dirtyHighWord | 4n), call("shmget", 0, 0x20_0000, 0o5600)]],
  ["room beyond the end of a file", "EOPNOTSUPP", [1, 2, 8, 16, 32].map((mode) => call("fallocate", 1, mode, 0, 4096))],
  ["requests that change file systems, or reach network drivers", "ENOTTY", [0x5000_940f, 0x4008_941a, 0x401c_5820, 0x8940, 0x8982, 0x8b01].map((request) => call("ioctl", -1, request, 0))],
  ["locks and leases on shared files", "ENOSYS", [6, 7, 37, 38, 1024, 1026].map((command) => call("fcntl", 1, command, 0)).concat(call("flock", 1, 2))],
  ["personalities of other systems", "EPERM", [0x8, 0x0008_0000, 0x0400_0000, dirtyHighWord | 0x8n].map((persona) => call("personality", persona))],
  ["limits of other processes", "EPERM", [call("prlimit64", 1, 7, 0, 0)], identity],
  ["tracing and looking into others", "EPERM", [call("ptrace", 0), call("ptrace", 16, 1), call("process_vm_readv", 1), call("kcmp", 1, 1, 0), call("pidfd_getfd", 0, 0, 0)]],
  ["io_uring", "ENOSYS", [call("io_uring_setup", 1, 0), call("io_uring_enter", 0)]],
  ["splicing pages of the page cache", "ENOSYS", [call("splice", 0), call("tee", 0), call("vmsplice", 0)]],
  ["performance counters and user page faults", "EPERM", [call("perf_event_open", 0), call("userfaultfd", 1)]],
  ["placement of memory, and memory that nobody can see", "ENOSYS", [call("mbind", 0), call("move_pages", 0), call("migrate_pages", 0), call("memfd_secret", 0)]],
  ["the kernel's log, the host's mounts and its disks", "EPERM", [call("syslog", 3, 0, 0), call("statmount", 0), call("listmount", 0), call("sync"), call("name_to_handle_at", 0)]],
  ["device nodes and FIFOs", "EPERM", [call("mknodat", -100, 0, 0o10644, 0)]],
];

describe("the kernel refuses", () => {
  for (const [what, answer, calls, alsoWithout] of refused) {
    attack({
      claim: what, programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", ...calls], without: alsoWithout ?? filter,
      expect: ({ result }) => expect(answers(result.stdout)).toEqual(calls.map(() => answer)),
      // Other layers may refuse some of them, but not all and not with the same word.
      breached: ({ result }) => expect(answers(result.stdout)).not.toEqual(calls.map(() => answer)),
    });
  }
});

describe("with a loopback of its own, a program is still refused", () => {
  // SCTP, DCCP, raw sockets, netlink of other subsystems: kernel code that hardly anybody uses, loaded on request.
  const odd = [[2, 1, 132], [10, 5, 0], [2, 6, 33], [2, 3, 1], [10, 3, 58], [2, 2, 136], [16, 3, 6], [16, 3, 12], [16, 2, 15]].map(([family, type, protocol]) => call("socket", family!, type!, protocol!));
  attack({
    claim: "sockets of other types and protocols", programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", ...odd], flags: "--network loopback", without: filter,
    expect: ({ result }) => expect(answers(result.stdout)).toEqual(odd.map(() => "EPROTONOSUPPORT")),
    breached: ({ result }) => expect(answers(result.stdout)).not.toEqual(odd.map(() => "EPROTONOSUPPORT")),
  });
});

describe("what is not there to be opened", () => {
  attack({
    claim: "the files that steer the kernel cannot be written", programs: ["breakout"], without: null, because: "/proc is read-only by an argument of its mount",
    command: "./breakout write /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys/vm/drop_caches /proc/self/oom_score_adj /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups /proc/irq/default_smp_affinity /proc/self/attr/current /proc/self/loginuid",
  });
  attack({
    claim: "the kernel's memory, symbols and the machine's buses cannot be read", programs: ["breakout"], without: null, because: "they are not in the root that is built",
    command: "./breakout open /proc/kcore /proc/kmsg /dev/mem /dev/kmsg /dev/kvm /dev/fuse /dev/net/tun /dev/ptmx /dev/tty /dev/console /sys/kernel /sys/fs/cgroup /sys /dev/vda /run /root /home /var/lib /proc/vmallocinfo /proc/slabinfo /proc/pagetypeinfo /sys/kernel/debug",
  });
  attack({
    claim: "no mount can be made or changed, not even by root of the box", programs: ["breakout"], command: "./breakout mounts", init: "--processes 4", without: identity,
    status: "SecurityViolation",
  });
  const newUserNamespace = call("clone", 0x1000_0000 | 17);
  attack({
    claim: "no user namespace can be made", programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", newUserNamespace],
    // Without the second chroot the box's root is a directory of the root.
    without: `${filter},change the root to the box's,enter the box's root,enter /box`,
    expect: ({ result }) => expect(answers(result.stdout)).toEqual(["EPERM"]),
    openedBy: "--chdir /r/box", breached: ({ result }) => expect(answers(result.stdout)).toEqual(["OK"]),
  });
  attack({
    claim: "the second chroot alone keeps user namespaces out, with no filter at all", programs: ["syscalls"], without: null, because: "this is the control of the filter; the case before is the chroot's",
    play: async () => {
      await using state = openState({ binary: await weakenedBinary() });
      await boxWith(state, ["attacks/syscalls"], { init: ["--processes", "4"] });
      const { result } = await state.json(["run", "--", "./syscalls", newUserNamespace], { env: { [leaveOutVariable]: filter } });
      expect(answers(result.stdout)).toEqual(["EPERM"]);
    },
  });
});
