/** Settings of the kernel that are a second line behind what a box forbids itself. */
import { type Check, type CheckGroup, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";

/** A setting that is right from a value on, or up to one. */
interface Setting {
  /** As sysctl(8) has it. */
  readonly name: string;
  readonly title: string;
  readonly wanted: { readonly atLeast: number } | { readonly is: number };
  readonly means: string;
}

const atLeast = (value: number) => ({ atLeast: value });
const is = (value: number) => ({ is: value });

const table: readonly Setting[] = [
  { name: "fs.protected_symlinks", title: "links in /tmp", wanted: atLeast(1), means: "Links that a program leaves in /tmp of the host can mislead other users' programs there." },
  { name: "fs.protected_hardlinks", title: "hard links to others' files", wanted: atLeast(1), means: "Users can keep files of others alive by hard links, programs with secrets among them." },
  { name: "fs.protected_fifos", title: "named pipes in /tmp", wanted: atLeast(1), means: "Who opens a file in /tmp for writing may get a pipe of somebody else." },
  { name: "fs.protected_regular", title: "files in /tmp", wanted: atLeast(1), means: "Who opens a file in /tmp for writing may get a file of somebody else." },
  { name: "dev.tty.legacy_tiocsti", title: "typing into terminals", wanted: is(0), means: "A program that gets a terminal can type into it. Boxes have none, unless --passthrough gives them the caller's." },
  { name: "kernel.io_uring_disabled", title: "io_uring", wanted: atLeast(1), means: "The filter of a box refuses io_uring. Other programs of ordinary users reach this part of the kernel, which had many bugs." },
  { name: "kernel.unprivileged_bpf_disabled", title: "BPF for ordinary users", wanted: atLeast(1), means: "Ordinary users can load code into the kernel. The filter of a box refuses that." },
  { name: "vm.unprivileged_userfaultfd", title: "userfaultfd for ordinary users", wanted: is(0), means: "It helps attacks on bugs of the kernel. The filter of a box refuses it." },
  { name: "kernel.perf_event_paranoid", title: "performance counters", wanted: atLeast(2), means: "Ordinary users can watch the kernel by its counters. The filter of a box refuses them." },
  { name: "kernel.dmesg_restrict", title: "kernel log", wanted: is(1), means: "Ordinary users can read the kernel log, where addresses and names of other programs stand." },
  { name: "kernel.kptr_restrict", title: "addresses of the kernel", wanted: atLeast(1), means: "Ordinary users learn addresses of the kernel, which attacks need." },
];

function look({ name, wanted }: Setting, host: Host): Finding {
  const value = host.text(pathOf(name));
  if (value === null) return skipped(`this kernel has no ${name}, or does not show it`);
  const right = "is" in wanted ? Number(value) === wanted.is : Number(value) >= wanted.atLeast;
  return (right ? pass : warn)(`${name} is ${value}`);
}

const pathOf = (name: string): string => `/proc/sys/${name.replaceAll(".", "/")}`;

function checkOf(setting: Setting): Check {
  const { name, title, wanted, means } = setting;
  const value = "is" in wanted ? wanted.is : wanted.atLeast;
  return {
    id: `settings.${name.split(".").at(-1)!.replaceAll("_", "-")}`, title, worst: "warn", how: `${name} is ${"is" in wanted ? "" : "at least "}${value}`,
    means, mend: `sysctl -w ${name}=${value}`, look: (host) => look(setting, host),
  };
}

/** core(5): a pattern that begins with `|` starts a program as root, one with `@` connects to a socket of root's. */
function corePattern(host: Host): Finding {
  const pattern = host.text("/proc/sys/kernel/core_pattern");
  if (pattern === null) return skipped("/proc/sys/kernel/core_pattern cannot be read");
  return /^[|@]/.test(pattern) ? warn(`core_pattern is ${pattern}`) : pass(`core_pattern is ${pattern}`);
}

/** Root's boxes do not use them, and cannot make any. */
function userNamespaces(host: Host): Finding {
  const most = host.text("/proc/sys/user/max_user_namespaces");
  if (most === null) return skipped("this kernel has no user.max_user_namespaces");
  if (host.uid !== 0) return most === "0" ? skipped("0: see namespaces.user") : pass(`${most}: ordinary users need them to have boxes`);
  return most === "0" ? pass("0: nobody can make one") : pass(`${most}: on a host where only root has boxes, 0 is safer`);
}

export const settings: CheckGroup = {
  name: "settings",
  title: "Settings of the kernel",
  checks: [
    {
      id: "settings.core-pattern", title: "handler of core dumps", worst: "warn", how: "kernel.core_pattern without | or @ at its beginning",
      means: "A crash starts a program as root, on data that a stranger prepared. Boxes without a core limit (--core) do not start it.",
      mend: "sysctl -w kernel.core_pattern=core", look: corePattern,
    },
    ...table.map(checkOf),
    {
      id: "settings.max-user-namespaces", title: "user namespaces of the host", worst: "pass", how: "user.max_user_namespaces",
      means: "User namespaces give ordinary users a way to parts of the kernel that only root used to reach.", mend: "sysctl -w user.max_user_namespaces=0", look: userNamespaces,
    },
  ],
};
