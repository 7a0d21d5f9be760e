/** System calls by name, as the attack program `syscalls` takes them: numbers of both architectures from the kernel's tables. */
import { expect } from "bun:test";
import type { Scene, Seen } from "./attack.ts";

const numbers: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  open_by_handle_at: [304, 265], process_vm_writev: [311, 271], fanotify_init: [300, 262], fanotify_mark: [301, 263],
  bpf: [321, 280], init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106], kexec_load: [246, 104], kexec_file_load: [320, 294], reboot: [169, 142],
  add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219],
  acct: [163, 89], clock_settime: [227, 112], settimeofday: [164, 170], swapon: [167, 224], swapoff: [168, 225], sethostname: [170, 161], setdomainname: [171, 162], quotactl: [179, 60], vhangup: [153, 58],
  mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], chroot: [161, 51], open_tree: [428, 428], move_mount: [429, 429], fsopen: [430, 430], fsconfig: [431, 431], fsmount: [432, 432], fspick: [433, 433], mount_setattr: [442, 442],
  unshare: [272, 97], setns: [308, 268],
  clone: [56, 220], clone3: [435, 435], socket: [41, 198], ioctl: [16, 29], fcntl: [72, 25], prctl: [157, 167], personality: [135, 92], prlimit64: [302, 261],
  socketpair: [53, 199], setsockopt: [54, 208], io_setup: [206, 0], io_submit: [209, 2], io_destroy: [207, 1], inotify_add_watch: [254, 27], seccomp: [317, 277], memfd_create: [319, 279], shmget: [29, 194], fallocate: [285, 47],
  ptrace: [101, 117], process_vm_readv: [310, 270], kcmp: [312, 272], pidfd_getfd: [438, 438], perf_event_open: [298, 241], userfaultfd: [323, 282],
  io_uring_setup: [425, 425], io_uring_enter: [426, 426], splice: [275, 76], tee: [276, 77], vmsplice: [278, 75], memfd_secret: [447, 447],
  mbind: [237, 235], move_pages: [279, 239], migrate_pages: [256, 238], syslog: [103, 116], mknodat: [259, 33], flock: [73, 32], sync: [162, 81], name_to_handle_at: [303, 264], statmount: [457, 457], listmount: [458, 458],
};

/** A call with its arguments. @throws Error for a name that is not in the table */
export function call(name: string, ...args: readonly (number | bigint)[]): string {
  const [x64, arm64] = numbers[name] ?? [];
  if (x64 === undefined || arm64 === undefined) throw new Error(`no number for ${name}`);
  return [process.arch === "arm64" ? arm64 : x64, ...args].join(":");
}

/** What came of each call, in order: `OK`, the name of an error, or `killed SIGNAL`. */
export function answers(stdout: string): string[] {
  return stdout.split("\n").filter((line) => /^[0-9]/.test(line)).map((line) => line.slice(line.indexOf(" ") + 1));
}

/** High word that a rule must not be misled by: the kernel looks at the low word only. */
export const dirtyHighWord = 0xffff_ffff_0000_0000n;

/** Each of these, made by a main process of its own, is the end of the box, and the result names it. */
export async function expectForbidden(names: readonly string[], { run }: Pick<Scene, "run">): Promise<void> {
  for (const name of names) {
    const { result } = await run(["./syscalls", "direct", call(name)]);
    expect([name, result.status, result.forbidden_syscall, result.stdout]).toEqual([name, "SecurityViolation", name, ""]);
  }
}

/** Nobody was stopped: each call came back with an answer. */
export function expectAnswered({ result }: Seen, count: number): void {
  expect([result.status, result.forbidden_syscall, answers(result.stdout).length]).toEqual(["Success", null, count]);
}
