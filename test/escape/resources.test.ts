// Taking more than was given: processes, memory in every form, time, files, output.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { limits } from "../../src/model/limits.ts";
import { boxWith } from "../helpers/programs.ts";
import { commandsOfRoot } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { until } from "../helpers/until.ts";
import { attack, type Scene } from "./attack.ts";

const megabyte = 1024 * 1024;
/** Bytes of a stream that are kept where nothing else is said. */
const defaultCap = Object.values(limits).find(({ key }) => key === "output_limit")?.default;
/** Leaves the program out of its control groups. */
const grouping = "join ";

describe("processes", () => {
  for (const kind of ["children", "threads"] as const) {
    attack({
      claim: `a program that makes ${kind} without end gets no more than its limit`, programs: ["exhaust"], init: "--processes 8",
      command: `./exhaust ${kind} 60`, without: grouping, expect: ({ result }) => expect(result.stdout).toContain(`held ${kind}: 7 of 60 EAGAIN`),
    });
  }
  attack({
    claim: "a fork bomb that never waits is ended by the clock and nothing of it stays", init: "--processes 64", flags: "--max-time 1",
    shell: "b() { b | b & }; while :; do b; done 2>/dev/null", without: null, because: "the kill of init ends it; without init there is no run",
    expect: ({ result }) => expect(["TimeLimit", "ProcessLimit", "RuntimeError"]).toContain(result.status),
  });
});

describe("memory", () => {
  const kinds: readonly (readonly [kind: string, amount: number, what: string, init?: string])[] = [
    ["memory", 96, "written to"],
    ["page-tables", 24_000, "in page tables"],
    ["memfd", 48, "in files without a name"],
    ["system-v", 48, "in System V segments"],
    ["pipes", 700, "in pipes", "--open-files 4096"],
    ["sockets", 900, "in socket buffers", "--open-files 4096"],
  ];
  for (const [kind, amount, what, init = ""] of kinds) {
    attack({
      claim: `memory ${what} counts towards the limit`, programs: ["exhaust"], init: `--mem 24 ${init}`, command: `./exhaust ${kind} ${amount}`,
      without: grouping, status: "MemoryLimit",
    });
  }
  attack({
    claim: "memory in /dev/shm counts towards the limit", programs: ["exhaust"], init: "--mem 24", command: "./exhaust shm 48",
    without: null, because: "the size of the tmpfs bounds it too, and that is an argument of the mount",
    // The tmpfs has the size of the limit and may be full just before.
    expect: ({ result }) => expect(["MemoryLimit", "RuntimeError"]).toContain(result.status),
  });
  attack({
    claim: "no memory can be locked", programs: ["exhaust"], command: "./exhaust mlock 1", without: "set RLIMIT_MEMLOCK",
  });
  attack({
    claim: "a program cannot choose to be spared when memory runs out", programs: ["exhaust"], init: "--mem 24",
    shell: "echo -1000 >/proc/self/oom_score_adj && echo BREACH; echo 1000 >/proc/self/oom_score_adj; ./exhaust memory 96", status: "MemoryLimit",
    without: null, because: "/proc is read-only by an argument of its mount, and the kernel asks for a capability besides",
  });
  attack({
    claim: "empty files in /tmp are bounded in number", programs: ["exhaust"], init: "--mem unlimited --time 20", command: "./exhaust files 100000", without: null,
    because: "the bound is an argument of the mount, not a step",
  });
});

describe("time", () => {
  for (const [how, what] of [
    ["daemon", "in a daemon of another session"], ["reparented", "in a chain of orphans, each too short to be seen"],
    ["deaf", "with every signal ignored and blocked"], ["zombie-leader", "in a thread while the main thread has ended"],
  ] as const) {
    attack({
      claim: `CPU time ${what} is bounded`, programs: ["evade"], init: "--processes 8", command: `./evade ${how}`, flags: "--max-cpu 0.3 --max-time 4",
      without: null, because: "counting is the supervisor's; the accuracy tests show that it counts",
      expect: ({ result }) => {
        expect(result.status).toBe("TimeLimit");
        expect(result.wall_time).toBeLessThan(patience(2));
        expect(result.cpu_time).toBeLessThan(0.3 + patience(0.15));
      },
    });
  }
  attack({
    claim: "a program that stops itself is ended by the wall clock", programs: ["evade"], command: "./evade stopped", flags: "--max-time 0.3",
    status: "TimeLimit", without: null, because: "the clock is the supervisor's",
  });
  attack({
    claim: "the verdict is right although the supervisor was stopped for two seconds while the program span", programs: ["evade"], without: null,
    because: "the clock is the supervisor's",
    play: async ({ state, box }) => {
      const running = state.start(["run", "--json", "--box-id", box.id, "--max-cpu", "0.5", "--max-time", "10", "--", "./evade", "deaf"], { itself: true });
      await until("the launcher has become the program", () => spinning(running.pid));
      process.kill(running.pid, "SIGSTOP");
      const stoppedAt = performance.now();
      await until("two seconds have passed", () => performance.now() - stoppedAt > 2000);
      process.kill(running.pid, "SIGCONT");
      const result = JSON.parse((await running.ended).stdout);
      expect([result.status, result.stdout]).toEqual(["TimeLimit", "started\n"]);
    },
  });
  attack({
    claim: "no limit can be raised, no priority gained", programs: ["signals"], command: "./signals limits",
    without: "become uid,drop all capabilities,drop capability,set no_new_privs,install the seccomp filter",
  });
});

