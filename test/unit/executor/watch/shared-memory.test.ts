import { afterEach, describe, expect, test } from "bun:test";
import { ftruncateSync, writeSync } from "node:fs";
import { closeDescriptor, duplicateAbove, setPosition } from "../../../../src/kernel/files.ts";
import { memoryFile, sealedCopy } from "../../../../src/kernel/memory-file.ts";
import { copiedInput, memoryFileBytes, tmpfsBytes } from "../../../../src/executor/watch/shared-memory.ts";

const opened: number[] = [];
afterEach(() => opened.splice(0).forEach(closeDescriptor));

function open(bytes: number): number {
  const fd = memoryFile("held", new Uint8Array(bytes).fill(1), false);
  opened.push(fd);
  return fd;
}

const mebibyte = 2 ** 20;

describe("memory files that a process has open", () => {
  const growth = (act: () => void): number => {
    const before = memoryFileBytes([process.pid]).bytes;
    act();
    return memoryFileBytes([process.pid]).bytes - before;
  };

  test("count with what was written to them, mapped or not", () => {
    expect(growth(() => void open(3 * mebibyte))).toBe(3 * mebibyte);
  });

  test("count once, however often they are open and whoever has them open", () => {
    expect(growth(() => opened.push(duplicateAbove(open(mebibyte), 0)))).toBe(mebibyte);
    expect(memoryFileBytes([process.pid, process.pid]).bytes).toBe(memoryFileBytes([process.pid]).bytes);
  });

  test("do not count with their holes", () => {
    const grown = growth(() => {
      const fd = open(4096);
      ftruncateSync(fd, 100 * mebibyte);
      writeSync(fd, "end", 50 * mebibyte);
    });
    expect(grown).toBe(8192);
  });

  test("do not count where they are a copy of the input, which nobody can write to", () => {
    const source = open(2 * mebibyte);
    writeSync(source, "x", 0);
    expect(copiedInput(source)).toBeNull();
    setPosition(source, 0);
    const before = memoryFileBytes([process.pid]).bytes;
    const copy = sealedCopy("copy", source);
    opened.push(copy);
    expect(memoryFileBytes([process.pid]).bytes - before).toBe(2 * mebibyte);
    expect(memoryFileBytes([process.pid], copiedInput(copy)).bytes).toBe(before);
  });

  test("are none of a process that is gone", () => {
    expect(memoryFileBytes([2 ** 22])).toEqual({ bytes: 0, hidden: false });
  });
});

test("a directory that is no tmpfs, or not there, holds nothing", () => {
  expect(tmpfsBytes(process.pid, ["/proc", "/not/there"])).toBe(0);
});
