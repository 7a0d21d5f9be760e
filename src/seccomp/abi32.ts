/**
 * The calls of 32-bit programs on x86 (`--allow abi32`), which the kernel numbers otherwise: the part of a filter that decides them as the policy decides the
 * same calls of 64-bit programs. Generated when a run asks for it; nothing of it is loaded otherwise.
 */
import { filterForAbi, type Instruction } from "./bpf.ts";
import { decisionByName } from "./policy.ts";
import type { Action, ArgumentRule, Condition, Policy } from "./rules.ts";
import { commonCalls, parseCalls } from "./syscalls.ts";

/** arch/x86/entry/syscalls/syscall_32.tbl of Linux, in the form of syscalls.ts. */
const table = `
  0 restart_syscall exit fork read write open close waitpid creat link unlink execve chdir time mknod chmod lchown
  break oldstat lseek getpid mount umount setuid getuid stime ptrace alarm oldfstat pause utime stty gtty access nice
  ftime sync kill rename mkdir rmdir dup pipe times prof brk setgid getgid signal geteuid getegid acct umount2 lock
  ioctl fcntl mpx setpgid ulimit oldolduname umask chroot ustat dup2 getppid getpgrp setsid sigaction sgetmask
  ssetmask setreuid setregid sigsuspend sigpending sethostname setrlimit getrlimit getrusage gettimeofday settimeofday
  getgroups setgroups select symlink oldlstat readlink uselib swapon reboot readdir mmap munmap truncate ftruncate
  fchmod fchown getpriority setpriority profil statfs fstatfs ioperm socketcall syslog setitimer getitimer stat lstat
  fstat olduname iopl vhangup idle vm86old wait4 swapoff sysinfo ipc fsync sigreturn clone setdomainname uname
  modify_ldt adjtimex mprotect sigprocmask create_module init_module delete_module get_kernel_syms quotactl getpgid
  fchdir bdflush sysfs personality afs_syscall setfsuid setfsgid _llseek getdents _newselect flock msync readv writev
  getsid fdatasync _sysctl mlock munlock mlockall munlockall sched_setparam sched_getparam sched_setscheduler
  sched_getscheduler sched_yield sched_get_priority_max sched_get_priority_min sched_rr_get_interval nanosleep mremap
  setresuid getresuid vm86 query_module poll nfsservctl setresgid getresgid prctl rt_sigreturn rt_sigaction
  rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend pread64 pwrite64 chown getcwd capget
  capset sigaltstack sendfile getpmsg putpmsg vfork ugetrlimit mmap2 truncate64 ftruncate64 stat64 lstat64 fstat64
  lchown32 getuid32 getgid32 geteuid32 getegid32 setreuid32 setregid32 getgroups32 setgroups32 fchown32 setresuid32
  getresuid32 setresgid32 getresgid32 chown32 setuid32 setgid32 setfsuid32 setfsgid32 pivot_root mincore madvise
  getdents64 fcntl64 224 gettid readahead setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr
  llistxattr flistxattr removexattr lremovexattr fremovexattr tkill sendfile64 futex sched_setaffinity
  sched_getaffinity set_thread_area get_thread_area io_setup io_destroy io_getevents io_submit io_cancel fadvise64 252
  exit_group lookup_dcookie epoll_create epoll_ctl epoll_wait remap_file_pages set_tid_address timer_create
  timer_settime timer_gettime timer_getoverrun timer_delete clock_settime clock_gettime clock_getres clock_nanosleep
  statfs64 fstatfs64 tgkill utimes fadvise64_64 vserver mbind get_mempolicy set_mempolicy mq_open mq_unlink
  mq_timedsend mq_timedreceive mq_notify mq_getsetattr kexec_load waitid 286 add_key request_key keyctl ioprio_set
  ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat fchownat futimesat
  fstatat64 unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll unshare set_robust_list
  get_robust_list splice sync_file_range tee vmsplice move_pages getcpu epoll_pwait utimensat signalfd timerfd_create
  eventfd fallocate timerfd_settime timerfd_gettime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv
  pwritev rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at
  open_by_handle_at clock_adjtime syncfs sendmmsg setns process_vm_readv process_vm_writev kcmp finit_module
  sched_setattr sched_getattr renameat2 seccomp getrandom memfd_create bpf execveat socket socketpair bind connect
  listen accept4 getsockopt setsockopt getsockname getpeername sendto sendmsg recvfrom recvmsg shutdown userfaultfd
  membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx arch_prctl io_pgetevents
  rseq 393 semget semctl shmget shmctl shmat shmdt msgget msgsnd msgrcv msgctl clock_gettime64 clock_settime64
  clock_adjtime64 clock_getres_time64 clock_nanosleep_time64 timer_gettime64 timer_settime64 timerfd_gettime64
  timerfd_settime64 utimensat_time64 pselect6_time64 ppoll_time64 416 io_pgetevents_time64 recvmmsg_time64
  mq_timedsend_time64 mq_timedreceive_time64 semtimedop_time64 rt_sigtimedwait_time64 futex_time64
  sched_rr_get_interval_time64`;

