// Whatever the host refuses, there is no verdict without a program that ran. Any call that the supervisor makes for a run may be refused, for whatever reason a host has. What
// comes of it is the result of a program that ran, or an error of ours with a code of ours, a sentence and a hint; never a verdict, never a stack.
import { describe, expect } from "bun:test";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox, slow } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { stracePath, traced, type TracedCall, withFault } from "./strace.ts";

const needs = [...sandbox, executable(stracePath)];
/** Every n-th of the calls is tried: a prime, so that all kinds come by. */
const few = 11;
const many = 3;
/** Groups of other tests go away within this. */
const patienceMs = 20_000;

/** How a host refuses each call: for want of room, descriptors, memory, processes, or because a device has failed. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  openat: ["EMFILE", "EIO", "ENFILE"], openat2: ["EIO"], write: ["ENOSPC"], mkdirat: ["ENOSPC", "EDQUOT"], fchown: ["EDQUOT"], fchmod: ["EROFS"],
  renameat2: ["ENOSPC"], unlinkat: ["EIO", "EROFS", "EBUSY"], utimensat: ["EIO"], fsync: ["EIO"], flock: ["ENOLCK"], clone3: ["EAGAIN", "ENOMEM"], memfd_create: ["ENOMEM"], pipe2: ["ENFILE"],
  socketpair: ["EMFILE"], fstat: ["EIO"], faccessat: ["EIO"], newfstatat: ["ESTALE"], getdents64: ["EIO"], readlinkat: ["EIO"], read: ["EIO"], pread64: ["EIO"], pwrite64: ["ENOSPC"], fcntl: ["EMFILE"],
  sendfile: ["ENOSPC"], ftruncate: ["ENOSPC"], pidfd_open: ["EMFILE"], ppoll: ["ENOMEM"], recvmsg: ["ENOMEM"], wait4: ["ECHILD"], setns: ["EPERM"], statfs: ["EIO"],
};

interface Refusal {
  readonly call: string;
  readonly error: string;
  readonly when: number;
  readonly line: string;
}

/** What can be refused of a run from the moment on that it looks at its state directory: what comes before is the runtime's own. */
function refusalsIn(calls: readonly TracedCall[], stateDirectory: string): Refusal[] {
  const counts = new Map<string, number>();
  let begun = false;
  return calls.flatMap(({ name, line }) => {
    const when = (counts.get(name) ?? 0) + 1;
    counts.set(name, when);
    begun ||= line.includes(stateDirectory);
    // The runtime's own threads: whether there is room for them, the guard has tried before (test/builds/guard.ts).
    if (line.includes("CLONE_THREAD")) return [];
    return begun ? (refusals[name] ?? []).map((error) => ({ call: name, error, when, line })) : [];
  });
}

/** Forty files that are looked at in the same way are no more proof than one. */
function withoutRepetitions(all: readonly Refusal[]): Refusal[] {
  const kinds = new Map(all.map((refusal) => [`${refusal.error} ${refusal.line.replace(/[0-9]+|tmp-[\w-]+/g, "#").slice(0, 100)}`, refusal]));
  return [...kinds.values()];
}

/** What is wrong with how a run ended that had a call refused; null: nothing. */
function wrongWith({ exitCode, stdout, stderr }: { readonly exitCode: number; readonly stdout: string; readonly stderr: string }): string | null {
  if (/^\s+at |internal error:/m.test(stderr)) return "a stack";
  let status: string | undefined;
  try {
    status = stdout === "" ? undefined : (JSON.parse(stdout) as { status?: string }).status;
  } catch {
    return "half a document";
  }
  if (exitCode === 0) return status === "Success" ? null : "exit code 0 without a result";
  if (![5, 64, 69, 75].includes(exitCode)) return "a verdict";
  if (status !== undefined && status !== "InternalError") return "a verdict in the document";
  return /^hint: /m.test(stderr) ? null : "no hint";
}

async function tryAll(state: State, args: readonly string[], every: number): Promise<void> {
  await traced(state, args, ["openat"]);
  const all = withoutRepetitions(refusalsIn(await traced(state, args, Object.keys(refusals)), state.directory));
  expect(all.length).toBeGreaterThan(60);
  const wrong: unknown[] = [];
  for (const { call, error, when } of all.filter((_, index) => index % every === 0)) {
    const seen = await withFault(state, args, { call, error, when });
    const what = wrongWith(seen);
    if (what !== null) wrong.push({ what, exitCode: seen.exitCode, failed: seen.failed, stderr: seen.stderr.slice(0, 500) });
  }
  expect(wrong).toEqual([]);
  expect(wrongWith(await state.mini(args))).toBeNull();
  await expectNothingLeft(state, patienceMs);
}

describe("whatever the host refuses, there is no verdict without a program that ran:", () => {
  for (const [extent, every, claim] of [["some of its calls", few, claimWith(...needs)], ["many of its calls", many, claimWith(...needs, slow)]] as const) {
    claim(`run, ${extent}`, async () => {
      await using state = openState();
      await tryAll(state, ["run", "--json", "--", "/bin/true"], every);
    }, { timeout: patience(400_000) });

    claim(`execute, ${extent}`, async () => {
      await using state = openState();
      await tryAll(state, ["execute", "--no-cache", "--json", "--source", state.file("a.c", "int main(void) { return 0; }\n")], every);
    }, { timeout: patience(400_000) });

    claim(`execute from the compile cache, ${extent}`, async () => {
      await using state = openState();
      await tryAll(state, ["execute", "--json", "--source", state.file("a.c", "int main(void) { return 0; }\n")], every);
    }, { timeout: patience(400_000) });
  }
});
