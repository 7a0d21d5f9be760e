import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callInSequence, sequenceCode, sequenceResults, sequenceTable, type SequencedCall } from "../../../src/kernel/call-sequence.ts";
import { errno } from "../../../src/kernel/errno.ts";
import { addressOf, cString } from "../../../src/kernel/ffi.ts";
import { architectures, assemble, link } from "../../helpers/assemble.ts";
import { claimWith } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const sources = join(import.meta.dir, "../../fixtures/call-sequence");
const noDescriptor = 1_000_000;

describe.each([...architectures])("the code for $architecture", ({ architecture, arch, assembler, run, runner }) => {
  const { instructions, syscallOffset } = sequenceCode(arch);
  const code = instructions.join("");

  claimWith(...assembler)("is its assembler source, byte for byte", () => {
    expect(code).toBe(assemble(architecture, join(sources, `${architecture}.s`)));
  });

  /** Lets the driver go through a table. In it function 1 records its arguments and returns the first, 2 makes system calls. */
  function drive(calls: readonly SequencedCall[]) {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "code.bin"), Uint8Array.fromHex(code));
    const program = link(architecture, join(sources, `driver-${architecture}.s`), directory.path, { rawOffset: syscallOffset });
    const table = sequenceTable(calls, 2);
    const { exitCode, signalCode, stdout } = Bun.spawnSync([...run, program], { stdin: new Uint8Array(table.buffer), stderr: "inherit" });
    const words = new BigInt64Array(new Uint8Array(stdout).buffer);
    const recorded = Array.from({ length: (words.length - table.length) / 6 }, (_, index) => [...words.subarray(table.length + index * 6, table.length + index * 6 + 6)].map(Number));
    return { exitCode, signal: signalCode ?? null, results: sequenceResults(words.subarray(0, table.length)), recorded };
  }

  const claim = claimWith(...assembler, ...runner);
  const fine = { exitCode: 0, signal: null };
  const record = (...given: readonly number[]) => ({ calls: 1, arguments: given });

  claim("calls in order, with all arguments, an aligned stack, and leaves its caller's registers alone", () => {
    const [first, second] = [[0, 2, 3, 4, 5, 6], [-1, 2 ** 47, -(2 ** 40), 2 ** 52 + 1, 0xffff_ffff, -6]];
    expect(drive([record(...first), record(...second), record(7)])).toEqual({ ...fine, results: [0, -1, 7], recorded: [first, second, [7, 0, 0, 0, 0, 0]] });
  });

  claim("goes on where a call says when its result is not 0, and with the next when it is", () => {
    const to = (unlessZero: number, result: number) => ({ ...record(result), unlessZero });
    expect(drive([to(2, 5), record(1), to(4, 0), record(3), record(4)])).toEqual({
      ...fine, results: [5, null, 0, 3, 4], recorded: [[5, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0]],
    });
    expect(drive([to(3, -1), record(1), record(2)])).toEqual({ ...fine, results: [-1, null, null], recorded: [[-1, 0, 0, 0, 0, 0]] });
  });

  claim("takes an int for a result, whatever is in the upper half of the register", () => {
    expect(drive([record(0x7fff_ffff), record(0x8000_0000), { ...record(2 ** 32), unlessZero: 4 }, record(9)]).results).toEqual([0x7fff_ffff, -0x8000_0000, 0, 9]);
  });

  claim("makes system calls, each of five arguments in its place", () => {
    // PR_SET_NO_NEW_PRIVS: wants 1 and three zeros.
    const prctl = (...given: readonly number[]) => ({ calls: 2, arguments: [arch === "arm64" ? 167 : 157, ...given] });
    const calls = [prctl(38, 1, 0, 0, 0), prctl(38, 2, 0, 0, 0), prctl(38, 1, 1, 0, 0), prctl(38, 1, 0, 1, 0), prctl(38, 1, 0, 0, 1), prctl(38, 1)];
    expect(drive(calls).results).toEqual([0, -errno.EINVAL, -errno.EINVAL, -errno.EINVAL, -errno.EINVAL, 0]);
  });

  claim("does nothing with an empty table", () => {
    expect(drive([])).toEqual({ ...fine, results: [], recorded: [] });
  });
});

describe("calls in sequence", () => {
  test("are made by the kernel, each with its result", () => {
    const ends = new Int32Array(2);
    const text = cString("hello");
    const read = new Uint8Array(8);
    expect(callInSequence([{ calls: "pipe2", arguments: [addressOf(ends), 0] }])).toEqual([0]);
    expect(
      callInSequence([
        { calls: "write", arguments: [ends[1]!, addressOf(text), 5] },
        { calls: "close", arguments: [ends[1]!] },
        { calls: "read", arguments: [ends[0]!, addressOf(read), 8] },
        { calls: "read", arguments: [ends[0]!, addressOf(read), 8] },
        { calls: "close", arguments: [ends[0]!] },
        { calls: "close", arguments: [ends[0]!] },
      ]),
    ).toEqual([5, 0, 5, 0, 0, -errno.EBADF]);
    expect(Buffer.from(read).toString()).toBe("hello\0\0\0");
    expect(text.length).toBe(6);
  });

  test("that are passed over were not made", () => {
    const fails: SequencedCall = { calls: "close", arguments: [noDescriptor], unlessZero: 2 };
    expect(callInSequence([fails, { calls: "close", arguments: [noDescriptor] }])).toEqual([-errno.EBADF, null]);
  });

  test("cannot go back, beyond the end, or have more arguments than there are registers", () => {
    for (const impossible of [{ unlessZero: 0 }, { unlessZero: -1 }, { unlessZero: 2 }, { arguments: [1, 2, 3, 4, 5, 6] }]) {
      expect(() => callInSequence([{ calls: "close", arguments: [noDescriptor], ...impossible }])).toThrow("call 0 of a sequence is not possible");
    }
  });

  test("are gone through by code that is nowhere mapped to be written, and mapped once", () => {
    const mapped = () => readFileSync("/proc/self/maps", "latin1").split("\n").filter((line) => line.includes("call-sequence"));
    callInSequence([]);
    // Tests of other files in this process may have loaded the module as well, each time anew.
    const once = mapped();
    for (let round = 0; round < 3; round++) callInSequence([]);
    expect(mapped()).toEqual(once);
    expect([...new Set(once.map((line) => line.split(" ")[1]))]).toEqual(["r-xp"]);
  });
});