describe("files", () => {
  attack({
    claim: "a program gets no more descriptors than its limit", programs: ["exhaust"], init: "--open-files 64", command: "./exhaust descriptors 100",
    without: "set RLIMIT_NOFILE",
  });
  attack({
    claim: "a box with a quota cannot fill the disk of the host", needs: [commandsOfRoot], programs: ["exhaust"], init: "--quota 8", without: null, because: "the bound is a mount that init makes; without the flag the same program follows",
    play: async ({ state, run }) => {
      expect((await run(["./exhaust", "disk", "32"])).result.stdout).toMatch(/^held disk: [0-9] of 32 /m);
      // The mount lives as long as the box, so the box goes before the look at what is left.
      expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
      await boxWith(state, ["attacks/exhaust"]);
      expect((await run(["./exhaust", "disk", "32"])).result.stdout).toContain("BREACH disk");
    },
  });
  attack({
    claim: "no core is written for the host to handle", shell: "ulimit -c unlimited 2>/dev/null; grep -Eq '^Max core file size +1 ' /proc/self/limits || echo BREACH; (kill -SEGV $BASHPID); ls core* 2>/dev/null && echo BREACH; echo done",
    init: "--processes 4", without: "set RLIMIT_CORE,install the seccomp filter",
  });
});

describe("output", () => {
  for (const [stream, fd] of [["stdout", 1], ["stderr", 2]] as const) {
    attack({
      claim: `512 MiB on ${stream} are cut at the cap, and the supervisor stays small`, programs: ["forge"], without: null, because: "the cap is the supervisor's", init: "--time 20",
      play: async ({ state, box }) => {
        const idle = peakOf((await withPeak(state, box.id, "/bin/true")).stderr);
        const outcome = await withPeak(state, box.id, "./forge", "flood", "512", String(fd));
        const result = JSON.parse(outcome.stdout);
        expect([result.status, result[stream].length, result[`${stream}_truncated`]]).toEqual(["FileSizeLimit", defaultCap, true]);
        expect(peakOf(outcome.stderr) - idle).toBeLessThan(64 * 1024);
      },
    });
  }
  for (const [over, status] of [[0, "Success"], [1, "FileSizeLimit"]] as const) {
    attack({
      claim: `output of the cap${over === 0 ? "" : " and one byte"} is ${status}`, init: "--output-limit 1", without: null, because: "the cap is the supervisor's",
      shell: `head -c ${megabyte + over} /dev/zero`, status, expect: ({ result }) => expect(result.stdout.length).toBe(megabyte),
    });
  }
});

/** Whether a child of the supervisor uses CPU time: the program has begun. */
function spinning(pid: number): boolean {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return children.some((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim() === "evade");
  } catch {
    return false;
  }
}

/** Runs it under a parent that reads the peak of the supervisor's memory, in KiB, at its end. */
async function withPeak(state: Scene["state"], id: string, ...command: readonly string[]) {
  const measure = "import os,sys,resource\npid=os.spawnv(os.P_NOWAIT,sys.argv[1],sys.argv[1:])\n_,_,usage=os.wait4(pid,0)\nprint('peak',usage.ru_maxrss,file=sys.stderr)";
  return await state.mini(["run", "--json", "--box-id", id, "--", ...command], { through: ["/usr/bin/python3", "-c", measure] });
}

function peakOf(text: string): number {
  return Number(/^peak ([0-9]+)$/m.exec(text)?.[1]);
}
