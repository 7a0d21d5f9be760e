/** The calls that `strict` allows: what programs, runtimes and compilers of the usual languages make. */
import type { Rule } from "./rules.ts";

export const allowedCalls: readonly Rule[] = [
  {
    action: "allow",
    calls:
      "open openat openat2 creat close close_range dup dup2 dup3 fcntl ioctl pipe pipe2 memfd_create read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek sendfile copy_file_range readahead fadvise64 fallocate truncate ftruncate fsync fdatasync sync_file_range",
    reason: "files and their content",
  },
  {
    action: "allow",
    calls:
      "stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs getcwd chdir fchdir getdents getdents64 mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink symlinkat readlink readlinkat unlink unlinkat chmod fchmod fchmodat fchmodat2 umask utime utimes futimesat utimensat getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat file_getattr",
    reason: "names and attributes of files",
  },
  {
    action: "allow",
    calls:
      "brk mmap munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall membarrier mseal map_shadow_stack pkey_alloc pkey_free pkey_mprotect",
    reason: "its own memory",
  },
  {
    action: "allow",
    calls:
      "execve execveat clone fork vfork exit exit_group wait4 waitid kill pidfd_open pidfd_send_signal setpgid setsid prctl arch_prctl personality prlimit64 setrlimit set_tid_address set_robust_list get_robust_list rseq rseq_slice_yield restart_syscall futex futex_wait futex_wake futex_requeue futex_waitv sched_yield getcpu",
    reason: "processes and threads, as many as the box allows",
  },
  {
    action: "allow",
    calls:
      "getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid getpriority getrlimit getrusage times sysinfo uname capget ioprio_get sched_getaffinity sched_setaffinity sched_getattr sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval",
    reason: "questions about the own process",
  },
  {
    action: "allow",
    calls:
      "rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn sigaltstack tkill tgkill alarm pause getitimer setitimer signalfd signalfd4",
    reason: "signals, which reach no process outside of the box",
  },
  {
    action: "allow",
    calls:
      "clock_gettime clock_getres clock_nanosleep gettimeofday time nanosleep getrandom timer_create timer_settime timer_gettime timer_getoverrun timer_delete timerfd_create timerfd_settime timerfd_gettime",
    reason: "clocks, timers and random numbers",
  },
  {
    action: "allow",
    calls:
      "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 inotify_init inotify_init1 inotify_rm_watch",
    reason: "waiting for several things at once",
  },
  {
    action: "allow",
    calls:
      "socket socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg",
    reason: "sockets between the processes of the box; the rules for socket and socketpair limit the families",
  },
];
