/** Which flags stand together in a help text, and in which order the groups come. */
import type { FlagName } from "../flags.ts";

/** A flag that is in none stands under {@link otherFlags}. */
export const flagGroups: readonly (readonly [title: string, flags: readonly FlagName[]])[] = [
  ["SOURCE", ["source", "language", "pack", "add", "entry-point", "no-cache"]],
  ["LIMITS", ["memory", "cpu-time", "time-limit", "wall-time", "processes", "file-size", "stack", "core", "disk-limit", "quota", "open-files", "output-limit"]],
  ["INPUT AND OUTPUT OF THE PROGRAM", ["input", "stdout", "stderr", "stdin-file", "stdout-file", "stderr-file", "stderr-to-stdout", "passthrough", "copy-out"]],
  ["PROBLEM", ["format", "submissions", "compare", "until", "verdict", "rerun-close", "rejudge"]],
  ["RESULT", ["json", "jsonl", "events", "html", "records", "result", "output", "meta", "verbose", "silent", "explain", "repeat"]],
  ["WHAT THE PROGRAM SEES AND MAY DO", ["env", "full-env", "mount", "chdir", "network", "share-net", "inherit-fds", "cpus", "seccomp", "allow", "chroot", "uid", "gid"]],
  ["SERVICE", ["config", "host", "port", "dialect-ports", "unix-socket", "insecure", "name", "label", "slots", "data-dir", "store", "sync", "check", "make-key"]],
  ["BOX", ["box-id", "dir", "force", "wait", "strict", "all", "cache", "cgroups", "state-dir"]],
];

export const otherFlags = "OTHER FLAGS";
