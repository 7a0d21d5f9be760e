// Boxes that are not what they were: replaced while somebody waits, with a directory gone, exchanged while we walk through them.
import { describe, expect } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../helpers/binary.ts";
import type { ExecutionResult } from "../../src/index.ts";
import { boxWith } from "../helpers/programs.ts";
import type { Running } from "../helpers/running.ts";
import { attack, type Scene } from "./attack.ts";

/** A case that makes its own runs. */
function story(claim: string, play: (scene: Scene) => unknown, init = "--processes 8"): void {
  attack({ claim, init, without: null, because: "the supervisor's own work", play });
}

function recordOf(state: State, id: string): unknown {
  return JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8"))[id];
}

/** Starts a command that needs a box which another run is in, and comes back when it waits for it. */
async function startWaiting({ state, box }: Scene, [command = "", ...args]: readonly string[]): Promise<{ readonly waiting: Running; readonly leave: () => Promise<void> }> {
  const first = state.start(["run", "--passthrough", "--box-id", box.id, "--", "/bin/sh", "-c", "echo up; exec sleep 60"], { itself: true });
  await first.prints("up");
  const waiting = state.start([command, "--verbose", "--wait", "--box-id", box.id, ...args], { through: ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh"] });
  await waiting.prints(`box ${box.id} is in use by another process (pid ${first.pid}): waiting`);
  const leave = async () => {
    first.kill("SIGTERM");
    await first.ended;
  };
  return { waiting, leave };
}

/** Changes a box while a command waits for it: stopped meanwhile, so that whoever changes the box is the first to get its lock. */
async function changeUnder(scene: Scene, command: readonly string[], change: () => Promise<void> | void) {
  const { waiting, leave } = await startWaiting(scene, command);
  waiting.kill("SIGSTOP");
  await leave();
  await change();
  waiting.kill("SIGCONT");
  const { stdout, exitCode } = await waiting.ended;
  return { exitCode, said: stdout.slice(stdout.indexOf(": waiting\n") + ": waiting\n".length) };
}

describe("a box that init --force replaced while somebody waited for it", () => {
  const source = "echo ran >/box/ran";
  for (const [what, command] of [
    ["a run", ["run", "--", "/bin/sh", "-c", `rm -rf /box/*; ${source}`]],
    ["an execute", ["execute", "--source"]],
  ] as const) {
    story(`is not touched by ${what} with --wait, which says so`, async (scene) => {
      const { state, box } = scene;
      let before: unknown;
      const { exitCode, said } = await changeUnder(scene, what === "an execute" ? [...command, state.file("main.sh", `${source}\n`)] : command, async () => {
        const made = await state.mini(["init", "--force", "--box-id", box.id, "--processes", "9"]);
        expect([made.exitCode, made.stderr]).toEqual([0, ""]);
        state.uids.add(lstatSync(box.directory).uid);
        writeFileSync(join(box.directory, "kept"), "of the new box");
        symlinkSync("kept", join(box.directory, "link"));
        before = recordOf(state, box.id);
      });
      expect([exitCode, said]).toEqual([64, "mini-isolate: box 0 was replaced meanwhile\nhint: try again\n"]);
      expect(readdirSync(box.directory).toSorted()).toEqual(["kept", "link"]);
      expect(readFileSync(join(box.directory, "kept"), "utf8")).toBe("of the new box");
      expect(recordOf(state, box.id)).toEqual(before);
      expect(readdirSync(join(state.directory, box.id))).toEqual(["box"]);
      expect((await state.json(["run", "--box-id", box.id, "--", "/bin/cat", "kept"])).result.stdout).toBe("of the new box");
    });
  }
  story("is what a run with --wait does not take for removed: that is another error", async (scene) => {
    const { exitCode, said } = await changeUnder(scene, ["run", "--", "/bin/true"], async () => void (await scene.state.mini(["cleanup", "--box-id", scene.box.id])));
    expect([exitCode, said]).toEqual([64, "mini-isolate: cannot lock box 0: there is no such box\nhint: make it with: mini-isolate init --box-id 0\n"]);
  });
  story("control: a box that was not replaced is used by the run that waited", async (scene) => {
    const { exitCode } = await changeUnder(scene, ["run", "--", "/bin/sh", "-c", source], () => {});
    expect(exitCode).toBe(0);
    expect(readFileSync(join(scene.box.directory, "ran"), "utf8")).toBe("ran\n");
  });
});

describe("a box that is written down", () => {
  const uses = (state: State): readonly (readonly string[])[] => [
    ["run", "--box-id", "0", "--", "/bin/true"], ["run", "--", "/bin/true"], ["run", "--explain", "--", "/bin/true"],
    ["execute", "--source", state.file("main.sh", "true\n")], ["info"], ["info", "--json", "--cgroups"],
  ];
  const damages: readonly (readonly [what: string, says: string, damage: (scene: Scene) => string])[] = [
    ["without its working directory", "is not there", ({ box }) => (rmSync(box.directory, { recursive: true }), box.directory)],
    ["without any directory", "is not there", ({ state, box }) => {
      const home = join(state.directory, box.id);
      rmSync(home, { recursive: true });
      return home;
    }],
    ["with a file in the place of its working directory", "is not a directory", ({ box }) => {
      rmSync(box.directory, { recursive: true });
      writeFileSync(box.directory, "");
      return box.directory;
    }],
    ["with a link in the place of its working directory", "is not a directory", ({ box, canaries }) => {
      rmSync(box.directory, { recursive: true });
      symlinkSync(canaries.open, box.directory);
      return box.directory;
    }],
  ];
  for (const [what, says, damage] of damages) {
    story(`and ${what} is named with the way to have it again, by every use; nothing runs in its stead`, async (scene) => {
      const path = damage(scene);
      const before = readFileSync(join(scene.state.directory, "instances.json"), "utf8");
      for (const args of uses(scene.state)) {
        const { exitCode, stdout, stderr } = await scene.state.mini(args);
        const document = args.includes("--json") ? (JSON.parse(stdout) as ExecutionResult).error_message : stdout;
        const said = args.includes("--json") ? `cannot use box 0: ${path} ${says}` : "";
        expect([args, exitCode, document, stderr]).toEqual([args, 64, said, `mini-isolate: cannot use box 0: ${path} ${says}\nhint: make it again with: mini-isolate init --force --box-id 0\n`]);
      }
      expect(readFileSync(join(scene.state.directory, "instances.json"), "utf8")).toBe(before);
      scene.canaries.expectUntouched();
    });
    for (const [how, args] of [["init --force makes it anew", ["init", "--force", "--box-id", "0"]], ["cleanup removes what is left of it", ["cleanup", "--box-id", "0"]]] as const) {
      story(`and ${what}: ${how}`, async (scene) => {
        damage(scene);
        const outcome = await scene.state.mini(args);
        expect([outcome.exitCode, outcome.stderr]).toEqual([0, ""]);
        scene.canaries.expectUntouched();
        if (args[0] === "init") expect((await scene.state.json(["run", "--box-id", "0", "--", "/bin/true"])).result.status).toBe("Success");
        else expect(existsSync(join(scene.state.directory, "0"))).toBeFalse();
      });
    }
  }
  story("and loses its working directory while a run waits for it is named by that run", async (scene) => {
    const { directory } = scene.box;
    const { exitCode, said } = await changeUnder(scene, ["run", "--", "/bin/true"], () => rmSync(directory, { recursive: true }));
    expect([exitCode, said]).toEqual([64, `mini-isolate: cannot use box 0: ${directory} is not there\nhint: make it again with: mini-isolate init --force --box-id 0\n`]);
  });
});

/** Exchanges what lies at paths of a directory for links and back, and moves it elsewhere and back, until it is killed. */
const exchanger = `import os,sys
box,trap=sys.argv[1:]
print('up',flush=True)
def step(do,*args):
  try: do(*args)
  except OSError: pass
while True:
  for path in ['/d'*depth for depth in range(1,40)]:
    step(os.rename,box+path,box+'/away'); step(os.symlink,trap,box+path); step(os.unlink,box+path); step(os.rename,box+'/away',box+path)
    step(os.rename,box+path,trap+'/moved'); step(os.rename,trap+'/moved',box+path)`;

describe("a box in which directories are exchanged while we walk through it", () => {
  story("is run in, measured and removed without following a link: what lies behind them stays", async ({ state, canaries }) => {
    const [own, trap] = [join(state.scratch, "own"), join(state.scratch, "trap")];
    mkdirSync(join(trap, "d/d/d/d"), { recursive: true });
    for (const place of ["", "d", "d/d", "d/d/d"]) for (let at = 0; at < 20; at++) writeFileSync(join(trap, place, `kept${at}`), "kept");
    const kept = () => readdirSync(trap, { recursive: true }).map(String).filter((path) => path.includes("kept") && !path.startsWith("moved")).toSorted();
    const before = kept();
    const ends: (readonly [code: number, why: string])[] = [];
    for (let round = 0; round < 4 || (round < 30 && !ends.some(([code]) => code === 5)); round++) {
      expect((await state.mini(["init", "--box-id", "swapped", "--dir", own, "--processes", "8"])).exitCode).toBe(0);
      const fill = "import os\nfor i in range(40):\n  for j in range(20): open(f'f{j}','w').close()\n  os.symlink('/etc','l'); os.mkdir('d'); os.chdir('d')";
      expect((await state.json(["run", "--box-id", "swapped", "--", "/usr/bin/python3", "-c", fill])).result.status).toBe("Success");
      const busy = state.start([], { through: ["/usr/bin/python3", "-c", `import os,sys\n${exchanger.replace("sys.argv[1:]", "sys.argv[1:3]")}`, own, trap], timeoutMs: 30_000 });
      await busy.prints("up");
      const { result } = await state.json(["run", "--box-id", "swapped", "--", "/bin/true"]);
      expect(result.status).toBe("Success");
      const { exitCode, stderr } = await state.mini(["cleanup", "--box-id", "swapped"], { timeoutMs: 20_000 });
      ends.push([exitCode, stderr.split(":").at(-1)!.trim()]);
      expect([0, 5]).toContain(exitCode);
      busy.kill("SIGKILL");
      await busy.ended;
      const again = await state.mini(["cleanup", "--box-id", "swapped"]);
      expect([again.exitCode, again.stderr]).toEqual([0, ""]);
      expect(kept()).toEqual(before);
      canaries.expectUntouched();
      expect(existsSync(own)).toBeFalse();
      rmSync(join(trap, "moved"), { recursive: true, force: true });
    }
    // The exchange did meet the walk.
    expect(ends).toContainEqual([5, expect.stringMatching(/moved|end every process|ELOOP|ENOTDIR|ENOENT|again/)]);
  });
  story("and whose home is exchanged for another box's between two runs gives that one nothing", async ({ state, box }) => {
    const other = await boxWith(state, [], { id: "other", init: ["--processes", "8"] });
    writeFileSync(join(other.directory, "theirs"), "of the other box");
    const home = (id: string) => join(state.directory, id);
    renameSync(home(box.id), `${home(box.id)}-old`);
    renameSync(home("other"), home(box.id));
    // The other box's files belong to another uid and its directory is closed: the program has no way in.
    const { result } = await state.json(["run", "--box-id", box.id, "--", "/bin/sh", "-c", "cat theirs; echo mine >mine; ls"]);
    expect([result.stdout, result.status]).not.toEqual([expect.stringContaining("of the other"), "Success"]);
    renameSync(home(box.id), home("other"));
    renameSync(`${home(box.id)}-old`, home(box.id));
    expect(readdirSync(other.directory)).toEqual(["theirs"]);
    await state.mini(["cleanup", "--box-id", "other"]);
  });
});
