// What a box is allowed on top (`--allow`): the neighbours of what was opened stay closed, and nothing outside of the box is reached by it.
import { describe, expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { boxWith } from "../helpers/programs.ts";
import { attack } from "./attack.ts";

const because = "the rules of the filter that replace those for boxes without it: what is open is tried in test/cases/allow.test.ts";
const identity = "become uid,become gid,drop all capabilities,drop capability,set no_new_privs,install the seccomp filter";

describe("tracing", () => {
  attack({
    claim: "a forbidden call that a tracer makes of a harmless one ends the box, and is named", programs: ["permitted"], command: "./permitted rewrite", init: "--allow ptrace --processes 4",
    status: "SecurityViolation", expect: ({ result }) => expect(result.forbidden_syscall).toBe("unshare"), without: null, because,
  });
  attack({ claim: "a tracer cannot switch the filter off, and cannot read it", programs: ["permitted"], command: "./permitted suspend", init: "--allow ptrace --processes 4", without: null, because: "the kernel asks for a capability of the first user namespace" });
  attack({ claim: "pid 1 cannot be traced by a program that may trace", programs: ["signals"], command: "./signals trace", init: "--allow ptrace --processes 4", without: identity });
  attack({ claim: "the memory of pid 1 cannot be read by a program that may trace", programs: ["signals"], command: "./signals memory", init: "--allow ptrace --processes 4", without: identity });
  attack({
    claim: "a main process that is held by its tracer has ended all the same, with its own exit code", programs: ["permitted"], command: "./permitted traced-main", init: "--allow ptrace --processes 4 --time 5",
    status: "RuntimeError", without: null, because: "the supervisor's own work, not a step of the launch",
    expect: ({ result }) => expect([result.exit_code, result.wall_time < 5]).toEqual([7, true]),
  });
  attack({
    claim: "a program that makes the supervisor its tracer only stops itself: its verdict is the time limit", programs: ["permitted"], command: "./permitted ask-supervisor", init: "--allow ptrace",
    flags: "--max-time 1", status: "TimeLimit", without: null, because: "the supervisor's own work, not a step of the launch",
  });
});

describe("locks", () => {
  attack({ claim: "leases and notices stay refused, and no record of a file of the host is locked for writing", programs: ["permitted"], command: "./permitted locks", init: "--allow locks", without: null, because });
  attack({
    claim: "a lock of one box ends with its run", programs: ["permitted"], init: "--allow locks --processes 8", without: null, because: "the kernel drops a lock with the last descriptor",
    play: async ({ state, run }) => {
      const lock = ["/usr/bin/flock", "-n", "/usr/bin/env", "/bin/echo", "locked"];
      const background = await run(["/bin/bash", "-c", "exec 9< /usr/bin/env; /usr/bin/flock -n 9; sleep 100 & echo locked"]);
      expect(background.result.stdout).toBe("locked\n");
      const other = await boxWith(state, [], { id: "other", init: ["--allow", "locks", "--processes", "4"] });
      const { result } = await state.json(["run", "--box-id", other.id, "--", ...lock]);
      expect([result.status, result.stdout]).toEqual(["Success", "locked\n"]);
      await state.mini(["cleanup", "--box-id", other.id]);
    },
  });
});

describe("FIFOs", () => {
  attack({ claim: "devices, sockets and all else that mknod makes stay refused, whatever is above the mode", programs: ["permitted"], command: "./permitted nodes", init: "--allow fifos", without: null, because });
  attack({
    claim: "a FIFO that is left is swept away, and nobody who collects files waits for it", init: "--allow fifos --processes 4", without: null, because: "the supervisor's own work, not a step of the launch",
    play: async ({ state, box, run }) => {
      const { result } = await run(["/bin/sh", "-c", "mkdir d; mkfifo a d/b main.sh; echo kept > c; echo done"]);
      expect([result.status, result.stdout]).toEqual(["Success", "done\n"]);
      expect([readdirSync(box.directory).toSorted(), readdirSync(join(box.directory, "d"))]).toEqual([["c", "d"], []]);
      // A compiler that leaves a FIFO in place of its artefact.
      const pack = ["version: 1", "id: x", "name: X", "extensions: [.x]", "allow: [fifos]", "compile:", "  command: [/usr/bin/mkfifo, prog]", "  artefacts: [prog]", "run:", "  command: [./prog]", ""].join("\n");
      const compiled = await state.json(["execute", "--box-id", box.id, "--pack", state.file("x.yaml", pack), "--source", state.file("a.x", "x")], { timeoutMs: 30_000 });
      expect([compiled.result.status, compiled.result.phase]).not.toEqual(["Success", "run"]);
    },
  });
});
