/**
 * One case: a program that attacks from inside a box, what must come of it, and what must hold on the host afterwards.
 *
 * Attack programs print a line that begins with BREACH for what worked and must not have, and `done` at their end, so a
 * program that never came to its attack does not pass for one that was held. Each case names the launch steps that hold it;
 * its twin runs the same attack with these left out and must see it succeed.
 */
import { testedUid } from "../helpers/as-user.ts";
import { expect } from "bun:test";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import type { ExecutionStatus } from "../../src/model/status.ts";
import { binaryPath, type MiniOptions, openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft, ipcObjectsOf, mountsBelow } from "../helpers/host.ts";
import { type Box, boxWith, ownCache, program } from "../helpers/programs.ts";
import { claimWith, executable, type Requirement, sandbox } from "../helpers/requires.ts";
import { start, type Outcome } from "../helpers/running.ts";
import { type Canaries, openCanaries } from "./canaries.ts";
import { leaveOutVariable, secondLine, weakenedBinary } from "./weakened.ts";
import { patience } from "../helpers/slowness.ts";

const everyAttackNeeds = [...sandbox, ...["python3", "setpriv", "mkfifo", "mknod", "script"].map((name) => executable(`/usr/bin/${name}`))];

/** They see what was left out: without them a twin would not get so far. */
const verifications = "verify ";

/** Longest that removing any box may take. */
const cleanupDeadlineMs = 10_000;

/** A shell waits long for a process that it cannot have. */
const shellNeeds = "--processes 8";

/** Other tests may run at the same time: what is theirs goes away within this. */
const patienceMs = 20_000;

/** A user of the host without rights, for controls that run the attack outside any box. */
const ordinaryUid = 65_533;

/** Where a case is played. */
export interface Scene {
  readonly state: State;
  readonly canaries: Canaries;
  readonly box: Box;
  /** Runs a program in the box with the flags of the case. */
  run(command: readonly string[], flags?: readonly string[], options?: MiniOptions): Promise<Seen>;
}

/** How a run ended. */
export type Seen = Outcome & { readonly result: ExecutionResult };

type Words = string | readonly string[];
type InScene<T> = T | ((scene: Scene) => T);

interface Common {
  /** What holds. */
  readonly claim: string;
  /** What it needs besides; else it is skipped, with its twin. */
  readonly needs?: readonly Requirement[];
  /** Sources that the box gets compiled, of test/fixtures/attacks. */
  readonly programs?: readonly string[];
  readonly init?: InScene<Words>;
  readonly flags?: InScene<Words>;
  readonly options?: InScene<MiniOptions>;
  /** What is on the host before the attack. */
  readonly before?: (scene: Scene) => unknown;
  /** Status that the run must have; Success when nothing is said and no {@link Common.expect} is given. */
  readonly status?: ExecutionStatus;
  /** More that must hold, after all that always must. */
  readonly expect?: (seen: Seen, scene: Scene) => unknown;
  /** Instead of a BREACH on standard output: what must be seen in the twin. */
  readonly breached?: (seen: Seen, scene: Scene) => unknown;
  /** Flags that the twin has besides. */
  readonly openedBy?: InScene<Words>;
}

/** The launch steps that hold the attack, or why no step can be named. */
type Layer = { readonly without: string } | { readonly without: null; readonly because: string };

export type Attack = Common & Layer & (
  /** Words of the command line. */
  | { readonly command: InScene<Words> }
  /** A line for the shell. */
  | { readonly shell: InScene<string> }
  /** A line for Python. */
  | { readonly python: InScene<string> }
  /** Anything else: the case makes its own runs. */
  | { readonly play: (scene: Scene) => unknown }
) & {
  /** The twin is the same program, run by an ordinary user outside any box. */
  readonly onHost?: boolean;
};

/** Registers a case, and its twin where a layer can be taken away. */
export function attack(definition: Attack): void {
  const claim = claimWith(...everyAttackNeeds, ...(definition.needs ?? []));
  claim(definition.claim, () => inScene(definition, binaryPath, true, async (scene) => {
    if ("play" in definition) {
      await definition.play(scene);
      return;
    }
    const seen = await scene.run(commandOf(definition, scene));
    expectHeld(seen, definition);
    await definition.expect?.(seen, scene);
  }));
  if ("play" in definition) return;
  const steps = definition.without;
  if (steps !== null || definition.openedBy !== undefined) {
    const how = steps === null ? `with ${typeof definition.openedBy === "function" ? "more rights" : words(definition.openedBy ?? "").join(" ")}` : `without "${steps}"`;
    claim(`control ${how}: not so that ${definition.claim}`, async () => {
      await inScene(definition, await weakenedBinary(), false, async (scene) => {
        const seen = await scene.run(commandOf(definition, scene), words(resolve(definition.openedBy ?? "", scene)), { env: { [leaveOutVariable]: steps === null ? "" : `${steps},${verifications},${secondLine}` } });
        await expectBreached(seen, definition, scene);
      });
    });
  }
  if (definition.onHost === true) {
    claim(`control outside a box: not so that ${definition.claim}`, () => inScene(definition, binaryPath, false, async (scene) => {
      const programs = new Map<string, string>(await Promise.all((definition.programs ?? []).map(async (name) => [`./${name}`, await program(`attacks/${name}`)] as const)));
      const [first = "", ...rest] = commandOf(definition, scene);
      // The cache is closed to others, so the program is opened by root and started by its descriptor.
      const command = ["/usr/bin/setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups", ...(programs.has(first) ? ["/proc/self/fd/9"] : [first]), ...rest];
      const shell = ["/bin/bash", "-c", `exec 9<${programs.get(first) ?? "/dev/null"}; exec "$@"`, "bash"];
      const outcome = await start([...shell, ...command], { env: { PATH: "/usr/bin:/bin" }, cwd: "/" }).ended;
      scene.state.uids.add(ordinaryUid);
      expect(outcome.stdout + outcome.stderr).toContain("BREACH");
    }));
  }
}

