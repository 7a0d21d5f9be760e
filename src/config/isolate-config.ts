/** The type of the configuration of a box, with what editors show of each field. The schema (schema.ts) has the same fields; a test compares them. */
import type { Network } from "../model/network.ts";
import type { Permission } from "../model/permissions.ts";
import type { SeccompProfile } from "../model/seccomp.ts";

/** A language pack that a box keeps. */
export interface KeptPackEntry {
  /** The pack as its name was given. */
  readonly name: string;
  /** Absolute path of its file, or `plugin`. */
  readonly origin: string;
  /** SHA-256 of the file in hexadecimal; of a plugin, of its content as JSON. */
  readonly sha256: string;
}

/** The whole configuration of a box, every default filled in. Sizes in bytes, times in seconds. A limit that is null does not hold. */
export interface IsolateConfig {
  /** Id of the box: 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with a dot. Default: a UUID. */
  readonly instance_id: string;
  /** Absolute path of the working directory on the host. Default null: a directory in the state directory, whose path is then written here. */
  readonly workdir: string | null;
  /** Absolute path of a directory of the host whose entries replace the default root, read-only. Default null: the default root. */
  readonly chroot_dir: string | null;
  /** User id of the program, never 0. Default null: as root, a free one is taken and written here. */
  readonly uid: number | null;
  /** Group id of the program, never 0. Default null: as for `uid`. */
  readonly gid: number | null;
  /** Bytes of memory of all processes of the box together, tmpfs included; above it the status is MemoryLimit. Default 134217728 (128 MB). */
  readonly memory_limit: number | null;
  /** Seconds of CPU time of all processes of the box together; above it the status is TimeLimit. Default 10. */
  readonly time_limit: number | null;
  /** Seconds of CPU time, the same as `time_limit`: the smaller of the two counts. Default 10. */
  readonly cpu_time_limit: number | null;
  /** Seconds on the clock from the start of the program; above it the status is TimeLimit. Default 20. */
  readonly wall_time_limit: number | null;
  /** How many processes and threads there may be at the same time; above it fork and clone fail with EAGAIN (ProcessLimit). Default 1. */
  readonly process_limit: number | null;
  /** Bytes of any one file that the program writes; above it the kernel sends SIGXFSZ (FileSizeLimit). Default 67108864 (64 MB). */
  readonly file_size_limit: number | null;
  /** Bytes of the stack of the main thread; above it the kernel sends SIGSEGV. Default 8388608 (8 MB). */
  readonly stack_limit: number | null;
  /** Bytes of a core dump; 0 writes none. Default 0. */
  readonly core_limit: number | null;
  /** How many descriptors one process may have open; above it open fails with EMFILE. Default 1024. */
  readonly open_files_limit: number;
  /** Bytes that are kept, or handed on, of standard output and of standard error, for each; above it the status is FileSizeLimit. Default 8388608 (8 MB). */
  readonly output_limit: number;
  /** Bytes of everything in the working directory, measured after each run; above it the status is FileSizeLimit. Default 1073741824 (1024 MB). */
  readonly disk_limit: number | null;
  /** Bytes of everything in the working directory; above it a write fails with ENOSPC. The box is then a tmpfs, which counts as memory. Root only. Default null. */
  readonly disk_quota: number | null;
  /** True: the program has the network of the host, whatever `network` says. Default false. */
  readonly enable_network: boolean;
  /** `none`: sockets between the processes of the box only; `loopback`: TCP and UDP on a loopback interface of its own as well; `host`: the host's network. Default `none`. */
  readonly network: Network;
  /** Variables for the program, `[name, value]` each. Default: none. */
  readonly environment: [name: string, value: string][];
  /** Policy for system calls: `default`, or `strict`, which allows only what programs are known to need. Default `default`. */
  readonly seccomp: SeccompProfile;
  /** What programs may do on top: `locks`, `fifos`, `tty`, `ptrace`, `abi32`. Not with `seccomp: "strict"`. Default: nothing. */
  readonly allow: Permission[];
  /** Names of the system calls that programs may make besides those that they need to start, and no others. Default null: as `seccomp` says. */
  readonly allowed_syscalls: string[] | null;
  /** Weight against other groups when processors are scarce (cgroup v1 `cpu.shares`), 2 to 262144. Default 1024. */
  readonly cpu_shares: number;
  /** Processors that the program may use, as in cpuset(7): `0,2-3`; `auto`: in each run a core that no other box has. Default null: all. */
  readonly cpus: string | null;
  /** Mount rules, `in[=out][:option]...` each, as `--mount` takes them. Default: none. */
  readonly mounts: string[];
  /** True: a run fails if anything cannot be enforced. Default false. */
  readonly strict: boolean;
  /** The packs that the box keeps; written when the box is made with packs, and never given. Default: none. */
  readonly packs: KeptPackEntry[];
  /** SHA-256, in hexadecimal, of the copy of its packs that the box keeps; null: it keeps none. Never given. */
  readonly packs_sha256: string | null;
}

/** What a caller may give of a configuration: any part. Which packs a box keeps is written down when they are. */
export type IsolateConfigInput = { -readonly [Key in Exclude<keyof IsolateConfig, "packs" | "packs_sha256">]?: IsolateConfig[Key] | undefined };