/** Calls that only 32-bit programs have, and the call of 64-bit programs that does the same, with the arguments that a rule looks at in the same places. */
const sameAs: Readonly<Record<string, string>> = {
  waitpid: "wait4", oldstat: "stat", oldfstat: "fstat", oldlstat: "lstat", umount: "umount2", stime: "settimeofday", nice: "setpriority", signal: "rt_sigaction",
  sigaction: "rt_sigaction", sgetmask: "rt_sigprocmask", ssetmask: "rt_sigprocmask", sigsuspend: "rt_sigsuspend", sigpending: "rt_sigpending", sigprocmask: "rt_sigprocmask",
  sigreturn: "rt_sigreturn", oldolduname: "uname", olduname: "uname", readdir: "getdents", _llseek: "lseek", _newselect: "select", ugetrlimit: "getrlimit", mmap2: "mmap",
  truncate64: "truncate", ftruncate64: "ftruncate", stat64: "stat", lstat64: "lstat", fstat64: "fstat", fstatat64: "newfstatat", fcntl64: "fcntl", sendfile64: "sendfile",
  statfs64: "statfs", fstatfs64: "fstatfs", fadvise64_64: "fadvise64", clock_getres_time64: "clock_getres", clock_nanosleep_time64: "clock_nanosleep",
  utimensat_time64: "utimensat", pselect6_time64: "pselect6", ppoll_time64: "ppoll", io_pgetevents_time64: "io_pgetevents", recvmmsg_time64: "recvmmsg",
  mq_timedsend_time64: "mq_timedsend", mq_timedreceive_time64: "mq_timedreceive", semtimedop_time64: "semtimedop", rt_sigtimedwait_time64: "rt_sigtimedwait",
  futex_time64: "futex", sched_rr_get_interval_time64: "sched_rr_get_interval",
  ...alike("64", "clock_gettime clock_settime clock_adjtime timer_gettime timer_settime timerfd_gettime timerfd_settime"),
  ...alike("32", "lchown getuid getgid geteuid getegid setreuid setregid getgroups setgroups fchown setresuid getresuid setresgid getresgid chown setuid setgid setfsuid setfsgid"),
};

function alike(suffix: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [`${name}${suffix}`, name]));
}

const decidedHere: Readonly<Record<string, Action>> = {
  // Their arguments lie in memory, where a filter cannot look.
  socketcall: "ENOSYS", ipc: "ENOSYS", mmap: "ENOSYS",
  // Where a 32-bit C library keeps what belongs to a thread.
  set_thread_area: "allow", get_thread_area: "allow",
};

/** linux/fcntl.h: what 32-bit programs call the same commands. */
const locks64 = { F_SETLK: { F_SETLK64: 13 }, F_SETLKW: { F_SETLKW64: 14 } } as const;

/** Name to number. */
export function callsOf32Bit(): ReadonlyMap<string, number> {
  return parseCalls(table + commonCalls);
}

/** What a policy says about every call of 32-bit programs, by number; of those that 64-bit programs do not have, ENOSYS. */
export function decisionsFor32Bit(policy: Policy): ReadonlyMap<number, Action | ArgumentRule> {
  const decide = decisionByName(policy);
  return new Map([...callsOf32Bit()].map(([call, number]) => [number, decidedHere[call] ?? withLocks64(decide(sameAs[call] ?? call) ?? "ENOSYS")]));
}

/** The part of a filter for them; calls of other ABIs go on to what comes behind it. */
export function filterFor32Bit(policy: Policy, auditNumber: number): readonly Instruction[] {
  return filterForAbi(decisionsFor32Bit(policy), auditNumber);
}

function withLocks64(decision: Action | ArgumentRule): Action | ArgumentRule {
  if (typeof decision === "string" || decision.call !== "fcntl") return decision;
  const wider = (condition: Condition): Condition => ({
    ...condition,
    values: { ...condition.values, ...Object.entries(locks64).reduce((more, [name, same]) => (name in condition.values ? { ...more, ...same } : more), {}) },
  });
  return { ...decision, cases: decision.cases.map(({ when, then }) => ({ when: when.map(wider), then })) };
}
