/** One situation with a state directory of its own: the binary is started in it, and the host is looked at from outside. */
import { expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { binaryPath, plainPath } from "../helpers/binary.ts";
import { cgroupDirectories, mountsBelow, processesOf } from "../helpers/host.ts";
import { ownCache, program } from "../helpers/programs.ts";
import { type Outcome, start } from "../helpers/running.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";
import { removeEngineGroup } from "./engine-group.ts";
import type { Situation } from "./situation.ts";

export interface Scene extends AsyncDisposable {
  /** A path of ours as those see it that are in the situation. */
  inside(path: string): string;
  /** Runs the binary in the situation, to its end. */
  mini(args: readonly string[]): Promise<Outcome>;
  /** Runs a program of test/fixtures/programs in the box of the scene, with `--json`. */
  start(flags: readonly string[], name: string, ...args: readonly string[]): Promise<Outcome>;
  /** The same for a run that has a result. */
  run(flags: readonly string[], name: string, ...args: readonly string[]): Promise<Outcome & { readonly result: ExecutionResult }>;
  /** Writes a file that everybody on the host may read. @returns its path outside */
  file(name: string, content: string): string;
  /** Fails when a process, a mount or a control group of this scene stays on the host. */
  expectNothingLeft(): Promise<void>;
}

/** The uids of boxes here, which no other test uses: so that processes that stayed can be told from those of others. */
const firstUid = 64_000;

/** How many processes the box of a scene may have. */
export const processLimit = 8;

let scenes = 0;

/** @param init further flags of the box */
export async function openScene(situation: Situation, init: readonly string[] = []): Promise<Scene> {
  const base = makeTestDirectory("host");
  const root = join(base, situation.root ?? "");
  const state = join(root, "state");
  for (const directory of [root, state]) mkdirSync(directory, { recursive: true });
  for (const directory of [base, root]) chmodSync(directory, 0o755);
  chmodSync(state, 0o700);
  if (situation.owner !== undefined) chownSync(state, situation.owner, situation.owner);
  const binary = join(root, "mini-isolate");
  linkSync(await sharedBinary(), binary);
  const inside = (path: string) => (situation.root === undefined ? path : path.slice(root.length));
  const boxId = `host-${process.pid}-${++scenes}`;
  const through = await situation.through({ base, state, binary, tool: (name) => put(`hosts/${name}`, base) });

  const mini: Scene["mini"] = async (args) => {
    const env = { PATH: plainPath, LANG: "C.UTF-8", HOME: "/", MINI_ISOLATE_STATE_DIR: inside(state), MINI_ISOLATE_UIDS: `${firstUid}-${firstUid + 99}` };
    const outcome = await start([...through, inside(binary), ...args], { env, timeoutMs: 30_000 }).ended;
    const left = /^left: .*$/m.exec(outcome.stderr);
    if (left !== null) throw new Error(`${args.join(" ")}: ${left[0]}`);
    return outcome;
  };
  const uids = new Set<number>();
  // Where the tests themselves run as the user that programs run as.
  const others = new Set(processesOf(new Set([process.getuid!()])));
  let box: string | null = null;
  const openBox = async (): Promise<string> => {
    const made = await mini(["init", "--box-id", boxId, "--processes", String(processLimit), "--fsize", "1024", ...init]);
    if (made.exitCode !== 0) throw new Error(`init failed with ${made.exitCode}: ${made.stderr}`);
    return join(situation.root === undefined ? "/" : root, made.stdout.trimEnd());
  };
  const startInBox: Scene["start"] = async (flags, name, ...args) => {
    await put(name, (box ??= await openBox()));
    return await mini(["run", "--json", "--box-id", boxId, ...flags, "--", `./${basename(name)}`, ...args]);
  };
  return {
    inside,
    mini,
    start: startInBox,
    run: async (flags, name, ...args) => {
      const outcome = await startInBox(flags, name, ...args);
      try {
        const result = JSON.parse(outcome.stdout) as ExecutionResult;
        if (result.enforced.user !== 0) uids.add(situation.uidOutside?.(result.enforced.user) ?? result.enforced.user);
        return { ...outcome, result };
      } catch {
        throw new Error(`no JSON document from ${[name, ...args].join(" ")} (exit ${outcome.exitCode}): ${outcome.stdout.slice(0, 300)}\nstderr: ${outcome.stderr.slice(0, 1500)}`);
      }
    },
    file: (name, content) => {
      const path = join(base, name);
      writeFileSync(path, content, { mode: 0o644 });
      return path;
    },
    expectNothingLeft: async () => {
      await until("no process is left", () => processesOf(uids).every((process) => others.has(process)));
      expect(mountsBelow(base)).toEqual([]);
      expect(cgroupDirectories().filter((path) => path.includes(`mini-isolate-${boxId}-`))).toEqual([]);
    },
    [Symbol.asyncDispose]: async () => {
      if (box !== null) await mini(["cleanup", "--all"]);
      const mounts = mountsBelow(base);
      if (mounts.length > 0) throw new Error(`mounts were left behind: ${mounts.join(" ")}`);
      await removeEngineGroup(base);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** A copy of a program of test/fixtures that everybody may execute. @returns its path */
async function put(name: string, directory: string): Promise<string> {
  const path = join(directory, basename(name));
  if (!existsSync(path)) {
    copyFileSync(await program(name), path);
    chmodSync(path, 0o755);
  }
  return path;
}

let shared: Promise<string> | null = null;

/** One copy of the binary where everybody may execute it: the checkout may lie where other users cannot reach it. */
function sharedBinary(): Promise<string> {
  const copy = async () => {
    const { ino, mtimeMs } = lstatSync(binaryPath);
    const path = join(ownCache(), `mini-isolate-${ino}-${mtimeMs}`);
    if (!existsSync(path)) copyFileSync(binaryPath, path);
    return path;
  };
  return (shared ??= copy());
}