/** @param whole no layer is taken away */
async function inScene(definition: Attack, binary: string, whole: boolean, play: (scene: Scene) => Promise<void> | void): Promise<void> {
  using canaries = openCanaries();
  await using state = openState({ binary });
  const seed = { state, canaries } as Scene;
  const box = await boxWith(state, (definition.programs ?? []).map((name) => `attacks/${name}`), { init: words(resolve(definition.init ?? ("shell" in definition ? shellNeeds : ""), seed)) });
  const scene: Scene = {
    state, canaries, box,
    run: async (command, flags = [], options = {}) => {
      const own = resolve(definition.options ?? {}, scene);
      return await state.json<ExecutionResult>(["run", "--box-id", box.id, ...words(resolve(definition.flags ?? "", scene)), ...flags, "--", ...command], {
        ...own, ...options, env: { ...own.env, ...options.env },
      });
    },
  };
  await definition.before?.(scene);
  await play(scene);
  await expectHostClean(scene, whole);
}

function commandOf(definition: Attack, scene: Scene): readonly string[] {
  if ("command" in definition) return words(resolve(definition.command, scene));
  if ("shell" in definition) return ["/bin/bash", "-c", resolve(definition.shell, scene)];
  if ("python" in definition) return ["/usr/bin/python3", "-c", resolve(definition.python, scene)];
  throw new Error("a case that makes its own runs has no command");
}

function expectHeld({ result }: Seen, { status, expect: more }: Attack): void {
  const said = `${result.stdout.slice(0, 3000)}${result.stderr.slice(0, 1000)}`;
  expect(said.split("\n").filter((line) => line.includes("BREACH"))).toEqual([]);
  if (status === undefined && more !== undefined) return;
  expect([result.status, result.error_message, said.slice(-300)]).toEqual([status ?? "Success", status === undefined || status === "Success" ? null : expect.anything(), expect.anything()]);
  if (status === undefined) expect(said).toContain("done");
}

async function expectBreached(seen: Seen, definition: Attack, scene: Scene): Promise<void> {
  if (definition.breached !== undefined) {
    await definition.breached(seen, scene);
    return;
  }
  const { status, error_message, stdout, stderr } = seen.result;
  expect({ status, error_message, said: stdout + stderr }).toMatchObject({ said: expect.stringContaining("BREACH") });
}

/** What must hold after every case, whatever the program did; the canaries only where no layer was taken away. */
async function expectHostClean({ state, canaries, box }: Scene, whole: boolean): Promise<void> {
  await expectNothingLeft(state, patienceMs);
  if (whole) canaries.expectUntouched();
  expect(filesOf(state.uids)).toEqual([]);
  const begun = performance.now();
  const outcome = await state.mini(["cleanup", "--box-id", box.id]);
  expect([outcome.exitCode, outcome.stderr]).toEqual([0, ""]);
  expect(performance.now() - begun).toBeLessThan(patience(cleanupDeadlineMs));
  expect(existsSync(join(state.directory, box.id))).toBeFalse();
  expect(mountsBelow(state.directory)).toEqual([]);
  expect(ipcObjectsOf(state.uids)).toEqual([]);
}

/** Files of these users in the places of the host that everybody may write to. */
function filesOf(uids: ReadonlySet<number>): string[] {
  const places = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock"].filter((path) => existsSync(path) && path !== ownCache());
  // The directories of a test belong to the user whose commands it starts.
  const isOfTests = (name: string) => testedUid !== null && name.startsWith("mini-isolate-test-");
  return places.flatMap((place) => readdirSync(place).filter((name) => !isOfTests(name)).map((name) => join(place, name)).filter((path) => uids.has(lstatSync(path, { throwIfNoEntry: false })?.uid ?? 0)));
}

function words(text: Words): readonly string[] {
  return typeof text === "string" ? text.split(" ").filter((word) => word !== "") : text;
}

function resolve<T>(value: InScene<T>, scene: Scene): T {
  return typeof value === "function" ? (value as (scene: Scene) => T)(scene) : value;
}
