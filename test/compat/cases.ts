/**
 * Command lines of `isolate`, and what of their outcome is compared: with ioi/isolate 1.10.1 itself (REFERENCE_ISOLATE), or with what it
 * answered when it was recorded (recorded.json). The names A01 and so on are those of docs/ioi-compatibility.md.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface CompatBox {
  /** What init prints. */
  readonly home: string;
  readonly work: string;
  readonly scratch: string;
}

export interface CompatStep {
  /** After `isolate -b N`. META is a file in the scratch directory, WORK the working directory. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly before?: (box: CompatBox) => void;
  readonly shows?: (box: CompatBox) => string;
  /** Sent to the keeper when the program has printed `running`. */
  readonly signal?: NodeJS.Signals;
}

export interface CompatCase {
  readonly id: string;
  readonly claim: string;
  /** A box of its own, without `init`; else the cases share one that is there. */
  readonly own?: true;
  readonly cg?: true;
  readonly steps: readonly CompatStep[];
  /** Why ours differs, and what of ours is other than what was recorded: a replacement for each. */
  readonly differs?: { readonly why: string; readonly replace: readonly (readonly [recorded: string | RegExp, ours: string])[] };
}

const run = (...args: readonly string[]): CompatStep => ({ args });
/** With the meta file. */
const meta = (...args: readonly string[]): CompatStep => ({ args: ["-M", "META", ...args] });
const tool = (...words: readonly string[]) => ["--run", "--", "tool", ...words];
const listed = ({ work }: CompatBox) => {
  const kind = (mode: number) => ({ 0o100000: "file", 0o040000: "directory", 0o120000: "link", 0o010000: "pipe", 0o140000: "socket" })[mode & 0o170000] ?? "?";
  const own = readdirSync(work).filter((name) => name.startsWith("a-")).toSorted();
  return own.map((name) => {
    const stat = lstatSync(join(work, name));
    return `${name} ${kind(stat.mode)} ${(stat.mode & 0o7777).toString(8)} uid ${stat.uid} links ${stat.mode & 0o040000 ? "-" : stat.nlink}`;
  }).join("\n");
};

