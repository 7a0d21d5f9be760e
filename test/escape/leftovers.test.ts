// What a program or a killed supervisor leaves, and whoever comes next.
import { describe, expect } from "bun:test";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../helpers/binary.ts";
import { cgroupDirectories, expectNothingLeft, processesOf } from "../helpers/host.ts";
import type { Running } from "../helpers/running.ts";
import { commandsOfRoot, groupOfCommands, type Requirement } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { until } from "../helpers/until.ts";
import { attack, type Scene } from "./attack.ts";

const removal = "the supervisor's own removal";

describe("a box that is hard to remove", () => {
  const plants: readonly (readonly [what: string, how: string, init?: string])[] = [
    ["3,000 directories in each other", "deep 3000"],
    ["20,000 files that nobody may read", "many 20000"],
    ["names that are not UTF-8, have line breaks and escapes, or begin with a dash", "names"],
    ["directories without any permission, the box's own among them", "closed"],
  ];
  for (const [what, how] of plants) {
    attack({
      claim: `${what}: the next run works and cleanup takes less than 10 s`, programs: ["plant"], command: `./plant ${how}`, without: null, because: removal, init: `--time ${patience(20)}`,
      expect: async ({ result }, { run }) => {
        expect([result.status, result.stdout]).toEqual(["Success", "done\n"]);
        if (how !== "closed") expect((await run(["/bin/true"])).result.status).toBe("Success");
      },
    });
  }
  attack({
    claim: "20,000 files with a source of the next run among them: the source is staged all the same", programs: ["plant"], command: "./plant many 20000", without: null, because: removal, init: `--time ${patience(20)} --processes 8`,
    expect: async (_, { state, box }) => {
      const { result } = await state.json(["execute", "--box-id", box.id, "--source", state.file("f7", "#!/bin/sh\necho mine\n", 0o755)]);
      expect([result.status, result.stdout]).toEqual(["Success", "mine\n"]);
    },
  });
  attack({
    claim: "links, sockets and FIFOs are gone after the run, the program's files are not", needs: [commandsOfRoot], init: "--processes 8", without: null, because: removal,
    python: "import os,socket\nos.symlink('/etc/passwd','link')\nsocket.socket(socket.AF_UNIX).bind('socket')\ntry: os.mkfifo('fifo')\nexcept OSError: pass\nopen('file','w').close()\nprint('done')",
    expect: (_, { box }) => expect(readdirSync(box.directory)).toEqual(["file"]),
  });
});

describe("a supervisor that is killed", () => {
  attack({
    claim: "leaves no process of the box for longer than 100 ms, and the next run works", needs: [groupOfCommands], without: null, because: "one step and init both see to it; each has a case in the launcher's tests", init: "--processes 8",
    play: async (scene) => {
      const running = scene.state.start(["run", "--passthrough", "--box-id", scene.box.id, "--", "/bin/sh", "-c", "trap '' TERM HUP; setsid sleep 99 & echo up; sleep 99"]);
      await running.prints("up");
      running.kill("SIGKILL");
      await until("every process of the box is gone", () => processesOf(scene.state.uids).length === 0, 1000);
      await running.ended.catch(() => null);
      expect((await scene.run(["/bin/true"])).result.status).toBe("Success");
    },
  });
  for (const [from, to] of [[0, 9], [10, 19], [20, 40]] as const) {
    attack({
      claim: `${from} to ${to} ms after its start: what it left is removed by the next`, without: null, because: removal, init: "--processes 8",
      play: async (scene) => {
        for (let delay = from; delay <= to; delay += from === 20 ? 4 : 1) await killAfter(scene, delay);
        await expectNothingLeft(scene.state);
        expect((await scene.run(["/bin/true"])).result.status).toBe("Success");
      },
    });
  }
  attack({
    claim: "while it makes or removes a box: init --force, run and cleanup of that box work", without: null, because: removal,
    play: async ({ state }) => {
      for (let delay = 0; delay <= 12; delay += 2) {
        for (const args of [["init", "--box-id", "k"], ["init", "--box-id", "k", "--force"], ["cleanup", "--box-id", "k"]]) {
          const running = state.start(args);
          await after(delay);
          running.kill("SIGKILL");
          await running.ended;
        }
        expect((await state.mini(["init", "--box-id", "k", "--force"])).exitCode).toBe(0);
        expect((await state.json(["run", "--box-id", "k", "--", "/bin/true"])).result.status).toBe("Success");
        expect((await state.mini(["cleanup", "--box-id", "k"])).exitCode).toBe(0);
      }
      expect(readdirSync(join(state.directory, "locks"))).not.toContain("k");
    },
  });
});

