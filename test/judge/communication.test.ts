// Several processes of a submission and a manager, as tasks of the type Communication have them.
import { describe, expect } from "bun:test";
import type { TestResult } from "../../src/judge/events.ts";
import type { Kind, Problem } from "../../src/judge/problem.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { openProblem, verdicts, type OpenProblem } from "./open-problem.ts";

const claim = claimWith(...sandbox);

type Communication = Extract<Kind, { kind: "communication" }>;

function task(open: OpenProblem, manager: string, more: Partial<Communication> = {}, limits: Partial<Problem["limits"]> = {}): Partial<Problem> {
  return {
    kind: { kind: "communication", protocol: "cms", manager: open.script(manager), processes: 2, io: "fifo", ...more },
    limits: { ...open.limits, cpuTime: 1, ...limits },
  };
}

/** The number goes through both processes, each doubles it. */
const relays = `read n; exec 3<"$1" 4>"$2" 5<"$3" 6>"$4"; echo $n >&4; read a <&3; echo $a >&6; read b <&5
[ "$b" = $((4*n)) ] && echo 1.0 || echo 0.5; echo translate:partial >&2; echo ADMIN_MESSAGE: $a $b >&2`;
const doubles = 'read n <"$1"; echo $((2*n)) >"$2"';

describe("a manager with processes", () => {
  claim("has named pipes, as they have, and gives the outcome", async () => {
    using open = openProblem();
    const results = await open.judge([doubles, 'read n <"$1"; echo $((n+1)) >"$2"'], task(open, relays));
    expect(results.map(([result]) => result!.record.passes[0]!.check)).toMatchObject([
      { kind: "accepted", fraction: 1, message: "Output is partially correct\n10 20" },
      { kind: "wrong", fraction: 0.5, message: "Output is partially correct\n6 7" },
    ]);
    expect(results[0]![0]!.record.passes[0]!.transcript).toEqual([
      { from: "interactor", process: 0, text: "5\n" }, { from: "submission", process: 0, text: "10\n" },
      { from: "interactor", process: 1, text: "10\n" }, { from: "submission", process: 1, text: "20\n" },
    ]);
  });

  claim("gives each its number after its pipes, if there are several or the format does so always", async () => {
    using open = openProblem();
    const counts = 'exec 3<"$1"; read words <&3; echo 1.0; echo "$words" >&2';
    const seen = async (script: string, kind: Partial<Communication>) => (await open.judge([script], task(open, counts, kind)))[0]![0]!.record.passes[0]!.check?.message;
    expect(await seen('echo "$# $3" >"$2"', { processes: 2 })).toBe("3 0");
    expect(await seen('echo "$#" >"$2"', { processes: 1 })).toBe("2");
    expect(await seen('echo "$#"', { processes: 1, io: "std" })).toBe("0");
    expect(await seen('echo "$# $1"', { processes: 2, io: "std" })).toBe("1 0");
    expect(await seen('echo "$# $1"', { processes: 1, io: "std", protocol: "hydro" })).toBe("1 0");
  });

  claim("may use the pipes the other way round, if both sides do", async () => {
    using open = openProblem();
    const swapped = relays.replace('3<"$1" 4>"$2" 5<"$3" 6>"$4"', '4>"$1" 3<"$2" 6>"$3" 5<"$4"');
    const results = await open.judge(['read n <"$2"; echo $((2*n)) >"$1"', 'read n <"$2"; echo 1 >"$1"', "exit 0", "exit 3"], task(open, swapped));
    expect(verdicts(results)).toEqual(["AC", "WA", "WA", "RTE"]);
    expect(results[0]![0]!.record.passes[0]!.transcript!.map(({ from, text }) => from + text)).toEqual(["interactor5\n", "submission10\n", "interactor10\n", "submission20\n"]);
    const speaksFirst = 'exec 4>"$1" 3<"$2"; read n <&3; echo $n >&4; read more <&3; echo 1.0; echo $n >&2';
    const [[first]] = (await open.judge(['exec 4>"$1" 3<"$2"; echo 9 >&4; read n <&3; [ $n = 9 ]'], task(open, speaksFirst, { processes: 1 }))) as [[TestResult]];
    expect([first.decision.verdict, first.record.passes[0]!.check?.message]).toEqual(["AC", "9"]);
  });

  claim("talks to their standard streams where the task says so", async () => {
    using open = openProblem();
    expect(verdicts(await open.judge(["read n; echo $((2*n))", "read n; echo 1"], task(open, relays, { io: "std" })))).toEqual(["AC", "WA"]);
  });

  claim("needs no loop of ours", async () => {
    using open = openProblem();
    expect(verdicts(await open.judge([doubles, "exit 3"], task(open, relays), "by threads"))).toEqual(["AC", "RTE"]);
  });

  claim("reads the end of a process that was gone before it looked", async () => {
    using open = openProblem();
    const late = 'sleep 0.1; exec 3<"$1" 4>"$2"; read n <&3; read more <&3 || echo "1.0"; echo "$n" >&2';
    for (const io of ["std", "fifo"] as const) {
      const [[result]] = (await open.judge([io === "std" ? "echo 7" : 'echo 7 >"$2"'], task(open, late, { io, processes: 1 }))) as [[TestResult]];
      expect([io, result.decision.verdict, result.record.passes[0]!.check?.message]).toEqual([io, "AC", "7"]);
    }
  });

  claim("writes to one that is gone, and one writes when it is gone, without harm to either", async () => {
    using open = openProblem();
    const writes = 'exec 3<"$1" 4>"$2"; sleep 0.1; head -c 300000 /dev/zero >&4; echo 1.0';
    const leaves = 'exec 3<"$1" 4>"$2"; echo 1.0';
    for (const io of ["std", "fifo"] as const) {
      expect([io, verdicts(await open.judge(["exit 0"], task(open, writes, { io, processes: 1 })))]).toEqual([io, ["AC"]]);
      const late = io === "std" ? "sleep 0.1; head -c 300000 /dev/zero; echo x" : 'exec 4>"$2"; sleep 0.1; head -c 300000 /dev/zero >&4; echo x >&4';
      expect([io, verdicts(await open.judge([late], task(open, leaves, { io, processes: 1 })))]).toEqual([io, ["AC"]]);
    }
  });

  claim("says nothing that counts when a process has failed", async () => {
    using open = openProblem();
    const failing = ['[ $3 = 1 ] && exit 3; read n <"$1"; echo $n >"$2"', '[ $3 = 0 ] && kill -SEGV $$; read n <"$1"'];
    const results = await open.judge(failing, task(open, relays));
    expect(verdicts(results)).toEqual(["RTE", "RTE"]);
    expect(results[0]![0]!.decision.message).toContain("process 1: ");
    // It fails for the end of the process, and it says 1.0 whatever that does.
    expect(verdicts(await open.judge([failing[0]!], task(open, 'exec 3<"$1" 5<"$3"; read a <&5 || exit 1; echo 1.0')))).toEqual(["RTE"]);
    expect(verdicts(await open.judge([failing[1]!], task(open, "echo 1.0")))).toEqual(["RTE"]);
  });

  claim("is ended with processes that are out of time", async () => {
    using open = openProblem();
    const limits = { cpuTime: 0.2 };
    expect(verdicts(await open.judge(['read n <"$1"; read more <"$1"', 'while :; do :; done'], task(open, relays, {}, limits)))).toEqual(["TLE", "TLE"]);
  });

  claim("that fails is a judge error, whatever the processes do for it", async () => {
    using open = openProblem();
    for (const manager of ["exit 1", "kill -SEGV $$", "echo well", "echo -1", 'exec 4>"$2"; sleep 0.05; exit 2']) {
      const [[result]] = (await open.judge(['read n <"$1" || exit 1; echo $n >"$2"'], task(open, manager))) as [[TestResult]];
      expect([manager, result.decision.verdict]).toEqual([manager, "JE"]);
      expect(result.decision.message).toContain("the manager failed: ");
    }
  });
});
