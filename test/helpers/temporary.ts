/** Temporary directories and child processes for the tests of src/state/ and src/box/. */
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IsolateError } from "../../src/model/errors.ts";
import { openStateDirectory, type StateDirectory } from "../../src/state/state-dir.ts";
import { makeTestDirectory } from "./test-directory.ts";

/** A directory that is removed by `using`. */
export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

export function temporaryDirectory(base = tmpdir()): TemporaryDirectory {
  const path = makeTestDirectory("test", base);
  // Not fs.rmSync, which has no end on a tree that is deeper than a path is long.
  return { path, [Symbol.dispose]: () => void Bun.spawnSync(["rm", "-rf", "--", path]) };
}

/** In memory where the host has that: thousands of directories take long on a disk. */
export function largeTemporaryDirectory(): TemporaryDirectory {
  return temporaryDirectory(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
}

export interface TemporaryState extends Disposable {
  readonly state: StateDirectory;
  /** The directory that the state directory is in. */
  readonly parent: string;
}

export function temporaryState(): TemporaryState {
  const directory = temporaryDirectory();
  const state = openStateDirectory(join(directory.path, "state"));
  return {
    state,
    parent: directory.path,
    [Symbol.dispose]() {
      state.close();
      directory[Symbol.dispose]();
    },
  };
}

/** How many descriptors of ours are open on something below a directory (removed or not). */
export function openBelow(path: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false; // The one that listed them is closed by now.
    }
  }).length;
}

/** The error that a call ends with; fails when it does not. */
export function errorOf(run: () => unknown): IsolateError {
  try {
    run();
  } catch (error) {
    if (error instanceof IsolateError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Where a program of test/fixtures/state is. */
export function fixturePath(name: string): string {
  return join(import.meta.dir, "../fixtures/state", `${name}.ts`);
}

/** A program of test/fixtures/state, with pipes for input and output. */
export function startFixture(name: string, ...args: readonly string[]) {
  return Bun.spawn([process.execPath, fixturePath(name), ...args], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
}

/** What a fixture has printed after the last line that was taken. */
const unread = new WeakMap<object, string>();

/** The next line that a fixture prints, as JSON. */
export async function nextMessage(child: ReturnType<typeof startFixture>): Promise<unknown> {
  const reader = child.stdout.getReader();
  let text = unread.get(child) ?? "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the fixture ended after ${JSON.stringify(text)}`);
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  const end = text.indexOf("\n");
  unread.set(child, text.slice(end + 1));
  return JSON.parse(text.slice(0, end));
}
