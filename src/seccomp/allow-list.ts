/** `allowed_syscalls` of the configuration: a policy from the names of calls. Loaded only when somebody gives some. */
import type { Network } from "../model/network.ts";
import { defaultArguments, hostArguments, loopbackArguments } from "./arguments.ts";
import { callsOf } from "./policy.ts";
import type { Policy, Rule } from "./rules.ts";
import { fatalCalls, refusedAlways, refusedByStrict } from "./refused.ts";

/**
 * Added to every list. The first are made by the launcher after the filter is installed; the rest by the start and the end of a
 * static or dynamic program with glibc or musl, before and after anything that the program itself wants.
 */
export const neededToStart: readonly Rule[] = [
  { action: "allow", calls: "getrusage sendmsg write clock_gettime execve exit_group", reason: "the launcher's last steps (sendmsg hands the listener of the filter over), and its end when one fails" },
  {
    action: "allow",
    calls:
      "brk mmap munmap mremap mprotect openat open read pread64 close fstat stat newfstatat statx access faccessat readlink readlinkat getcwd uname",
    reason: "the dynamic loader maps the program and its libraries",
  },
  {
    action: "allow",
    calls: "arch_prctl set_tid_address set_robust_list rseq prlimit64 getrandom futex ioctl lseek writev",
    reason: "the C library sets up its thread, its memory and its streams",
  },
  { action: "allow", calls: "rt_sigreturn restart_syscall exit gettid getpid tgkill rt_sigprocmask", reason: "returning from signals, ending, abort" },
];

/** Why a call cannot be on a list, by its name. */
export function neverAllowed(): ReadonlyMap<string, string> {
  const rules = [...fatalCalls, ...refusedAlways.filter(({ unchecked }) => unchecked)];
  return new Map(rules.flatMap((rule) => callsOf(rule).map((call) => [call, rule.reason] as const)));
}

/**
 * The named calls and those that are needed to start; by argument as in `default`. Everything else as `strict` refuses it.
 * @param names known calls, none of {@link neverAllowed}
 */
export function allowListPolicy(names: readonly string[], network: Network = "none"): Policy {
  const named: readonly Rule[] = names.length === 0 ? [] : [{ action: "allow", calls: names.join(" "), reason: "on the list" }];
  return {
    name: "allowed_syscalls",
    rules: [...fatalCalls, ...named, ...neededToStart, ...refusedAlways, ...refusedByStrict],
    arguments: { none: defaultArguments, loopback: loopbackArguments, host: hostArguments }[network],
    otherwise: "ENOSYS",
  };
}
