import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { classify, limitReached, signalName } from "../../../../src/executor/verdict/classify.ts";
import type { Observation } from "../../../../src/model/observation.ts";
import { errno } from "../../../../src/kernel/errno.ts";
import { reachableLimits, type ExecutionStatus, type ReachedLimit } from "../../../../src/model/status.ts";
import { whatRaises, withWhatRaises } from "../../../../src/executor/verdict/raise.ts";
import { compileLimitKeys, runLimitKeys } from "../../../../src/language/run-limits.ts";
import { noLimits, quietRun, someLimits } from "../samples.ts";

const { SIGKILL, SIGSEGV, SIGSYS, SIGXFSZ } = constants.signals;

interface Case {
  readonly claim: string;
  readonly seen: Partial<Observation>;
  readonly status: ExecutionStatus;
  /** The whole message. */
  readonly message?: string | null;
}

const microsecond = 0.001;
const killed = { exitCode: null, signal: SIGKILL } as const;

const cases: readonly Case[] = [
  { claim: "exit code 0 is Success, without a message", seen: {}, status: "Success", message: null },
  { claim: "refused forks are Success when the program coped", seen: { deniedForks: 7 }, status: "Success" },

  { claim: "exit code 1 is RuntimeError", seen: { exitCode: 1 }, status: "RuntimeError", message: "the program ended with exit code 1" },
  { claim: "exit code 127 of a program that ran is its own", seen: { exitCode: 127 }, status: "RuntimeError", message: "the program ended with exit code 127" },
  { claim: "exit code 137 is not a signal", seen: { exitCode: 137 }, status: "RuntimeError" },
  {
    claim: "a program that is not there is RuntimeError with the reason",
    seen: { launch: { kind: "not executable", errno: errno.ENOENT }, exitCode: 127 },
    status: "RuntimeError",
    message: "cannot execute the program: ENOENT (no such file or directory)",
  },
  {
    claim: "a program of another machine is RuntimeError with the reason",
    seen: { launch: { kind: "not executable", errno: errno.ENOEXEC }, exitCode: 127 },
    status: "RuntimeError",
    message: expect.stringMatching(/^cannot execute the program: ENOEXEC \(/) as unknown as string,
  },
  {
    claim: "a program whose user has too many other processes is not judged",
    seen: { launch: { kind: "not executable", errno: errno.EAGAIN }, exitCode: 127 },
    status: "InternalError",
    message: expect.stringMatching(/^cannot execute the program: EAGAIN .*its user has other processes/) as unknown as string,
  },

  { claim: "death by SIGSEGV is Signaled", seen: { exitCode: null, signal: SIGSEGV }, status: "Signaled", message: "the program was ended by signal 11 (SIGSEGV)" },
  { claim: "a SIGKILL that was not ours is Signaled", seen: killed, status: "Signaled" },
  { claim: "death by a real-time signal is Signaled", seen: { exitCode: null, signal: 37 }, status: "Signaled", message: "the program was ended by signal 37 (SIGRTMIN+3)" },

  { claim: "a refused fork and exit code 1 is ProcessLimit", seen: { deniedForks: 1, exitCode: 1 }, status: "ProcessLimit", message: "the process limit of 4, in which each thread counts as a process, was reached and the program failed" },
  { claim: "a fork that a group above refused and exit code 1 is no verdict", seen: { deniedForksFromAbove: 1, exitCode: 1 }, status: "InternalError" },
  { claim: "a fork that a group above refused is Success when the program coped", seen: { deniedForksFromAbove: 1 }, status: "Success" },
  { claim: "a refused fork and death by a signal is ProcessLimit", seen: { deniedForks: 1, exitCode: null, signal: SIGSEGV }, status: "ProcessLimit" },

  { claim: "death by SIGXFSZ is FileSizeLimit", seen: { exitCode: null, signal: SIGXFSZ }, status: "FileSizeLimit", message: "the file size limit of 64 KB was exceeded (SIGXFSZ)" },
  { claim: "output past the cap is FileSizeLimit", seen: { ...killed, killReason: "output" }, status: "FileSizeLimit", message: "the output limit of 4 KB was exceeded" },
  { claim: "output past the cap that was found after the end is FileSizeLimit", seen: { killReason: "output" }, status: "FileSizeLimit" },
  { claim: "a box of exactly the disk limit is not over it", seen: { holding: { bytes: 1_048_576, files: 3, unseen: null } }, status: "Success" },
  {
    claim: "a box that holds more than the disk limit is FileSizeLimit though the program ended with 0",
    seen: { holding: { bytes: 5_033_165, files: 3, unseen: null } },
    status: "FileSizeLimit",
    message: "the box holds 4.8 MB in 3 files, more than its disk limit of 1 MB",
  },
  {
    claim: "a box that holds one block more is told in bytes",
    seen: { holding: { bytes: 1_052_672, files: 1, unseen: null } },
    status: "FileSizeLimit",
    message: "the box holds 1052672 bytes in 1 file, more than its disk limit of 1048576 bytes",
  },
  {
    claim: "a box that holds too much in what was seen of it is FileSizeLimit",
    seen: { holding: { bytes: 2_097_152, files: 200_000, unseen: "too many" } },
    status: "FileSizeLimit",
    message: "the box holds at least 2 MB in 200000 files, more than its disk limit of 1 MB",
  },
  {
    claim: "a box with more files than are looked at is FileSizeLimit, whatever was seen of it",
    seen: { holding: { bytes: 0, files: 200_000, unseen: "too many" } },
    status: "FileSizeLimit",
    message: "the box holds too many files to measure them against its disk limit of 1 MB",
  },
  { claim: "a link that would not go is no reason for a verdict", seen: { holding: { bytes: 0, files: 1, unseen: "not removed" } }, status: "Success" },
  { claim: "a directory that was closed to us is no reason for a verdict", seen: { holding: { bytes: 0, files: 1, unseen: "out of reach" } }, status: "Success" },
  { claim: "a box that nobody looked at is no reason for a verdict", seen: { holding: null }, status: "Success" },
  {
    claim: "a program that never ran did not fill the box",
    seen: { launch: { kind: "not executable", errno: errno.ENOENT }, exitCode: 127, holding: { bytes: 2_097_152, files: 3, unseen: null } },
    status: "RuntimeError",
  },

  { claim: "exactly the CPU time limit is not over it", seen: { cpuTimeMs: 1000 }, status: "Success" },
  { claim: "one microsecond over the CPU time limit, found only after the end, is TimeLimit", seen: { cpuTimeMs: 1000 + microsecond }, status: "TimeLimit", message: "the CPU time limit of 1 s was exceeded" },
  { claim: "a kill for CPU time is TimeLimit", seen: { ...killed, killReason: "cpu", cpuTimeMs: 1003 }, status: "TimeLimit" },
  { claim: "exactly the wall time limit is not over it", seen: { wallTimeMs: 2000 }, status: "Success" },
  { claim: "one microsecond over the wall time limit, found only after the end, is TimeLimit", seen: { wallTimeMs: 2000 + microsecond }, status: "TimeLimit", message: "the wall time limit of 2 s was exceeded" },
  { claim: "a kill for wall time is TimeLimit", seen: { ...killed, killReason: "wall" }, status: "TimeLimit" },
  { claim: "over both time limits the CPU time is named", seen: { cpuTimeMs: 1001, wallTimeMs: 2001 }, status: "TimeLimit", message: "the CPU time limit of 1 s was exceeded" },

  { claim: "a child killed out of memory is MemoryLimit though the program ended with 0", seen: { oomKills: 1 }, status: "MemoryLimit", message: "the memory limit of 1 MB was reached" },
  { claim: "a program killed out of memory is MemoryLimit", seen: { ...killed, oomKills: 1 }, status: "MemoryLimit" },
  { claim: "a kill for sampled memory is MemoryLimit", seen: { ...killed, killReason: "memory" }, status: "MemoryLimit" },
  { claim: "a process killed for memory that somebody above the box lacked is InternalError, though the program ended with 0", seen: { oomKillsFromAbove: 1 }, status: "InternalError", message: expect.stringMatching(/^the host or a control group above the box ran out of memory, /) as unknown as string },
  { claim: "a program that was killed for it, and the rest of the box then, is InternalError", seen: { ...killed, killReason: "memory", oomKillsFromAbove: 1 }, status: "InternalError" },
  { claim: "both out of memory, the box and somebody above it, is MemoryLimit", seen: { ...killed, killReason: "memory", oomKills: 1, oomKillsFromAbove: 1 }, status: "MemoryLimit" },
  { claim: "a sampled peak over the limit is MemoryLimit, also when somebody above was out of memory", seen: { ...killed, memoryPeakBytes: 1_048_577, oomKillsFromAbove: 1 }, status: "MemoryLimit" },
  { claim: "a peak of exactly the limit is not over it", seen: { memoryPeakBytes: 1_048_576 }, status: "Success" },
  { claim: "a peak of one byte over the limit is MemoryLimit", seen: { memoryPeakBytes: 1_048_577 }, status: "MemoryLimit" },

  { claim: "death by SIGSYS is SecurityViolation", seen: { exitCode: null, signal: SIGSYS }, status: "SecurityViolation", message: "the program made a forbidden system call (SIGSYS)" },
  { claim: "a forbidden call is SecurityViolation that names it", seen: { exitCode: null, signal: SIGKILL, killReason: "forbidden", forbidden: { name: "mount", by: null } }, status: "SecurityViolation", message: "forbidden system call: mount" },
  { claim: "a forbidden call whose thread was gone is one all the same", seen: { forbidden: { name: null, by: null } }, status: "SecurityViolation", message: "forbidden system call: unknown, as its thread was gone at once" },
  { claim: "exit code 159 is no SIGSYS", seen: { exitCode: 128 + SIGSYS }, status: "RuntimeError" },

  {
    claim: "a step of ours that failed is InternalError with its name",
    seen: { launch: { kind: "failed", does: "mount /dev", errno: errno.EPERM }, exitCode: null },
    status: "InternalError",
    message: "cannot mount /dev: EPERM (operation not permitted)",
  },
  { claim: "a launcher that was lost is InternalError", seen: { launch: { kind: "lost", reason: "the launcher is gone" }, exitCode: null }, status: "InternalError", message: "the launcher is gone" },
  { claim: "a fault of ours after the start is InternalError", seen: { fault: "the box did not end" }, status: "InternalError", message: "the box did not end" },
  {
    claim: "being told to stop is InternalError",
    seen: { ...killed, killReason: "interrupted", interruptedBy: "SIGTERM" },
    status: "InternalError",
    message: "stopped because mini-isolate received SIGTERM",
  },
  { claim: "an end that nobody saw is InternalError, never Success", seen: { exitCode: null, signal: null }, status: "InternalError", message: "the end of the program was not seen" },
];

describe("the verdict", () => {
  test("a box without a disk limit and with more files than are looked at is FileSizeLimit as well, and the number is told", () => {
    const holding = { bytes: 2 ** 40, files: 200_000, unseen: "too many" } as const;
    expect(classify({ ...quietRun, holding }, { ...someLimits, diskBytes: null })).toEqual({
      status: "FileSizeLimit", message: "the box holds more than 200000 files, too many to look at them all after a run",
    });
    expect(classify({ ...quietRun, holding: { ...holding, unseen: null } }, { ...someLimits, diskBytes: null }).status).toBe("Success");
  });

  test.each([...cases])("$claim", ({ seen, status, message }) => {
    const verdict = classify({ ...quietRun, ...seen }, someLimits);
    expect(verdict.status).toBe(status);
    if (message !== undefined) expect(verdict.message).toEqual(message);
    expect(verdict.message === null).toBe(status === "Success");
  });

  test("without limits nothing that was used is too much", () => {
    const seen = { cpuTimeMs: 1e9, wallTimeMs: 1e9, memoryPeakBytes: 1e15 };
    expect(classify({ ...quietRun, ...seen }, noLimits)).toEqual({ status: "Success", message: null });
  });

  test("names fractions of seconds as they were given", () => {
    const limits = { ...someLimits, cpuTimeMs: 1, wallTimeMs: 1500 };
    expect(classify({ ...quietRun, cpuTimeMs: 2 }, limits).message).toBe("the CPU time limit of 0.001 s was exceeded");
    expect(classify({ ...quietRun, wallTimeMs: 1501 }, limits).message).toBe("the wall time limit of 1.5 s was exceeded");
  });
});

/** Evidence for each status in the order in which the contract decides; of two, the first wins. */
const evidence: readonly (readonly [ExecutionStatus, string, Partial<Observation>])[] = [
  ["InternalError", "a fault of ours", { fault: "broken" }],
  ["SecurityViolation", "a forbidden call", { forbidden: { name: "mount", by: null } }],
  ["SecurityViolation", "SIGSYS", { exitCode: null, signal: SIGSYS }],
  ["MemoryLimit", "an oom kill", { oomKills: 1 }],
  ["InternalError", "an oom kill from above", { oomKillsFromAbove: 1 }],
  ["TimeLimit", "too much CPU time", { cpuTimeMs: 1001 }],
  ["TimeLimit", "too much wall time", { wallTimeMs: 2001 }],
  ["FileSizeLimit", "too much output", { killReason: "output" }],
  ["FileSizeLimit", "SIGXFSZ", { exitCode: null, signal: SIGXFSZ }],
  ["FileSizeLimit", "a box too full", { holding: { bytes: 2_097_152, files: 1, unseen: null } }],
  ["ProcessLimit", "a refused fork", { deniedForks: 1 }],
  ["Signaled", "SIGSEGV", { exitCode: null, signal: SIGSEGV }],
  ["RuntimeError", "exit code 1", { exitCode: 1, signal: null }],
];

const pairs = evidence.flatMap((first, index) => evidence.slice(index + 1).map((second) => [first, second] as const))
  // One program ends in one way.
  .filter(([[, , first], [, , second]]) => !("signal" in first && "signal" in second));

describe("of two reasons the earlier one of the contract counts", () => {
  test.each(pairs.map(([first, second]) => ({ first, second, title: `${first[1]} before ${second[1]}` })))("$title", ({ first, second }) => {
    expect(classify({ ...quietRun, ...second[2], ...first[2] }, someLimits).status).toBe(first[0]);
  });
});

describe("the name of a signal", () => {
  test.each([
    [1, "SIGHUP"], [6, "SIGABRT"], [9, "SIGKILL"], [29, "SIGIO"], [31, "SIGSYS"], [34, "SIGRTMIN+0"], [64, "SIGRTMIN+30"],
  ] as const)("of %d is %s", (number, name) => {
    expect(signalName(number)).toBe(name);
  });
});

describe("the limit that was reached", () => {
  const reached = (seen: Partial<Observation>) => {
    const observed = { ...quietRun, ...seen };
    return limitReached(classify(observed, someLimits).status, observed, someLimits);
  };

  test.each<[ReachedLimit | null, string, Partial<Observation>]>([
    ["cpu_time", "a kill for CPU time", { ...killed, killReason: "cpu" }],
    ["cpu_time", "CPU time found too long after the end", { cpuTimeMs: 1001 }],
    ["cpu_time", "both times over the limit", { cpuTimeMs: 1001, wallTimeMs: 2001 }],
    ["wall_time", "a kill for wall time", { ...killed, killReason: "wall" }],
    ["wall_time", "wall time found too long after the end", { wallTimeMs: 2001 }],
    ["memory", "an oom kill", { oomKills: 1 }],
    ["memory", "a peak over the limit", { memoryPeakBytes: 1_048_577 }],
    ["output", "too much output", { ...killed, killReason: "output" }],
    ["file_size", "death by SIGXFSZ", { exitCode: null, signal: SIGXFSZ }],
    ["disk", "a box too full", { holding: { bytes: 2_097_152, files: 1, unseen: null } }],
    ["disk", "a box with too many files", { holding: { bytes: 0, files: 200_000, unseen: "too many" } }],
    ["processes", "a refused fork and a failure", { deniedForks: 1, exitCode: 1 }],
    [null, "success", {}],
    [null, "a refused fork that the program coped with", { deniedForks: 1 }],
    [null, "a failure", { exitCode: 1 }],
    [null, "a signal", { exitCode: null, signal: SIGSEGV }],
    [null, "a forbidden call, although the time was up, too", { forbidden: { name: "mount", by: null }, cpuTimeMs: 1001 }],
    [null, "a fault of ours, although the time was up, too", { fault: "broken", cpuTimeMs: 1001 }],
  ])("is %p for %s", (limit, _what, seen) => {
    expect(reached(seen)).toBe(limit);
  });
});

describe("what raises a limit", () => {
  const raises = (limitsOf: Parameters<typeof whatRaises>[1]) => Object.fromEntries(reachableLimits.map((limit) => [limit, whatRaises(limit, limitsOf)]));

  test("is a flag of the run, or of init for what only a box has", () => {
    expect(raises({ keys: {}, temporary: false })).toEqual({
      cpu_time: "with --cpu-time", wall_time: "with --wall-time", memory: "with --memory", output: "with init --output-limit", file_size: "with init --file-size",
      disk: "with init --disk-limit", processes: "with init --processes",
    });
  });

  test("is a flag of the run for a temporary box, where there is one", () => {
    expect(raises({ keys: {}, temporary: true })).toMatchObject({ output: "with --output-limit", file_size: "with --file-size", disk: "with --disk-limit", processes: "with --processes" });
  });

  test("is a key of the pack for what the pack sets", () => {
    expect(raises({ keys: compileLimitKeys, temporary: true })).toEqual({
      cpu_time: "in the language pack: compile.limits.time", wall_time: "in the language pack: compile.limits.wall_time", memory: "in the language pack: compile.limits.memory",
      output: "in the language pack: compile.limits.output", file_size: "in the language pack: compile.limits.file_size", disk: "with --disk-limit",
      processes: "in the language pack: compile.limits.processes",
    });
    expect(raises({ keys: runLimitKeys({ processes: 4 }), temporary: true })).toMatchObject({ processes: "in the language pack: run.limits.processes", memory: "with --memory", file_size: "with --file-size" });
  });

  test("stands at the end of the message", () => {
    expect(withWhatRaises("the memory limit of 1 MB was reached", "memory", { keys: {}, temporary: false })).toBe("the memory limit of 1 MB was reached: raise it with --memory");
  });
});
