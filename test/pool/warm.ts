/** A box whose runs can be had with and without launchers that wait. */
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { warmLaunchers } from "../../src/executor/warmth.ts";
import { Isolate, plainRun, type ExecutionResult, type IsolateConfigInput, type RunOptions, type Stdin } from "../../src/index.ts";
import { cgroupDirectories, mountsBelow } from "../helpers/host.ts";
import { program } from "../helpers/programs.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

/** What `--verbose` says when a run took a launcher that waited. */
export const taken = "a launcher that waited is taken";

export interface WarmBox extends Disposable {
  readonly box: Isolate;
  readonly base: string;
  /** Runs a command. @returns its result, and everything that was traced */
  run(command: readonly string[], options?: Partial<RunOptions>, stdin?: Stdin): Promise<{ readonly result: ExecutionResult; readonly trace: readonly string[] }>;
  /** Puts a fixture program into the working directory. @returns how it is called there */
  bring(name: string): Promise<string>;
}

/** A temporary box, with a state directory of its own. Whatever is left of it, or of its launchers, is an error in the end. */
export function warmBox(config: IsolateConfigInput = {}): WarmBox {
  const base = makeTestDirectory("pool");
  const box = Isolate.temporary(config, { stateDir: join(base, "state") });
  return {
    box,
    base,
    run: async (command, options = {}, stdin = { kind: "empty" }) => {
      const trace: string[] = [];
      const result = await box.run(command, stdin, { ...plainRun, ...options, trace: (line) => void trace.push(line) });
      return { result, trace };
    },
    bring: async (name) => {
      copyFileSync(await program(name), join(box.workdir, basename(name)));
      return `./${basename(name)}`;
    },
    [Symbol.dispose]() {
      box.cleanup();
      const groups = cgroupDirectories().filter((path) => path.includes(box.id));
      if (groups.length > 0) throw new Error(`control groups were left: ${groups.join(" ")}`);
      if (mountsBelow(base).length > 0) throw new Error(`mounts were left in ${base}`);
      if (existsSync(base)) rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Launchers that wait, for as long as the test runs. */
export function warmth(count = 1): Disposable {
  return warmLaunchers(count);
}
