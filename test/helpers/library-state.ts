/** The library, every test with a state directory of its own. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Isolate, IsolateError } from "../../src/index.ts";
import { mountsBelow } from "./host.ts";
import { makeTestDirectory } from "./test-directory.ts";

/** What the library takes as its options; `using` removes the boxes and the directory. */
export interface LibraryState extends Disposable {
  readonly stateDir: string;
  /** A directory of the test, with the state directory in it. */
  readonly base: string;
}

export function openLibrary(): LibraryState {
  const base = makeTestDirectory("library");
  const stateDir = join(base, "state");
  // The library takes no names that it does not know, so what is ours is not among those that it sees.
  const ours = { base: { value: base, enumerable: false } };
  return Object.defineProperties({
    stateDir,
    [Symbol.dispose]() {
      for (const id of existsSync(stateDir) ? Isolate.listAll({ stateDir }) : []) Isolate.load(id, { stateDir })?.cleanup();
      if (mountsBelow(base).length > 0) throw new Error(`mounts were left in ${base}`);
      rmSync(base, { recursive: true, force: true });
    },
  }, ours) as LibraryState;
}

/** The error that something ends with, or a failure when it ends without one. */
export async function errorOf(run: () => unknown): Promise<IsolateError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof IsolateError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
