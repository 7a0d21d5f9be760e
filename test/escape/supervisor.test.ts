// A supervisor that dies or stands still: the box goes with it at once, and the next use of the box works.
import { testedUid } from "../helpers/as-user.ts";
import { describe, expect } from "bun:test";
import { processesOf } from "../helpers/host.ts";
import { groupOfCommands } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { until } from "../helpers/until.ts";
import { attack } from "./attack.ts";

/** Nobody else's, also while another copy of these tests runs on the same machine. */
const uid = testedUid ?? 1_000_000 + process.pid;

/** What a box may take to die with its supervisor. One look in many may be late, on a machine that is busy with other tests. */
const deadMs = 100;
const latestMs = 1000;

const because = "two layers, a step of the launcher and one of init; each has a case in the launcher's tests";

const programs: readonly (readonly [what: string, line: string])[] = [
  ["sleeps", "echo up; sleep 99"],
  ["spins in four processes", "for i in 1 2 3; do while :; do :; done & done; echo up; while :; do :; done"],
  ["is deaf to signals, with a daemon of another session", "trap '' HUP INT TERM QUIT PIPE; setsid sh -c 'trap \"\" HUP INT TERM; sleep 99' & echo up; sleep 99"],
  ["forks without end", "python3 -uc 'import os\nprint(\"up\")\nwhile True:\n  try: os.fork()\n  except OSError: pass'"],
];

describe("a supervisor that is killed", () => {
  for (const [what, line] of programs) {
    attack({
      claim: `takes a program that ${what} with it within ${deadMs} ms; run, init --force and cleanup work afterwards`, init: `--uid ${uid} --processes 32 --time 60`, without: null, because,
      // Without one, the init of an ordinary user's box is the user's own, and counts until it was collected.
      needs: [groupOfCommands],
      play: async ({ state, box, run }) => {
        const times: number[] = [];
        for (let round = 0; round < 9; round++) {
          const running = state.start(["run", "--passthrough", "--box-id", box.id, "--", "/bin/sh", "-c", `${line} 2>/dev/null`]);
          await running.prints("up");
          // Another moment each time.
          await Bun.sleep(round * 3);
          expect(processesOf(state.uids)).not.toEqual([]);
          const killedAt = performance.now();
          running.kill("SIGKILL");
          while (processesOf(state.uids).length > 0 && performance.now() - killedAt < patience(latestMs)) await Bun.sleep(1);
          times.push(performance.now() - killedAt);
          await running.ended;
          // Whoever comes next finds what was left; the last round ends with a run.
          if (round % 2 === 0) expect((await run(["/bin/echo", "x"])).result.stdout).toBe("x\n");
          else expect((await state.mini(["init", "--force", "--box-id", box.id, "--uid", String(uid), "--processes", "32", "--time", "60"])).stderr).toBe("");
        }
        expect(times.filter((ms) => ms >= patience(latestMs))).toEqual([]);
        expect(times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)]).toBeLessThan(patience(deadMs));
      },
    });
  }
});

describe("a supervisor that stands still for two seconds", () => {
  const cases: readonly (readonly [what: string, line: string, flags: readonly string[], status: string, message: RegExp | null])[] = [
    ["a program that spins past its CPU time", "while :; do :; done", ["--max-cpu", "0.5", "--max-time", "20"], "TimeLimit", /CPU time limit/],
    ["a program that sleeps past its time on the clock", "sleep 60", ["--max-time", "1"], "TimeLimit", /wall time limit/],
    ["a program that writes past its memory", "python3 -c 'x = bytearray(200 << 20)'", ["--max-memory", "32", "--max-time", "20"], "MemoryLimit", /memory limit/],
    ["a program that fails within its limits", "echo out; exit 3", ["--max-time", "20"], "RuntimeError", /exit code 3/],
    ["a program that fills its pipe and goes on", "head -c 300000 /dev/zero", ["--max-time", "20"], "Success", null],
  ];
  for (const [what, line, flags, status, message] of cases) {
    attack({
      claim: `judges ${what} as it would have been judged: ${status}`, init: `--uid ${uid} --processes 8`, without: null, because: "the supervisor's own clocks and counters",
      needs: status === "MemoryLimit" ? [groupOfCommands] : [],
      play: async ({ state, box }) => {
        const running = state.start(["run", "--json", "--box-id", box.id, ...flags, "--", "/bin/sh", "-c", `sleep 0.2; ${line}`]);
        await until("the program runs", () => processesOf(state.uids).length > 0);
        running.kill("SIGSTOP");
        const stoppedAt = performance.now();
        await until("two seconds have passed", () => performance.now() - stoppedAt > 2000);
        running.kill("SIGCONT");
        const result = JSON.parse((await running.ended).stdout);
        expect([result.status, result.error_message]).toEqual([status, message === null ? null : expect.stringMatching(message)]);
        if (status === "Success") expect(result.stdout).toHaveLength(300_000);
      },
    });
  }
});
