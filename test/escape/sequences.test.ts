// Boxes used in any order by several processes at once, some of which are killed at any moment: whatever happened before, the
// host is clean, every error is one that was foreseen, and the next use of a box works.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/index.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft, mountsBelow, processesOf } from "../helpers/host.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { until } from "../helpers/until.ts";
import { Random, seeds } from "../unit/properties/property.ts";

const claim = claimWith(...sandbox);

const ids = ["a", "b", "c"] as const;
/** Processes that use the boxes at the same time, and how much each does. */
const actors = 3;
const actions = 24;
/** Of no other test's boxes. */
const uids = { first: 63_200, last: 63_215 };
const env = { MINI_ISOLATE_UIDS: `${uids.first}-${uids.last}` };

/** What a run of the binary may end with: the program's outcome, a box that is not as it would have to be, or that is in use. */
const foreseen: readonly number[] = [0, 1, 64, 75];

const programs = [
  ["/bin/true"],
  ["/bin/sh", "-c", "mkdir -p d/e; ln -sf /etc d/e/l; echo x > d/e/f; mkfifo p 2>/dev/null; exit 3"],
  ["/bin/sh", "-c", "sleep 0.02 & sleep 0.02 & wait"],
  ["/bin/sh", "-c", "setsid sleep 50 & kill -9 $$"],
];

/** Programs that go on until somebody ends them. */
const endless = [
  ["/bin/sleep", "60"],
  ["/bin/sh", "-c", "while :; do :; done"],
  ["/bin/sh", "-c", "for i in 1 2 3; do setsid sleep 60 & done; wait"],
];

async function act(state: State, random: Random, source: string): Promise<string> {
  const id = random.pick(ids);
  const box = random.once(8) ? [] : ["--box-id", id];
  const wait = random.once(3) ? ["--wait"] : [];
  const todo = random.pick<() => readonly string[]>([
    () => ["init", "--box-id", id, "--processes", "8"],
    () => ["init", "--box-id", id, "--processes", "8", "--force"],
    () => ["run", "--json", ...box, ...wait, "--", ...random.pick(programs)],
    () => ["run", "--json", ...box, ...wait, "--", ...random.pick(programs)],
    () => ["execute", "--json", ...box, ...wait, "--source", source],
    () => ["run", "--json", ...box, "--max-time", "0.05", "--", ...random.pick(endless)],
    () => (random.once(2) ? ["cleanup", "--box-id", id, ...wait] : ["list", "--json"]),
    () => ["run", "kill", ...box, "--", ...random.pick(endless)],
    () => ["run", "kill", ...box, "--", ...random.pick(endless)],
    () => ["init", "kill", "--box-id", id, "--force"],
    () => ["cleanup", "kill", "--box-id", id],
  ])();
  const said = todo.join(" ");
  if (todo[1] === "kill") {
    const [command = "", , ...rest] = todo;
    const running = state.start([command, ...rest], { env });
    // Any moment: from before the box is locked until the program has long run.
    await Bun.sleep(random.below(80));
    running.kill("SIGKILL");
    await running.ended;
    return said;
  }
  const { exitCode, stdout, stderr } = await state.mini(todo, { env });
  const timeLimit = exitCode === 2 && todo.includes("--max-time");
  if (!foreseen.includes(exitCode) && !timeLimit) throw new Error(`${said}: exit code ${exitCode}\n${stdout}\n${stderr}`);
  if (/internal error|\n +at /.test(stderr)) throw new Error(`${said}: ${stderr}`);
  if (stdout.startsWith("{") && (todo[0] === "run" || todo[0] === "execute")) {
    const { status, error_message, error } = JSON.parse(stdout) as ExecutionResult & { readonly error?: unknown };
    // The document of an error of ours has an exit code that is foreseen.
    if (status === "InternalError" && error === undefined) throw new Error(`${said}: ${error_message}`);
  }
  return said;
}

/** One actor's work; what it did is in the error when something was not as it must be. */
async function play(state: State, random: Random, source: string): Promise<void> {
  const done: string[] = [];
  for (let left = actions; left > 0; left--) {
    try {
      done.push(await act(state, random, source));
    } catch (error) {
      throw new Error(`after ${done.join("; ") || "nothing"}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

for (const [index, seed] of seeds.entries()) {
  const name = index === seeds.length - 1 ? "a new sequence" : `sequence ${seed}`;
  claim(`${name} of init, run, execute, kill and cleanup by ${actors} at once: the host is clean, and every box can be used again`, async () => {
    await using state = openState();
    for (let uid = uids.first; uid <= uids.last; uid++) state.uids.add(uid);
    const source = state.file("source.sh", "echo hello; sleep 0.01\n");
    try {
      for (const id of ids) await state.mini(["init", "--box-id", id, "--processes", "8"], { env });
      await Promise.all(Array.from({ length: actors }, (_, actor) => play(state, new Random(seed * 1000 + actor), source)));

      // Whoever was killed took the box's processes with it; directories and groups wait for the next use.
      await until("no process of a box", () => processesOf(state.uids).length === 0, 2000);
      expect(mountsBelow(state.directory)).toEqual([]);
      for (const id of ids) {
        expect(await state.mini(["init", "--box-id", id, "--force"], { env })).toMatchObject({ exitCode: 0, stderr: "" });
        const { result } = await state.json(["run", "--box-id", id, "--", "/bin/sh", "-c", "echo again"], { env });
        expect([result.status, result.stdout]).toEqual(["Success", "again\n"]);
      }
      expect(await state.mini(["cleanup", "--all"], { env })).toMatchObject({ exitCode: 0, stderr: "" });
      await expectNothingLeft(state, 20_000);
      expect(readdirSync(state.directory).filter((entry) => !entry.startsWith(".")).toSorted()).toEqual(["instances.json", "instances.lock", "locks", "uids"]);
      expect(readdirSync(join(state.directory, "locks"))).toEqual([]);
      expect(JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8"))).toEqual({});
      expect(existsSync(join(state.directory, ".instances.json.new"))).toBeFalse();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }, { timeout: patience(60_000) });
}