describe("a supervisor that is killed while it has a temporary box", () => {
  const endless = ["--processes", "8", "--", "/bin/sh", "-c", "echo x >file; setsid sleep 99 & echo up; while :; do sleep 1; done"];

  /** Starts a run in a temporary box. @returns it, and the names of its traces in the state directory */
  async function begin({ state }: Scene): Promise<{ readonly running: Running; readonly id: string }> {
    const before = new Set(temporaryIn(state));
    const running = state.start(["run", "--passthrough", ...endless], { itself: true });
    await running.prints("up");
    const id = temporaryIn(state).find((name) => !before.has(name))!;
    state.uids.add(lstatSync(join(state.directory, id, "box")).uid);
    return { running, id };
  }
  async function kill({ running }: { readonly running: Running }): Promise<void> {
    running.kill("SIGKILL");
    await running.ended.catch(() => null);
  }
  /** Directories, locks and entries of temporary boxes. */
  function temporaryIn(state: State): string[] {
    return readdirSync(state.directory).filter((name) => name.startsWith("tmp-"));
  }
  const tracesIn = (state: State) => [state.directory, join(state.directory, "locks"), join(state.directory, ".temporary")].flatMap((path) => readdirSync(path).filter((name) => name.startsWith("tmp-")));
  // Without a box of its own, a run has a temporary one.
  const temporary = (claim: string, play: (scene: Scene) => Promise<void>, needs: readonly Requirement[] = []) => attack({
    claim, needs, without: null, because: removal, init: "--processes 8",
    play: async (scene) => {
      await scene.state.mini(["cleanup", "--box-id", scene.box.id]);
      await play(scene);
    },
  });

  temporary("leaves directory, lock, groups and claim, and the next run leaves nothing of them", async (scene) => {
    const { state } = scene;
    const { running, id } = await begin(scene);
    await kill({ running });
    expect(tracesIn(state)).toEqual([id, id, id]);
    expect(cgroupDirectories().filter((path) => path.includes(id)).length).toBeGreaterThan(0);
    expect((await state.json(["run", "--", "/bin/true"])).result.status).toBe("Success");
    expect(tracesIn(state)).toEqual([]);
    expect(cgroupDirectories().filter((path) => path.includes(id))).toEqual([]);
    expect(readdirSync("/run/mini-isolate/uids").filter((name) => state.uids.has(Number(name)))).toEqual([]);
    await expectNothingLeft(state);
  }, [groupOfCommands]);
  temporary("leaves boxes that the next runs remove, while a box beside them lives and keeps what it has", async (scene) => {
    const { state } = scene;
    const living = await begin(scene);
    for (let count = 0; count < 6; count++) await kill(await begin(scene));
    for (let runs = 0; runs < 20 && tracesIn(state).length > 3; runs++) expect((await state.json(["run", "--", "/bin/true"])).result.status).toBe("Success");
    expect(tracesIn(state)).toEqual([living.id, living.id, living.id]);
    expect(readFileSync(join(state.directory, living.id, "box", "file"), "utf8")).toBe("x\n");
    living.running.kill("SIGTERM");
    await living.running.ended;
    expect(tracesIn(state)).toEqual([]);
  });
  temporary("leaves a box that cannot be removed: the next run has its result all the same, and so does the one after it", async (scene) => {
    const { state } = scene;
    const { running, id } = await begin(scene);
    await kill({ running });
    await until("every process of the box is gone", () => processesOf(state.uids).length === 0, 5000);
    const box = join(state.directory, id, "box");
    expect(Bun.spawnSync(["/usr/bin/mount", "--bind", scene.canaries.open, box]).exitCode).toBe(0);
    try {
      for (let runs = 0; runs < 2; runs++) {
        const { result, stderr } = await state.json(["run", "--", "/bin/true"]);
        expect([result.status, stderr]).toEqual(["Success", ""]);
      }
      expect(tracesIn(state)).toEqual([id, id, id]);
    } finally {
      Bun.spawnSync(["/usr/bin/umount", box]);
    }
    await state.json(["run", "--", "/bin/true"]);
    expect(tracesIn(state)).toEqual([]);
  });
  temporary("at any moment leaves nothing that later runs and cleanup --all do not remove", async ({ state }) => {
    for (let delay = 0; delay <= 60; delay += 3) {
      const running = state.start(["run", "--processes", "8", "--", "/bin/sh", "-c", "sleep 99 & sleep 99"]);
      await after(delay);
      running.kill("SIGKILL");
      await running.ended;
    }
    await until("no directory of a killed run", async () => {
      expect((await state.json(["run", "--", "/bin/true"])).result.status).toBe("Success");
      return temporaryIn(state).length === 0;
    }, 10_000);
    expect(await state.mini(["cleanup", "--all"])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(tracesIn(state)).toEqual([]);
  });
});

describe("a supervisor that lives", () => {
  attack({
    claim: "and is told to stop ends the box and says so", without: null, because: "the supervisor's own signals", init: "--processes 8",
    play: async ({ state, box }) => {
      const running = state.start(["run", "--json", "--box-id", box.id, "--", "/bin/sh", "-c", "trap '' TERM INT HUP; (setsid sleep 99 &) ; while :; do sleep 1; done"]);
      await until("the program runs", () => processesOf(new Set([...state.uids])).length > 1);
      running.kill("SIGTERM");
      const { stdout, exitCode } = await running.ended;
      expect([JSON.parse(stdout).status, exitCode]).toEqual(["InternalError", 143]);
    },
  });
  attack({
    claim: "and runs 60 hostile programs in a row leaves no descriptor, group or mount behind", programs: ["signals"], without: null, because: removal, init: "--processes 8",
    play: async ({ run, state }) => {
      const mountsBefore = readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
      for (let round = 0; round < 60; round++) expect((await run(["/bin/sh", "-c", "ln -s / link; sleep 99 & exit 0"])).result.status).toBe("Success");
      expect(readFileSync("/proc/self/mountinfo", "utf8").split("\n")).toHaveLength(mountsBefore);
      await expectNothingLeft(state);
    },
  });
  attack({
    claim: "and used a temporary box for a program that had to be killed removes it", without: null, because: removal,
    play: async ({ state, box }) => {
      await state.mini(["cleanup", "--box-id", box.id]);
      const { result } = await state.json(["run", "--processes", "8", "--max-time", "0.3", "--", "/bin/sh", "-c", "mkdir a; chmod 0 a; ln -s / l; sleep 9"]);
      expect(result.status).toBe("TimeLimit");
      expect(readdirSync(state.directory).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    },
  });
});

/** Kills a run of a program that never ends, so long after its start. */
async function killAfter({ state, box }: Scene, milliseconds: number): Promise<void> {
  const running = state.start(["run", "--box-id", box.id, "--", "/bin/sh", "-c", "sleep 99 & sleep 99"]);
  await after(milliseconds);
  running.kill("SIGKILL");
  await running.ended;
  await until("every process of the box is gone", () => processesOf(state.uids).length === 0, 1000);
  const { result } = await state.json(["run", "--box-id", box.id, "--", "/bin/true"]);
  expect([milliseconds, result.status]).toEqual([milliseconds, "Success"]);
}

/** The moment is what is tried here, so this is no wait for a condition. */
function after(milliseconds: number): Promise<void> {
  return Bun.sleep(milliseconds);
}
