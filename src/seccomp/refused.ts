/** The calls that a policy refuses, and why. */
import type { Rule } from "./rules.ts";

/** No program of a contest makes these by accident: the attempt is the verdict. */
export const fatalCalls: readonly Rule[] = [
  { action: "kill", calls: "setns unshare", reason: "a new namespace brings capabilities against kernel code that expects root" },
  {
    action: "kill",
    calls: "mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr mount_setattr",
    reason: "mounts separate the box from the host",
  },
  { action: "kill", calls: "bpf init_module finit_module delete_module kexec_load kexec_file_load reboot", reason: "code for the kernel, or another kernel" },
  { action: "kill", calls: "add_key request_key keyctl", reason: "keyrings belong to no namespace: a way to other boxes that outlives the run" },
  {
    action: "kill",
    calls: "open_by_handle_at fanotify_init fanotify_mark process_vm_writev",
    reason: "opens files without passing their directories, watches a whole mount, writes to memory of other processes",
  },
  {
    action: "kill",
    calls: "acct clock_settime settimeofday ioperm iopl quotactl quotactl_fd sethostname setdomainname swapon swapoff vhangup",
    reason: "state of the whole machine",
  },
];

/** Refused with an error that programs know how to take: libraries try some of these and have another way. */
export const refusedAlways: readonly Rule[] = [
  { action: "ENOSYS", calls: "clone3", unchecked: true, reason: "its flags lie behind a pointer, where a filter cannot look; libraries fall back to clone" },
  {
    action: "ENOSYS",
    calls: "io_uring_setup io_uring_enter io_uring_register",
    unchecked: true,
    reason: "opens files and sockets from a queue in memory that no filter sees",
  },
  {
    action: "EPERM",
    calls: "ptrace process_vm_readv process_madvise process_mrelease pidfd_getfd kcmp",
    reason: "reaches into other processes; not fatal, as leak checkers of compilers try it",
  },
  { action: "EPERM", calls: "perf_event_open", reason: "a long history of kernel bugs, and a clock for side channels" },
  { action: "EPERM", calls: "userfaultfd", reason: "stops the kernel in the middle of a copy; attackers use this to win races" },
  { action: "ENOSYS", calls: "splice tee vmsplice", reason: "moves pages of files without copying them: Dirty Pipe (CVE-2022-0847) and Copy Fail (CVE-2026-31431)" },
  {
    action: "ENOSYS",
    calls: "io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents",
    reason: "the old asynchronous I/O: the machine has a fixed number of contexts (fs.aio-max-nr), and one small program could take them all",
  },
  { action: "ENOSYS", calls: "inotify_add_watch", reason: "a watch on a file of the host reports live what the host and other boxes open and execute" },
  { action: "ENOSYS", calls: "seccomp", reason: "filters of the program's own use up memory for filters and can flood the audit log" },
  { action: "ENOSYS", calls: "memfd_secret", reason: "memory that nobody outside can look into" },
  {
    action: "ENOSYS",
    calls: "mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages",
    reason: "placement of memory on large machines: nothing that a program in a box has to decide",
  },
  { action: "ENOSYS", calls: "flock", reason: "all boxes share the host's files and the locks on them, so boxes could communicate" },
  { action: "EPERM", calls: "mknod mknodat", reason: "the one who collects the files of the box must not find devices, sockets or FIFOs" },
  { action: "EPERM", calls: "name_to_handle_at", reason: "good only for open_by_handle_at" },
  { action: "EPERM", calls: "listmount statmount listns", reason: "tells about mounts and namespaces of the host" },
  { action: "EPERM", calls: "sync syncfs", reason: "makes every disk of the host work for one program; fsync is there for its own files" },
  { action: "EPERM", calls: "syslog", reason: "the kernel's log has addresses and news of others" },
  { action: "EPERM", calls: "adjtimex clock_adjtime", reason: "the clock is the machine's" },
  { action: "EPERM", calls: "modify_ldt", reason: "16-bit segments: old kernel code with known bugs" },
  { action: "ENOSYS", calls: "lsm_set_self_attr", reason: "only the host sets security labels" },
  {
    action: "ENOSYS",
    calls:
      "_sysctl create_module get_kernel_syms query_module lookup_dcookie nfsservctl remap_file_pages sysfs uselib ustat vserver",
    reason: "gone from the kernel or without a use today",
  },
];

/** What `strict` refuses by name on top of that; every other call that it does not allow is ENOSYS as well. */
export const refusedByStrict: readonly Rule[] = [
  {
    action: "EPERM",
    calls: "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset",
    reason: "could not succeed without capabilities, so the kernel's code for it need not be reached",
  },
  { action: "EPERM", calls: "chown fchown fchownat lchown", reason: "a program has one user only; owners matter to those who handle its files later" },
  { action: "EPERM", calls: "setpriority ioprio_set sched_setattr sched_setparam sched_setscheduler", reason: "a program must not change its priority against other programs of a judge" },
  {
    action: "EOPNOTSUPP",
    calls: "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr",
    reason: "no attributes on files that others handle later",
  },
  {
    action: "ENOSYS",
    calls:
      "shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr",
    reason: "objects that outlive their processes; within a program, mmap and futex do the same",
  },
  {
    action: "ENOSYS",
    calls: "landlock_create_ruleset landlock_add_rule landlock_restrict_self lsm_get_self_attr lsm_list_modules",
    reason: "sandboxes within the sandbox: more of the kernel to attack, nothing to gain",
  },
  { action: "ENOSYS", calls: "get_mempolicy", reason: "placement of memory, as above" },
  { action: "ENOSYS", calls: "cachestat", reason: "tells which pages of a file others have read" },
  {
    action: "ENOSYS",
    calls: "afs_syscall epoll_ctl_old epoll_wait_old get_thread_area set_thread_area getpmsg putpmsg security tuxcall uprobe uretprobe",
    reason: "without a use on these architectures, or the kernel's own",
  },
];
