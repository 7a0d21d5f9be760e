/** Driving the compiled binary, every test with a state directory of its own. */
import { chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { testedUid, testedWithin } from "./as-user.ts";
import { cgroupDirectories, mountsBelow } from "./host.ts";
import { type Outcome, type Running, start, type StartOptions } from "./running.ts";
import { makeTestDirectory } from "./test-directory.ts";
import { programFor, throughEnvironment } from "./through.ts";
import { workerEnvironment } from "./worker.ts";

/** What `npm run build` makes. */
export const binaryPath = join(import.meta.dir, "../../dist/mini-isolate");

/** Search path of everything that tests start: nothing of the developer's own. */
export const plainPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface MiniOptions extends Omit<StartOptions, "env"> {
  /** Added to PATH, LANG, HOME and the state directory. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that the binary is started through, its path and arguments appended. No keeper gets it: a tracer, say, would watch the client. */
  readonly through?: readonly string[];
  /** The test is about the process itself: no keeper gets the command. */
  readonly itself?: true;
}

/** A state directory and what a test does with it; `await using` cleans up. */
export interface State extends AsyncDisposable {
  /** The state directory; the binary makes it. */
  readonly directory: string;
  /** A directory of the test beside it, with the same life. */
  readonly scratch: string;
  /** The uids that programs of this state ran under, as far as results named them. */
  readonly uids: Set<number>;
  /** The cgroups of ours that were there before. */
  readonly cgroupsBefore: ReadonlySet<string>;
  /** Runs the binary to its end. */
  mini(args: readonly string[], options?: MiniOptions): Promise<Outcome>;
  /** Runs a command of the binary with `--json` and parses the one document that it prints. */
  json<T = ExecutionResult>(args: readonly string[], options?: MiniOptions): Promise<Outcome & { readonly result: T }>;
  /** Starts the binary and comes back at once. */
  start(args: readonly string[], options?: MiniOptions): Running;
  /** Writes a file in the scratch directory. @returns its path */
  file(name: string, content: string | Uint8Array, mode?: number): string;
}

/** The user that a state belongs to when not root. */
export interface StateOptions {
  readonly uid?: number;
  /** A command that everything is started through, before it becomes the user. */
  readonly within?: readonly string[];
  /** The binary to drive, when not {@link binaryPath}. */
  readonly binary?: string;
}

/** Makes the directories for one test; nothing of ours is started yet. */
export function openState({ uid = testedUid ?? undefined, within = testedWithin, binary = binaryPath }: StateOptions = {}): State {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`npm run build\` first`);
  const program = binary === binaryPath ? programFor(binary) : binary;
  const base = makeTestDirectory();
  const scratch = join(base, "scratch");
  mkdirSync(scratch);
  const user = uid === undefined ? [] : ["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
  if (uid !== undefined) for (const path of [base, scratch]) chownSync(path, uid, uid);
  const directory = join(base, "state");
  const uids = new Set<number>(uid === undefined ? [] : [uid]);

  const begin: State["start"] = (args, { env, through = [], itself = through.length > 0 ? true : undefined, ...options } = {}) =>
    start([...within, ...user, ...through, itself === true ? binary : program, ...args], {
      ...options,
      env: { PATH: plainPath, LANG: "C.UTF-8", HOME: scratch, MINI_ISOLATE_STATE_DIR: directory, ...workerEnvironment, ...throughEnvironment, ...env },
    });
  const mini: State["mini"] = (args, options) => begin(args, options).ended;

  return {
    directory,
    scratch,
    uids,
    cgroupsBefore: new Set(cgroupDirectories()),
    start: begin,
    mini,
    json: async <T>([command = "", ...args]: readonly string[], options?: MiniOptions) => {
      const outcome = await mini([command, "--json", ...args], options);
      const result = parse(outcome, [command, ...args]) as T;
      const user = (result as { enforced?: { user?: number } } | null)?.enforced?.user;
      if (typeof user === "number" && user !== 0) uids.add(user);
      return { ...outcome, result };
    },
    file: (name, content, mode = 0o644) => {
      const path = join(scratch, name);
      writeFileSync(path, content, { mode });
      if (uid !== undefined) chownSync(path, uid, uid);
      return path;
    },
    [Symbol.asyncDispose]: async () => {
      if (existsSync(directory) && statSync(directory).isDirectory()) await mini(["cleanup", "--all"]);
      // Never delete through a mount that was left behind: below it is the host.
      const mounts = mountsBelow(base);
      if (mounts.length > 0) throw new Error(`mounts were left behind: ${mounts.join(" ")}`);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function parse(outcome: Outcome, args: readonly string[]): unknown {
  try {
    return JSON.parse(outcome.stdout);
  } catch {
    throw new Error(`no JSON document from ${args.join(" ")} (exit ${outcome.exitCode}): ${outcome.stdout.slice(0, 500)}\nstderr: ${outcome.stderr.slice(0, 2000)}`);
  }
}
