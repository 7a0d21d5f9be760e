// Processes and signals: whom a program can see, signal, trace, outlive.
import { describe, expect } from "bun:test";
import { processesOf } from "../helpers/host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { commandsOfRoot, keptSignals } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { until } from "../helpers/until.ts";
import { attack } from "./attack.ts";

/** Without these the program is root with every capability, in its namespaces. */
const identity = "become uid,become gid,drop all capabilities,drop capability,set no_new_privs,install the seccomp filter";

describe("signals", () => {
  attack({ claim: "kill -1 reaches nobody", programs: ["signals"], command: "./signals everybody", without: null, because: "pid namespaces are made by the supervisor, not by a step" });
  attack({
    claim: "pid 1 of the box cannot be signalled", needs: [keptSignals], programs: ["signals"], command: "./signals init", without: identity,
  });
  attack({
    claim: "kill of its own process group ends the program and nobody else", shell: "kill -KILL 0; echo BREACH", status: "Signaled", without: null, because: "the session is the program's own by one step, but without it the group would be the test's",
    expect: ({ result }) => expect(result.signal).toBe(9),
  });
  attack({
    claim: "no signal of the box reaches the supervisor through a number of the host", programs: ["signals"], without: null, because: "pid namespaces are made by the supervisor, not by a step",
    play: async ({ state, box }) => {
      const line = "for ((p = 3; p < 70000; p++)); do kill -9 $p && echo BREACH; kill -9 -$p && echo BREACH; done 2>/dev/null; echo done";
      const { result } = await state.json(["run", "--max-cpu", String(patience(10)), "--max-time", String(patience(20)), "--box-id", box.id, "--", "/bin/bash", "-c", line], { timeoutMs: 30_000 });
      expect([result.status, result.stdout]).toEqual(["Success", "done\n"]);
    },
  });
});

describe("looking", () => {
  attack({ claim: "a program sees no process but its own", needs: [keptSignals], programs: ["signals"], command: "./signals find", without: identity });
  attack({
    claim: "pid 1 cannot be read, entered or written through /proc", programs: ["signals"], command: "./signals memory", without: identity,
  });
  attack({ claim: "pid 1 cannot be traced", programs: ["signals"], command: "./signals trace", init: "--processes 4", without: identity });
  attack({
    claim: "the supervisor's command line and environment are nowhere in /proc", options: { env: { MINI_SECRET: "canary" } }, init: "--processes 8",
    shell: "grep -l 'canar[y]' /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | sed 's/^/BREACH /'; grep -l 'mini-isolat[e]' /proc/[0-9]*/cmdline | sed 's/^/BREACH /'; echo done",
    without: null, because: "launcher and init are started with an empty environment by the supervisor",
  });
  attack({
    claim: "another process of the same uid in another box cannot be seen, signalled or traced", needs: [commandsOfRoot], programs: ["signals", "evade"], init: "--uid 64990 --processes 8", without: null,
    because: "pid namespaces are made by the supervisor, not by a step",
    play: async ({ state, box, run }) => {
      const other = await boxWith(state, ["attacks/evade"], { id: "other", init: ["--uid", "64990"] });
      const running = state.start(["run", "--json", "--box-id", other.id, "--max-cpu", String(patience(10)), "--max-time", String(patience(20)), "--", "./evade", "deaf"]);
      await until("the other program runs", () => processesOf(new Set([64_990])).length > 0);
      for (const how of ["find", "everybody"]) {
        const { result } = await run(["./signals", how]);
        expect([result.status, result.stdout.includes("BREACH")]).toEqual(["Success", false]);
      }
      expect(processesOf(new Set([64_990]))).toHaveLength(1);
      running.kill("SIGTERM");
      expect(JSON.parse((await running.ended).stdout).error_message).toContain("SIGTERM");
      expect(box.id).not.toBe(other.id);
      await state.mini(["cleanup", "--box-id", other.id]);
    },
  });
});

describe("outliving", () => {
  for (const [what, line] of [
    ["in a session of its own, deaf to signals", "setsid sh -c 'trap \"\" HUP INT TERM; sleep 99' & sleep 0.1; echo done"],
    ["that was stopped", "sleep 99 & kill -STOP $!; echo done"],
    ["whose parent was killed", "(sleep 99 & kill -9 $BASHPID) 2>/dev/null; echo done"],
    ["that holds stdout and stderr", "sleep 99 & echo done"],
    ["in a thousand generations", "f() { [ $1 -gt 100 ] && sleep 99; f $(($1 + 1)) & }; f 0; sleep 0.2; echo done"],
  ] as const) {
    attack({
      claim: `a process ${what} does not outlive the main one`, shell: line, init: "--processes 200", without: null, because: "the kill of init ends it; without init there is no run",
      expect: ({ result }) => {
        expect([result.status, result.stdout]).toEqual(["Success", "done\n"]);
        expect(result.wall_time).toBeLessThan(patience(3));
      },
    });
  }
  attack({
    claim: "100 processes that fork while they are killed are all gone", without: null, because: "the kill of init ends it; without init there is no run", init: "--processes 100",
    shell: "f() { while :; do (f) & done; }; for i in 1 2 3 4 5 6 7 8; do f & done 2>/dev/null; sleep 0.3; exit 0", flags: "--max-time 2",
    expect: ({ result }) => expect(["Success", "RuntimeError", "ProcessLimit", "TimeLimit"]).toContain(result.status),
  });
});

describe("the caller's terminal", () => {
  const onTerminal = `import os,pty,sys,select
pid,fd=pty.fork()
if pid==0: os.execv(sys.argv[1],[sys.argv[1]]+sys.argv[2:])
out=b''
while True:
  try: part=os.read(fd,4096)
  except OSError: break
  if not part: break
  out+=part
os.waitpid(pid,0)
os.write(1,out)`;
  attack({
    claim: "nothing can be typed into the terminal that is handed through", programs: ["steal-terminal"], without: null,
    because: "the program is started on a terminal of the test's making; the control below starts it there without a box",
    play: async ({ state, box }) => {
      const through = { through: ["/usr/bin/python3", "-c", onTerminal] };
      const { stdout } = await state.mini(["run", "--passthrough", "--box-id", box.id, "--", "./steal-terminal"], through);
      expect(stdout).toContain("done");
      expect(stdout).not.toContain("BREACH");
      const outside = Bun.spawnSync(["/usr/bin/python3", "-c", onTerminal, await program("attacks/steal-terminal")]);
      expect(outside.stdout.toString()).toContain("BREACH");
    },
  });
});
