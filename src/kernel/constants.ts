/** Numbers from the kernel's uapi headers. Loading node:fs for those that it has would cost every command a millisecond. */
const isArm = process.arch === "arm64";
/** The two that differ between architectures. */
const [O_DIRECTORY, O_NOFOLLOW] = isArm ? [0o40000, 0o100000] : [0o200000, 0o400000];

/** include/uapi/asm-generic/fcntl.h, and arch/arm64/include/uapi/asm/fcntl.h for aarch64. */
export const O = {
  RDONLY: 0o0,
  WRONLY: 0o1,
  RDWR: 0o2,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DIRECTORY: O_DIRECTORY,
  NOFOLLOW: O_NOFOLLOW,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
  TMPFILE: 0o20000000 | O_DIRECTORY,
} as const;

export const AT_FDCWD = -100;
export const AT_REMOVEDIR = 0x200;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_RECURSIVE = 0x8000;
export const AT_EMPTY_PATH = 0x1000;

/** include/uapi/linux/sched.h */
export const CLONE = {
  VM: 0x00000100,
  PIDFD: 0x00001000,
  VFORK: 0x00004000,
  PARENT: 0x00008000,
  NEWNS: 0x00020000,
  NEWCGROUP: 0x02000000,
  NEWUTS: 0x04000000,
  NEWIPC: 0x08000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const;
/** Flags of clone3(2) alone, which has 64 bits for them. */
export const CLONE_CLEAR_SIGHAND = 2 ** 32;
export const CLONE_INTO_CGROUP = 2 ** 33;

/** include/linux/socket.h */
export const MSG_CMSG_CLOEXEC = 0x4000_0000;

/** include/uapi/linux/mount.h */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 32,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  PRIVATE: 1 << 18,
} as const;
export const MOUNT_ATTR = { IDMAP: 0x0010_0000, RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8 } as const;
export const MNT_DETACH = 2;
export const OPEN_TREE_CLONE = 1;
export const MOVE_MOUNT_F_EMPTY_PATH = 4;

/** mmap(2): include/uapi/asm-generic/mman-common.h, include/uapi/linux/mman.h */
export const PROT = { READ: 1, EXEC: 4 } as const;
export const MAP = { PRIVATE: 2 } as const;

/** include/uapi/linux/prctl.h */
export const PR = {
  SET_PDEATHSIG: 1,
  GET_PDEATHSIG: 2,
  GET_DUMPABLE: 3,
  SET_DUMPABLE: 4,
  CAPBSET_READ: 23,
  CAPBSET_DROP: 24,
  GET_SECUREBITS: 27,
  SET_SECUREBITS: 28,
  SET_TIMERSLACK: 29,
  MCE_KILL: 33,
  MCE_KILL_CLEAR: 0,
  MCE_KILL_DEFAULT: 2,
  MCE_KILL_GET: 34,
  SET_CHILD_SUBREAPER: 36,
  GET_CHILD_SUBREAPER: 37,
  SET_NO_NEW_PRIVS: 38,
  GET_NO_NEW_PRIVS: 39,
  SET_THP_DISABLE: 41,
  CAP_AMBIENT: 47,
  CAP_AMBIENT_CLEAR_ALL: 4,
  GET_SPECULATION_CTRL: 52,
  SET_SPECULATION_CTRL: 53,
  SET_IO_FLUSHER: 57,
  GET_IO_FLUSHER: 58,
  SET_MEMORY_MERGE: 67,
  GET_MEMORY_MERGE: 68,
} as const;
/** What PR_GET_SPECULATION_CTRL answers: whether prctl decides, and what it has decided. */
export const PR_SPEC = { PRCTL: 1, ENABLE: 2, DISABLE: 4 } as const;

/** include/uapi/linux/sched.h; the flags are those of struct sched_attr (include/uapi/linux/sched/types.h) */
export const SCHED = { OTHER: 0, IDLE: 5 } as const;
export const SCHED_FLAG = { UTIL_CLAMP_MIN: 0x20, UTIL_CLAMP_MAX: 0x40 } as const;
/** include/uapi/linux/resource.h */
export const PRIO_PROCESS = 0;
/** include/uapi/linux/ioprio.h: who, and a value of no class: the I/O priority follows the nice value. */
export const IOPRIO_WHO_PROCESS = 1;
export const IOPRIO_NONE = 0;
/** include/uapi/linux/mempolicy.h */
export const MPOL_DEFAULT = 0;
/** include/uapi/linux/personality.h */
export const PER_LINUX = 0;

/** getpriority(2): include/uapi/linux/resource.h */
export const PRIO_USER = 2;

/** include/uapi/asm-generic/resource.h */
export const RLIMIT = {
  CPU: 0,
  FSIZE: 1,
  DATA: 2,
  STACK: 3,
  CORE: 4,
  RSS: 5,
  NPROC: 6,
  NOFILE: 7,
  MEMLOCK: 8,
  AS: 9,
  LOCKS: 10,
  SIGPENDING: 11,
  MSGQUEUE: 12,
  NICE: 13,
  RTPRIO: 14,
  RTTIME: 15,
} as const;
/** RLIM_INFINITY of the 64-bit architectures. */
export const unlimited = 0xffff_ffff_ffff_ffffn;

export const SIG_SETMASK = 2;
/** Bytes of the kernel's signal set (64 signals). */
export const signalSetBytes = 8;

export const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;
export const F = { GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4, OFD_SETLK: 37, OFD_SETLKW: 38, DUPFD_CLOEXEC: 1030, SETPIPE_SZ: 1031, ADD_SEALS: 1033, GET_SEALS: 1034 } as const;
export const FD_CLOEXEC = 1;
export const F_SEAL_WRITE = 8;
/** Seal everything: no shrinking, growing, writing, and no further seals. */
export const F_SEAL_ALL = 1 | 2 | 4 | 8;
export const MFD = { CLOEXEC: 1, ALLOW_SEALING: 2, NOEXEC_SEAL: 8, EXEC: 16 } as const;

export const EFD = { NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const;
export const POLL = { IN: 1, PRI: 2, OUT: 4, ERR: 8, HUP: 16 } as const;
export const WNOHANG = 1;
/** Also children that send another signal than SIGCHLD at their end, or none (wait4(2)). */
export const WALL = 0x4000_0000;

/** openat2(2): include/uapi/linux/openat2.h */
export const RESOLVE = { NO_XDEV: 1, NO_MAGICLINKS: 2, NO_SYMLINKS: 4, BENEATH: 8 } as const;

export const CLOSE_RANGE_CLOEXEC = 4;
/** include/uapi/linux/seccomp.h */
export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
/** What a filter may return, strongest first. */
export const SECCOMP_RET = { KILL_PROCESS: 0x8000_0000, ERRNO: 0x0005_0000, USER_NOTIF: 0x7fc0_0000, ALLOW: 0x7fff_0000 } as const;

/** AUDIT_ARCH_* of include/uapi/linux/audit.h: ELF machine, and bits for 64 bits and little endian. */
export const AUDIT_ARCH = { X86_64: 0xc000_003e, AARCH64: 0xc000_00b7, I386: 0x4000_0003, ARM: 0x4000_0028 } as const;

/** File type bits of st_mode. */
export const S = { IFMT: 0o170000, IFSOCK: 0o140000, IFREG: 0o100000, IFDIR: 0o040000, IFCHR: 0o020000, IFLNK: 0o120000, IFIFO: 0o010000, ISVTX: 0o1000 } as const;
