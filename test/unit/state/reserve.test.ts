// The room that the state directory keeps for when the disk is full.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { errno, SyscallError } from "../../../src/kernel/errno.ts";
import { IsolateError } from "../../../src/model/errors.ts";
import { ioFault } from "../../../src/state/io-fault.ts";
import { keepReserve, withReserve } from "../../../src/state/reserve.ts";
import { temporaryState } from "../../helpers/temporary.ts";

const full = () => new SyscallError("write", errno.ENOSPC);

/** A write that fails a number of times. */
function failing(times: number, error: () => unknown): { write: () => string; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    write: () => {
      if (++calls <= times) throw error();
      return "written";
    },
  };
}

describe("the reserve", () => {
  test("is made once, holds real room and several inodes, and is closed to others", () => {
    using scene = temporaryState();
    const reserve = join(scene.state.path, ".reserve");
    keepReserve(scene.state);
    const files = readdirSync(reserve).map((name) => statSync(join(reserve, name)));
    expect([files.length, files.reduce((sum, { size }) => sum + size, 0), statSync(reserve).mode & 0o777]).toEqual([8, 256 * 1024, 0o700]);
    expect(files.every(({ blocks }) => blocks * 512 >= 32 * 1024)).toBeTrue();
    const inode = statSync(reserve).ino;
    keepReserve(scene.state);
    expect(statSync(reserve).ino).toBe(inode);
  });

  test("that is there in part is made whole", () => {
    using scene = temporaryState();
    keepReserve(scene.state);
    rmSync(join(scene.state.path, ".reserve/7"));
    keepReserve(scene.state);
    expect(readdirSync(join(scene.state.path, ".reserve"))).toHaveLength(8);
  });

  for (const [what, error] of [
    ["a disk without room", full],
    ["a share of the disk that is used up", () => new SyscallError("write", errno.EDQUOT)],
    ["an error of ours that has this for its cause", () => ioFault("write it", full())],
  ] as const) {
    test(`is given up for ${what}, and the write is made again`, () => {
      using scene = temporaryState();
      keepReserve(scene.state);
      const { write, calls } = failing(1, error);
      expect([withReserve(scene.state, write), calls(), existsSync(join(scene.state.path, ".reserve"))]).toEqual(["written", 2, false]);
    });
  }

  test("helps once: the second failure is the caller's", () => {
    using scene = temporaryState();
    keepReserve(scene.state);
    const { write, calls } = failing(9, full);
    expect(() => withReserve(scene.state, write)).toThrow(/ENOSPC/);
    expect(calls()).toBe(2);
    expect(() => withReserve(scene.state, write)).toThrow(/ENOSPC/);
    expect(calls()).toBe(3);
  });

  test("stays for any other failure", () => {
    using scene = temporaryState();
    keepReserve(scene.state);
    for (const error of [() => new SyscallError("write", errno.EIO), () => new IsolateError("Config", "wrong"), () => new Error("wrong")]) {
      const { write, calls } = failing(1, error);
      expect(() => withReserve(scene.state, write)).toThrow();
      expect(calls()).toBe(1);
    }
    expect(readdirSync(join(scene.state.path, ".reserve"))).toHaveLength(8);
  });
});