export const cases: readonly CompatCase[] = [
  { id: "A01", claim: "init prints the directory above the working directory", own: true, steps: [
    { args: ["--init"], shows: ({ work }) => `uid ${lstatSync(work).uid} mode ${(lstatSync(work).mode & 0o777).toString(8)}` }, run("--init"), run("--cg", "--init"), run("--cleanup"), run("--cleanup"),
    run("--run", "--", "/bin/true"), run("--cleanup"),
  ] },
  { id: "A04", claim: "a command is found in the working directory, by its path too", steps: [meta(...tool("ok")), meta("--run", "--", "./tool", "ok"), meta("--run", "--", "/box/tool", "ok")] },
  { id: "A05", claim: "an exit code", steps: [meta(...tool("exit", "3"))] },
  { id: "A06", claim: "a command that is not there ends with 127, and the program's standard error says why", steps: [
    meta("--run", "--", "nope"), run("-r", "a-err", "--run", "--", "nope"), { ...run("--stderr-to-stdout", "--run", "--", "nope"), shows: ({ work }) => (existsSync(join(work, "a-err")) ? "a-err is there" : "") },
    run("--run", "--", "/bin/cat", "a-err"),
  ] },
  { id: "A07", claim: "what cannot be executed, each with its reason", steps: [
    meta("--run", "--", ""), run("--run", "--", "/usr"),
    { ...run("--run", "--", "./a-script"), before: ({ work }) => { writeFileSync(join(work, "a-script"), "no such format\n"); chmodSync(join(work, "a-script"), 0o755); writeFileSync(join(work, "a-plain"), "x"); } },
    run("--run", "--", "./a-plain"), run("--run", "--", "--", "x"),
  ] },
  { id: "A08", claim: "a program that a signal ends", steps: [meta(...tool("sig", "11")), meta(...tool("sig", "9")), meta(...tool("sig", "6")), meta(...tool("sig", "15"))] },
  { id: "A09", claim: "a program over its CPU time is killed", steps: [meta("-t", "0.2", ...tool("spin", "5"))] },
  { id: "A10", claim: "extra time lets a program come to its end", steps: [meta("-t", "0.1", "-x", "0.8", ...tool("spin", "0.25"))] },
  { id: "A11", claim: "extra time is over at some time", steps: [meta("-t", "0.1", "-x", "0.2", ...tool("spin", "5"))] },
  { id: "A12", claim: "extra time is no addition to the limit", steps: [meta("-t", "0.2", "-x", "0.1", ...tool("spin", "2"))] },
  { id: "A13", claim: "a program over its wall time is killed", steps: [meta("-w", "0.2", ...tool("sleep", "5"))] },
  { id: "A14", claim: "extra time is not one of the clock", steps: [meta("-w", "0.2", "-x", "0.6", ...tool("sleep", "5"))] },
  { id: "A15", claim: "a program that stops itself runs out of wall time", steps: [meta("-w", "0.2", ...tool("stop"))] },
  { id: "A16", claim: "a negative time is over at once, and what is no number is no limit", steps: [meta("-t", "-1", ...tool("ok")), meta("-t", "abc", "-w", "0.0009", ...tool("ok"))] },
  { id: "A17", claim: "the address space is bounded", steps: [meta("-m", "50000", ...tool("mem", "100"))] },
  { id: "A18", claim: "a program is alone unless it may have processes", steps: [run(...tool("fork", "2")), run("--processes=3", ...tool("fork", "4")), run("-p", ...tool("fork", "4")), run("--processes=0", ...tool("fork", "4")), run("-p4", ...tool("fork", "2"))] },
  { id: "A21", claim: "a number after -p and a blank is the command", steps: [run("-p", "5", "--run", "--", "tool", "ok")] },
  { id: "A22", claim: "a daemon ends with its run", steps: [run("-p", ...tool("daemon"))] },
  { id: "A23", claim: "silence is about verdicts only", steps: [run("-s", ...tool("ok")), run("-s", ...tool("exit", "1")), run("-s", "-c", "/zip", ...tool("ok"))] },
  { id: "A24", claim: "standard error goes with standard output", steps: [run("--stderr-to-stdout", "--run", "--", "/bin/sh", "-c", "echo E >&2; echo O")] },
  { id: "A25", claim: "of two places for standard error the last counts", steps: [
    run("-r", "a-f", "--stderr-to-stdout", "--run", "--", "/bin/sh", "-c", "echo A; echo B >&2"), run("--stderr-to-stdout", "-r", "a-f", "--run", "--", "/bin/sh", "-c", "echo A; echo B >&2"), run("--run", "--", "/bin/cat", "a-f"),
  ] },
  { id: "A26", claim: "one file for both streams has two positions", steps: [run("-o", "a-f", "-r", "a-f", "--run", "--", "/bin/sh", "-c", "echo AAAA; echo B >&2"), run("--run", "--", "/bin/cat", "a-f")] },
  { id: "A27", claim: "standard input is a file of the box", steps: [
    meta("-i", "none", ...tool("ok")), { ...run("-i", "a-in", "--run", "--", "/bin/cat"), before: ({ work }) => writeFileSync(join(work, "a-in"), "input\n") }, { ...run("--run", "--", "/bin/cat"), input: "given\n" },
  ] },
  { id: "A28", claim: "standard output that cannot be opened", steps: [meta("-o", "/nowhere/x", ...tool("ok"))] },
  { id: "A29", claim: "the working directory can be another one", steps: [run("-c", "/usr/bin", "--run", "--", "/bin/pwd"), meta("-c", "/zip", ...tool("ok"))] },
  { id: "A30", claim: "the meta file can be standard output", steps: [run("-M", "-", ...tool("ok"))] },
  { id: "A31", claim: "a meta file that cannot be opened ends everything", steps: [run("-M", "/nodir/m", ...tool("ok"))] },
  { id: "A32", claim: "a meta file is emptied for every command, also before a later fault", own: true, steps: [meta("--init"), meta("--nonsense"), meta("--cleanup")] },
  { id: "A33", claim: "a directory of the host can be shown, read-only", steps: [run("-d", "etc", "--run", "--", "/bin/ls", "/"), run("-d", "etc", "--run", "--", "/bin/sh", "-c", "echo x > /etc/x")] },
  { id: "A34", claim: "default directories can be taken away", steps: [run("-d", "tmp=", "-d", "dev=", "-d", "dev/shm=", "--run", "--", "/bin/ls", "/")] },
  { id: "A35", claim: "a source that is not there", steps: [meta("-d", "foo=/nonexistent", ...tool("ok")), meta("-d", "foo=/nonexistent:maybe", ...tool("ok"))] },
  { id: "A36", claim: "rules that are wrong", steps: [
    ...["foo=bar", "a/../b=/tmp", "/=/tmp", "foo:fs", "foo=/x:tmp", "foo:fs:tmp", "foo:zz", "/proc:proc:fs", "foo=:tmp", "=/tmp", ""].map((rule) => run("-d", rule, ...tool("ok"))), run("-d", "foo=nosuchfs:fs", ...tool("ok")),
  ] },
  { id: "A37", claim: "a file cannot be shown", steps: [meta("-d", "etc/passwd=/etc/passwd", ...tool("ok"))] },
  { id: "A38", claim: "without the default directories there is no working directory", steps: [meta("-D", ...tool("ok"))] },
  { id: "A39", claim: "a rule of the caller stays without the default directories", steps: [run("-D", "-d", "box=./box:rw", "-d", "lib", "-d", "lib64", ...tool("ok")), run("-d", "bin", "-D", "-d", "box=./box:rw", "-d", "lib", "-d", "lib64", "--run", "--", "/bin/ls", "/")] },
  { id: "A40", claim: "nothing can be executed from a directory with noexec", steps: [run("-d", "box=./box:rw:noexec", ...tool("ok"))] },
  { id: "A41", claim: "a file system of its own", steps: [run("-d", "foo=tmpfs:fs", "--run", "--", "/bin/sh", "-c", "echo x > /foo/y"), run("-d", "foo=tmpfs:fs:rw", "--run", "--", "/bin/sh", "-c", "echo x > /foo/y")] },
  { id: "A42", claim: "the host's /tmp in place of the private one", steps: [{ ...run("-d", "tmp", "--run", "--", "/bin/cat", "SCRATCH/seen"), before: ({ scratch }) => { chmodSync(join(scratch, ".."), 0o755); writeFileSync(join(scratch, "seen"), "seen\n"); } }] },
  { id: "A43", claim: "the environment is what the rules make of it, in their order", steps: [
    { ...run("-E", "B", "-E", "NOPE", "-E", "LIBC_FATAL_STDERR_=", ...tool("env")), env: { B: "2" } }, run(...tool("env")),
    { ...run("-e", "-E", "B=9", "-E", "Z=1", "-E", "A=", "-E", "A=5", ...tool("env")), env: { A: "1", B: "2", C: "3" } }, run("-E", "=x", ...tool("env")), run("-E", "A=1=2", ...tool("env")),
  ] },
  { id: "A44", claim: "limits of processes, soft and hard alike", steps: [run("-k", "1000", "-f", "100", "--open-files=7", "-m", "100000", "--core=10", "--processes=9", ...tool("limits")), run(...tool("limits"))] },
  { id: "A45", claim: "a file that becomes too large ends the program", steps: [run("-f", "1", "-o", "a-big", "--run", "--", "/bin/sh", "-c", "exec /usr/bin/head -c 3000 /dev/zero")] },
  { id: "A46", claim: "the loader has no descriptor left", steps: [run("--open-files=3", "--run", "--", "/bin/true")] },
  { id: "A47", claim: "signals that stop the keeper", steps: (["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const).map((signal) => ({ ...meta(...tool("announce")), signal })) },
  { id: "A48", claim: "signals that the keeper ignores", steps: (["SIGUSR1", "SIGUSR2", "SIGPIPE"] as const).map((signal) => ({ ...meta("-p", "--run", "--", "/bin/sh", "-c", "echo running; /usr/bin/sleep 0.1"), signal })) },
  { id: "A49", claim: "signals that are fatal for the keeper leave a whole meta file", steps: (["SIGABRT", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"] as const).map((signal) => ({ ...meta(...tool("announce")), signal })) },
  { id: "A51", claim: "special files of the program are removed, unless they are to stay", own: true, steps: [
    run("--init"), { ...run("--run", "--", "/box/tool", "special"), shows: listed }, run("--cleanup"), run("--init"), { ...run("--special-files", "--run", "--", "/box/tool", "special"), shows: listed }, run("--cleanup"),
  ] },
  { id: "A52", claim: "special files of the caller are removed before the program begins", own: true, steps: [
    run("--init"), { ...run("--run", "--", "/bin/ls", "/box"), before: ({ work }) => { symlinkSync("/etc/passwd", join(work, "a-link")); mkdirSync(join(work, "a-directory")); } }, run("--cleanup"),
  ] },
  { id: "A53", claim: "what is in /tmp stays until cleanup", own: true, steps: [run("--init"), run("--run", "--", "/bin/sh", "-c", "echo kept > /tmp/f"), run("--run", "--", "/bin/cat", "/tmp/f"), run("--cleanup"), run("--init"), run("--run", "--", "/bin/cat", "/tmp/f"), run("--cleanup")] },
  { id: "A54", claim: "with control groups the memory of the group is in the meta file", cg: true, steps: [
    meta("--cg", ...tool("mem", "10")), meta("--cg", ...tool("exit", "3")), meta("--cg", "--run", "--", "nope"), meta("--cg", "-p", ...tool("sig", "11")), meta("--cg", "-t", "0.2", "--cg-timing", ...tool("spin", "5")),
  ] },
  { id: "A55", claim: "a program out of memory is killed, and the next run knows nothing of it", cg: true, steps: [meta("--cg", "--cg-mem=20000", ...tool("mem", "100")), meta("--cg", "--cg-mem=200000", ...tool("mem", "10")), meta("--cg", "--cg-mem=0", ...tool("mem", "40"))],
    differs: { why: "A56: isolate keeps the flag for all later runs of the box; ours is of this run alone", replace: [[/(got (10|40)(?:(?!\$ )[^])*?)meta\|cg-oom-killed:1\n/g, "$1"]] } },
  { id: "A57", claim: "CPU time is that of the whole group", cg: true, steps: [meta("--cg", "-p", ...tool("fork", "4", "0.05")), meta("--cg", "-p", "-t", "0.15", ...tool("fork", "4", "0.2")), meta("--cg", "-p", "--no-cg-timing", "-t", "0.3", ...tool("fork", "2", "0.05"))],
    differs: { why: "as A55: the flag of an earlier run", replace: [["meta|cg-oom-killed:1\n", ""]] } },
  { id: "A59", claim: "a shell survives its child that ran out of memory", cg: true, steps: [meta("--cg", "-p", "--cg-mem=20000", "--run", "--", "/bin/sh", "-c", "./tool mem 100; echo alive $?")] },
  { id: "A63", claim: "the network is empty but for the loopback interface", steps: [run("--run", "--", "/bin/sh", "-c", "tail -n +3 /proc/self/net/dev | cut -d: -f1")] },
  { id: "A64", claim: "what the program is", steps: [run(...tool("self")), run("--inherit-fds", ...tool("self"))] },

  { id: "G01", claim: "options and words in any order", steps: [run("--run", "./tool", "--silent", "exit", "1"), run("--ru", "--proc=2", "--", "tool", "ok"), run("-sv", "--ver"), run("--std", "x"), run("--box-id"), run("-b"), run("--silent=3"), run("--foo"), run("-y"), run("--help"), run("-h")] },
  { id: "G03", claim: "forms of numbers", steps: [..."abc 10x 1.5 0x1 -1 4294967296".split(" ").map((number) => run(`--mem=${number}`, ...tool("ok"))), run("--mem=", ...tool("ok")), run("--mem= 500000", ...tool("ok")), run("--mem=+500000", ...tool("ok")), run("-p=", ...tool("ok")), run("--processes=", ...tool("ok")), run("-b1000000", "--init"), run("-q", "5", "--init"), run("-q", "5,x", "--init")] },
  { id: "G05", claim: "everything after the first -- is the command", steps: [run("--run", "--", "/bin/echo", "--silent", "--")] },
  { id: "G08", claim: "one command", steps: [run("--init", "--run"), run("--run", "--run", "tool", "ok"), run(), run("--init", "x"), run("--cleanup", "x"), run("--run")] },
  { id: "G11", claim: "options of control groups need --cg", steps: [run("--cg-mem=5", ...tool("ok")), run("--cg-timing", ...tool("ok")), run("--no-cg-timing", ...tool("ok"))] },
  { id: "C01", claim: "a run with control groups in a box without", steps: [meta("--cg", ...tool("ok"))] },
  { id: "M01", claim: "the meta file tells of a box that is not there", own: true, steps: [meta("--run", "--", "/bin/true"), meta("-s", "--cg", "--run", "--", "/bin/true"), run("--cleanup")] },
  { id: "V01", claim: "what is done can be seen", own: true, steps: [run("-v", "--init"), run("-v", "--cleanup"), run("-v", "--cleanup")],
    differs: { why: "a box that is gone leaves no empty directory behind", replace: [] } },
];
