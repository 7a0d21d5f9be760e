// How commands end that a signal ended, and those that nobody reads: as any other program does, so that loops of a shell end with them.
import { describe, expect } from "bun:test";
import { constants } from "node:os";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);

describe("a run that is ended by", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
    claim(`${signal} cleans up, has its result, and dies of the signal`, async () => {
      await using state = openState();
      // A shell has 128 + signal for an exit code of that number, too.
      const run = state.start(["run", "--json", "--", "/bin/sh", "-c", "echo ready; exec sleep 60"], {
        through: ["/usr/bin/python3", "-c", "import os, signal, subprocess, sys\nchild = subprocess.Popen(sys.argv[1:])\nos.write(2, b'%d\\n' % child.pid)\nos.write(2, b'ended %d\\n' % child.wait())"],
      });
      await Bun.sleep(700);
      const pid = Number(Bun.spawnSync(["pgrep", "-P", String(run.pid)]).stdout.toString().trim());
      process.kill(pid, signal);
      const { stdout, stderr } = await run.ended;
      expect(JSON.parse(stdout)).toMatchObject({ status: "InternalError", error_message: `stopped because mini-isolate received ${signal}` });
      expect(stderr).toContain(`ended -${constants.signals[signal]}\n`);
      await expectNothingLeft(state);
    });
  }
});

claim("a loop of a shell ends with the run that Ctrl-C ended", async () => {
  await using state = openState();
  const loop = state.start(["run", "--silent", "--", "/bin/sleep", "60"], {
    // A group of its own, as a terminal's job has.
    through: ["/usr/bin/setsid", "/bin/bash", "-c", 'trap - INT; echo begins; for i in 1 2 3; do "$@"; echo "goes on after $?"; done', "bash"],
  });
  await loop.prints("begins");
  await Bun.sleep(700);
  // As a terminal does: to the whole group.
  process.kill(-loop.pid, "SIGINT");
  const { stdout } = await loop.ended;
  expect(stdout).toBe("begins\n");
});

describe("when nobody reads any more", () => {
  for (const args of [["list"], ["--version"], ["--help"], ["run", "--help"], ["languages", "list"], ["doctor"], ["run", "--json", "--", "/bin/echo", "x"], ["run", "--", "/bin/echo", "x"]]) {
    claim(`${args.join(" ")} is silent, and ends as by SIGPIPE`, async () => {
      await using state = openState();
      // The reader is gone before it begins; the shell's own word comes on another descriptor.
      const { stdout, stderr } = await state.mini(args, { through: ["/bin/bash", "-c", '{ sleep 0.3; "$@"; echo "$?" >&2; } | exec true', "bash"] });
      expect([stdout, stderr]).toEqual(["", "141\n"]);
      await expectNothingLeft(state);
    });
  }
});
