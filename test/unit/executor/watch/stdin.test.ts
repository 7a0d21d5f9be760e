import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { openStdin } from "../../../../src/executor/watch/stdin.ts";
import { closeDescriptor, makePipe, statusFlags } from "../../../../src/kernel/files.ts";
import { claimWith, root } from "../../../helpers/requires.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

const ids = { uid: 60_000, gid: 60_000 };
const asRoot = claimWith(root);

/** Hands a file to the program; @returns whether it was the file itself, and what the program would read. */
function handOver(mode: number, flags: string, owner: readonly [uid: number, gid: number] = [0, 0], to: typeof ids | null = ids) {
  using directory = temporaryDirectory();
  const path = `${directory.path}/input`;
  writeFileSync(path, "0123456789");
  if (process.getuid!() === 0) chownSync(path, ...owner);
  chmodSync(path, mode);
  const fd = openSync(path, flags);
  try {
    readSync(fd, Buffer.alloc(3));
    const stdin = openStdin({ kind: "descriptor", fd }, to);
    const seen = { itself: stdin.fd === fd, text: readFileSync(stdin.fd, "utf8") };
    stdin.close();
    // Not ours to close.
    expect(statusFlags(fd)).not.toBeNull();
    return seen;
  } finally {
    closeSync(fd);
  }
}

describe("standard input", () => {
  test("of nothing ends at once", () => {
    const stdin = openStdin({ kind: "empty" }, ids);
    expect(readFileSync(stdin.fd, "utf8")).toBe("");
    stdin.close();
    expect(statusFlags(stdin.fd)).toBeNull();
  });

  test("of bytes has just these, and nobody can write to it", () => {
    const stdin = openStdin({ kind: "bytes", bytes: Uint8Array.of(0, 255, 10) }, ids);
    expect(() => writeFileSync(`/proc/self/fd/${stdin.fd}`, "x")).toThrow(/EPERM|EACCES/);
    expect([...readFileSync(stdin.fd)]).toEqual([0, 255, 10]);
    stdin.close();
    expect(statusFlags(stdin.fd)).toBeNull();
  });

  asRoot("of a file that the program cannot write to is the file, from where it was", () => {
    expect(handOver(0o644, "r")).toEqual({ itself: true, text: "3456789" });
    expect(handOver(0o664, "r", [0, 0])).toEqual({ itself: true, text: "3456789" });
  });

  test("that is a pipe is the pipe, whoever reads", () => {
    const [readEnd, writeEnd] = makePipe();
    expect(openStdin({ kind: "descriptor", fd: readEnd }, ids).fd).toBe(readEnd);
    closeDescriptor(readEnd);
    closeDescriptor(writeEnd);
  });

  test("of a program that is the caller's own user is the file itself: it could open it anyway", () => {
    expect(handOver(0o666, "r+", [0, 0], null)).toEqual({ itself: true, text: "3456789" });
  });
});

describe("a file that the program could write to is copied, from where it was", () => {
  const copy = { itself: false, text: "3456789" };

  asRoot("when it is open for writing", () => expect(handOver(0o600, "r+")).toEqual(copy));
  asRoot("when it belongs to the program's user", () => expect(handOver(0o400, "r", [ids.uid, 0])).toEqual(copy));
  asRoot("when everybody may write", () => expect(handOver(0o602, "r")).toEqual(copy));
  asRoot("when the program's group may write", () => expect(handOver(0o660, "r", [0, ids.gid])).toEqual(copy));
});
