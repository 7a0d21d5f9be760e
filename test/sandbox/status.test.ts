// One claim for each status and each way to get there; `run --json` over the compiled binary, as root on cgroup v1.
import { describe, expect } from "bun:test";
import type { ExecutionStatus } from "../../src/model/status.ts";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, groupOfCommands, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const claimCounted = claimWith(...sandbox, groupOfCommands);

/** What a fixture program does and what must be said of it. Every program here prints "started" first. */
interface Case {
  readonly claim: string;
  /** Fixture program and its arguments. */
  readonly command: string;
  readonly init?: string;
  readonly run?: string;
  readonly exitCode?: number;
  readonly signal?: number;
  /** Nothing but a control group counts it. */
  readonly counted?: true;
}

const endOf: Record<ExecutionStatus, number> = {
  Success: 0, RuntimeError: 1, Signaled: 1, ProcessLimit: 1, FileSizeLimit: 1, TimeLimit: 2, MemoryLimit: 3, SecurityViolation: 4, InternalError: 5, CompileError: 6,
};

function claims(status: ExecutionStatus, cases: readonly Case[]): void {
  describe(status, () => {
    for (const { claim: title, command, init = "", run = "", exitCode = null, signal = null, counted } of cases) {
      (counted ? claimCounted : claim)(title, async () => {
        await using state = openState();
        const [program = "", ...args] = command.split(" ");
        await boxWith(state, [program], { init: words(init) });
        const { result, exitCode: code } = await state.json(["run", "--box-id", "0", ...words(run), "--", `./${program}`, ...args]);
        expect({ status: result.status, exit_code: result.exit_code, signal: result.signal }).toEqual({ status, exit_code: exitCode, signal });
        expect(result.success).toBe(status === "Success");
        expect(code).toBe(endOf[status]);
        expect(result.stdout).toStartWith("started\n");
        expect(result.error_message === null).toBe(status === "Success");
        await expectNothingLeft(state);
      });
    }
  });
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

claims("Success", [
  { claim: "a program that exits 0 succeeds", command: "exit-with 0", exitCode: 0 },
  { claim: "CPU time below the limit is no failure", command: "spin 0.1", run: "--max-cpu 0.5 --max-time 20", exitCode: 0 },
  { claim: "sleeping is not CPU time", command: "sleep-for 0.4", run: "--max-cpu 0.1 --max-time 5", exitCode: 0 },
  { claim: "as many processes as allowed are no failure, the first one counted", command: "fork-children 3", init: "--processes 4", exitCode: 0 },
  { claim: "as many threads as allowed are no failure", command: "make-threads 3", init: "--processes 4", exitCode: 0 },
  { claim: "a refused fork that the program copes with is no failure", command: "fork-and-cope", exitCode: 0 },
  { claim: "a file exactly as large as allowed is no failure", command: "write-file 2", init: "--fsize 2", exitCode: 0 },
  { claim: "memory below the limit is no failure", command: "touch-memory 20", run: "--max-memory 32", exitCode: 0 },
  { claim: "an unlimited number of processes is really not limited", command: "fork-children 200", init: "--processes unlimited", exitCode: 0 },
  { claim: "a child in the background that holds stdout open does not delay the end", command: "orphan-holds-stdout", init: "--processes 4 --wall-time 10", exitCode: 0 },
  { claim: "a daemon that outlives the main process is killed with it", command: "double-fork-sleeper", init: "--processes 4", exitCode: 0 },
]);

claims("RuntimeError", [
  { claim: "exit code 1 is a runtime error", command: "exit-with 1", exitCode: 1 },
  { claim: "exit code 255 is a runtime error", command: "exit-with 255", exitCode: 255 },
  { claim: "exit code 127 of the program itself is its own", command: "exit-with 127", exitCode: 127 },
  { claim: "exit code 137 is an exit code, not a signal", command: "exit-with 137", exitCode: 137 },
  { claim: "a program that ignores SIGXFSZ fails by its own exit code", command: "ignore-sigxfsz-and-write 3", init: "--fsize 2", exitCode: 27 },
]);

claims("Signaled", [
  { claim: "abort() is signal 6", command: "abort-self", signal: 6 },
  { claim: "a bad memory access is signal 11", command: "segfault", signal: 11 },
  { claim: "a division by zero is signal 8", command: "divide-by-zero", signal: 8 },
  ...[1, 2, 3, 4, 9, 10, 13, 14, 15, 24, 34, 64].map((number) => ({
    claim: `signal ${number} that the program sends itself is the signal reported`, command: `kill-self ${number}`, signal: number,
  })),
]);

claims("TimeLimit", [
  { claim: "a spinning program is stopped by the CPU limit", command: "spin", run: "--max-cpu 0.3 --max-time 10", signal: 9 },
  { claim: "a fraction of a second is a limit", command: "spin", run: "--max-cpu 0.05 --max-time 10", signal: 9 },
  { claim: "the CPU time of children counts", command: "spin-in-children 2 5", init: "--processes 4", run: "--max-cpu 0.3 --max-time 10", signal: 9 },
  { claim: "the CPU time of threads counts", command: "spin-in-threads 2 5", init: "--processes 4", run: "--max-cpu 0.3 --max-time 10", signal: 9 },
  { claim: "the CPU time of a daemon counts while the main process sleeps", command: "spin-in-daemon 60 stay", init: "--processes 4", run: "--max-cpu 0.3 --max-time 10", signal: 9 },
  { claim: "the CPU time of a daemon counts while the main process waits to exit 0", command: "spin-in-daemon 60 leave", init: "--processes 4", run: "--max-cpu 0.3 --max-time 10", signal: 9 },
  { claim: "a sleeping program is stopped by the wall-clock limit", command: "sleep-for 60", run: "--max-time 0.3", signal: 9 },
  { claim: "a stopped program is stopped by the wall-clock limit", command: "stop-self", run: "--max-time 0.3", signal: 9 },
  { claim: "the limits of init hold without any of run", command: "spin", init: "--time 0.2", signal: 9 },
  { claim: "the wall-clock limit of init holds without any of run", command: "sleep-for 60", init: "--wall-time 0.3", signal: 9 },
  { claim: "a fork bomb ends with the time limit and leaves nothing", command: "fork-bomb", init: "--processes 32 --mem 1024", run: "--max-cpu 0.5 --max-time 5", signal: 9 },
]);

claims("MemoryLimit", [
  { claim: "memory over the limit ends the program", command: "touch-memory 64", run: "--max-memory 32", signal: 9 },
  { claim: "the memory limit of init holds", command: "touch-memory 64", init: "--mem 32", signal: 9 },
  { claim: "memory in threads counts together", command: "touch-memory-in-threads 4 16", init: "--processes 8 --mem 32", signal: 9, counted: true },
  { claim: "memory in memfd counts", command: "fill-memfd 64", init: "--mem 32 --fsize 256", signal: 9 },
  { claim: "memory in /dev/shm counts", command: "fill-dev-shm 64", init: "--mem 32 --fsize 256", signal: 9, counted: true },
  { claim: "memory in /tmp counts", command: "fill-tmp 64", init: "--mem 32 --fsize 256", signal: 9, counted: true },
]);

claims("ProcessLimit", [
  { claim: "the default of one process refuses the first fork", command: "fork-children 1", exitCode: 3, counted: true },
  { claim: "one process more than allowed is refused", command: "fork-children 4", init: "--processes 4", exitCode: 3, counted: true },
  { claim: "threads count as processes", command: "make-threads 1", exitCode: 3, counted: true },
  { claim: "one thread more than allowed is refused", command: "make-threads 4", init: "--processes 4", exitCode: 3, counted: true },
]);

claims("FileSizeLimit", [
  { claim: "a file over the limit ends the program with SIGXFSZ", command: "write-file 3", init: "--fsize 2", signal: 25 },
  { claim: "the limit holds in /tmp as well", command: "write-file 3 /tmp/written", init: "--fsize 2", signal: 25 },
]);

claims("SecurityViolation", [{ claim: "death by SIGSYS is a security violation", command: "raise-sigsys", signal: 31 }]);
