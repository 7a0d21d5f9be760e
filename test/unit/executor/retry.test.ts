// In processes of their own, as what was refused is remembered.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { errno } from "../../../src/kernel/errno.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const source = (path: string) => JSON.stringify(join(import.meta.dir, "../../../src", path));

/** @returns the name of what is thrown in answer to a failed start, twice in one process; null for nothing */
function answersTo(call: string, number: number): unknown {
  using home = temporaryDirectory();
  const script = `
    const { SyscallError } = await import(${source("kernel/errno.ts")});
    const { keepExecutablesIn } = await import(${source("kernel/executable-file.ts")});
    const { retryWithout } = await import(${source("executor/retry.ts")});
    const home = ${JSON.stringify(home.path)};
    keepExecutablesIn(home);
    const answer = () => {
      try { retryWithout(new SyscallError("${call}", ${number}, "/proc/self/fd/9"), home, {}); return null; } catch ({ name }) { return name; }
    };
    console.log(JSON.stringify([answer(), answer()]));
  `;
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", script], { stdin: "ignore" });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

describe("a start that failed is tried again, once", () => {
  for (const call of ["posix_spawn", "execve"]) {
    test(`with files in place of memory files, when ${call} of one is refused`, () => {
      expect(answersTo(call, errno.EACCES)).toEqual(["MeansLowered", null]);
    });
  }

  test("but not when it failed for another reason", () => {
    expect(answersTo("execve", errno.ENOMEM)).toEqual([null, null]);
  });
});
