import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, closeSync, constants, ftruncateSync, openSync, readFileSync, readlinkSync, readSync, writeSync, writeFileSync } from "node:fs";
import { openStdin } from "../../../../src/executor/watch/stdin.ts";
import type { Reader } from "../../../../src/executor/watch/stdin-source.ts";
import { closeDescriptor, makePipe, positionOf, reopen, setPosition, statDescriptor, statusFlags, writeSome } from "../../../../src/kernel/files.ts";
import { memoryFile } from "../../../../src/kernel/memory-file.ts";
import { makeSocketPair } from "../../../../src/kernel/socket.ts";
import { claimWith, root } from "../../../helpers/requires.ts";
import { errorOf, temporaryDirectory } from "../../../helpers/temporary.ts";

const ids: Reader = { uid: 60_000, gid: 60_000 };
const asRoot = claimWith(root);
const inputFile = "0123456789";

/** What the program would have of a descriptor that was read to its fourth byte: how it is named, and what is in it. */
function handOver(fd: number, to: Reader | null = ids) {
  readSync(fd, Buffer.alloc(3));
  const stdin = openStdin({ kind: "descriptor", fd }, to);
  try {
    const seen = { itself: stdin.fd === fd, name: readlinkSync(`/proc/self/fd/${stdin.fd}`), text: readFileSync(stdin.fd, "utf8"), byPipe: stdin.byPipe };
    const again = reopen(stdin.fd, constants.O_WRONLY);
    const writable = again !== null && writeSome(again, Buffer.from("x")) === 1;
    if (again !== null) closeDescriptor(again);
    return { ...seen, writable };
  } finally {
    stdin.close();
    // Not ours to close.
    expect(statusFlags(fd)).not.toBeNull();
    closeSync(fd);
  }
}

function file(path: string, mode: number, owner: readonly [uid: number, gid: number] = [0, 0]): string {
  writeFileSync(path, inputFile);
  if (process.getuid!() === 0) chownSync(path, ...owner);
  chmodSync(path, mode);
  return path;
}

/** A file that is in no mount of ours, so no view of it can be made. */
function unmounted(mode: number, owner: readonly [uid: number, gid: number] = [0, 0], flags: number = constants.O_RDONLY): number {
  const memory = memoryFile("unmounted", Buffer.from(inputFile), false);
  chownSync(`/proc/self/fd/${memory}`, ...owner);
  chmodSync(`/proc/self/fd/${memory}`, mode);
  const fd = openSync(`/proc/self/fd/${memory}`, flags);
  closeDescriptor(memory);
  return fd;
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

  test("of a program that is the caller's own user, with nothing in between, is the file itself: it could open it anyway", () => {
    using directory = temporaryDirectory();
    const path = file(`${directory.path}/input`, 0o666);
    expect(handOver(openSync(path, "r+"), null)).toEqual({ itself: true, name: path, writable: true, text: "3456789", byPipe: false });
  });

  test("that is a directory is refused: it leads to every file below", () => {
    for (const to of [ids, null]) {
      const fd = openSync("/usr", "r");
      const error = errorOf(() => openStdin({ kind: "descriptor", fd }, to));
      expect([error.kind, error.message]).toEqual(["Config", "cannot use a directory as standard input of the program: it could open every file below"]);
      closeSync(fd);
    }
  });

  test("that nobody can read is refused with the reason", () => {
    const fd = unmounted(0o600, [process.getuid!(), process.getgid!()], constants.O_WRONLY);
    expect(errorOf(() => openStdin({ kind: "descriptor", fd }, ids)).message).toContain("cannot read standard input: EBADF");
    closeSync(fd);
  });
});

describe("a file becomes a view that has no path and cannot be written to, from where it was", () => {
  const view = { itself: false, name: "/", writable: false, text: "3456789", byPipe: false };
  const files: readonly (readonly [what: string, mode: number, flags: string, owner?: readonly [number, number]])[] = [
    ["that the program could only read", 0o644, "r"],
    ["that is open for writing", 0o604, "r+"],
    ["of the program's own", 0o400, "r", [60_000, 0]],
    ["that everybody may write to", 0o606, "r"],
    ["that the program's group may write to", 0o660, "r", [0, 60_000]],
  ];
  for (const [what, mode, flags, owner] of files) {
    asRoot(what, () => {
      using directory = temporaryDirectory();
      expect(handOver(openSync(file(`${directory.path}/input`, mode, owner), flags))).toEqual(view);
    });
  }

  asRoot("that nobody else may read, and in the view it is the program's", () => {
    using directory = temporaryDirectory();
    const path = file(`${directory.path}/input`, 0o600, [5, 6]);
    writeFileSync(path, "x".repeat(100_000));
    const fd = openSync(path, "r");
    const stdin = openStdin({ kind: "descriptor", fd }, ids);
    const { uid, gid, mode } = statDescriptor(stdin.fd);
    expect([readlinkSync(`/proc/self/fd/${stdin.fd}`), uid, gid, mode & 0o777, readFileSync(stdin.fd).length]).toEqual(["/", ids.uid, ids.gid!, 0o600, 100_000]);
    stdin.close();
    closeSync(fd);
  });

  asRoot("that has no name any more", () => {
    using directory = temporaryDirectory();
    const path = file(`${directory.path}/input`, 0o666);
    const fd = openSync(path, "r");
    expect(Bun.spawnSync(["rm", path]).exitCode).toBe(0);
    expect(handOver(fd)).toMatchObject({ itself: false, writable: false, text: "3456789" });
  });

  asRoot("that begins behind four gigabytes", () => {
    using directory = temporaryDirectory();
    const fd = openSync(file(`${directory.path}/input`, 0o644), "r+");
    const far = 5 * 2 ** 30;
    ftruncateSync(fd, far);
    writeSync(fd, "behind", far);
    expect(setPosition(fd, far)).toBe(true);
    const stdin = openStdin({ kind: "descriptor", fd }, ids);
    expect(readFileSync(stdin.fd, "utf8")).toBe("behind");
    stdin.close();
    expect(positionOf(fd)).toBe(far + 6);
    closeSync(fd);
  });

  asRoot("and the caller's own descriptor is where the program stopped reading", () => {
    using directory = temporaryDirectory();
    const fd = openSync(file(`${directory.path}/input`, 0o644), "r");
    const stdin = openStdin({ kind: "descriptor", fd }, ids);
    readSync(stdin.fd, Buffer.alloc(4));
    stdin.close();
    expect([statusFlags(stdin.fd), readFileSync(fd, "utf8")]).toEqual([null, "456789"]);
    closeSync(fd);
  });

  asRoot("and neither the view nor its mount stays open", () => {
    using directory = temporaryDirectory();
    const fd = openSync(file(`${directory.path}/input`, 0o644), "r");
    const open = () => Array.from({ length: 64 }, (_, number) => statusFlags(number) !== null);
    const before = open();
    const stdin = openStdin({ kind: "descriptor", fd }, ids);
    expect(open()).not.toEqual(before);
    stdin.close();
    expect(open()).toEqual(before);
    closeSync(fd);
  });
});

describe("where there can be no view", () => {
  const copy = { itself: false, name: "/memfd:stdin (deleted)", writable: false, text: "3456789", byPipe: false };

  asRoot("a file that the program could write to is copied", () => {
    expect(handOver(unmounted(0o600, [0, 0], constants.O_RDWR))).toEqual(copy);
    expect(handOver(unmounted(0o400, [60_000, 0]))).toEqual(copy);
    expect(handOver(unmounted(0o602))).toEqual(copy);
    expect(handOver(unmounted(0o660, [0, 60_000]))).toEqual(copy);
    // Somebody whose groups we do not know may be in any of them.
    expect(handOver(unmounted(0o660, [0, 5]), { uid: 60_000, gid: null })).toEqual(copy);
  });

  asRoot("a file that the program can only read is handed over", () => {
    expect(handOver(unmounted(0o644))).toMatchObject({ itself: true, text: "3456789" });
    expect(handOver(unmounted(0o666, [0, 5]), { uid: 60_000, gid: 5 })).toMatchObject({ itself: false });
  });

  asRoot("a small file that the program could not open by its name is copied, and the caller is where the program stopped reading", () => {
    expect(handOver(unmounted(0o600))).toEqual(copy);
    const fd = unmounted(0o600);
    readSync(fd, Buffer.alloc(2));
    const stdin = openStdin({ kind: "descriptor", fd }, ids);
    readSync(stdin.fd, Buffer.alloc(3));
    stdin.close();
    expect(readFileSync(fd, "utf8")).toBe("56789");
    closeSync(fd);
  });

  asRoot("a large file is handed over, or its content by a pipe where the program could write to it", () => {
    const large = (mode: number, owner?: readonly [number, number]) => {
      const fd = unmounted(mode, owner, constants.O_RDWR);
      ftruncateSync(fd, 9 * 2 ** 20);
      const reading = openSync(`/proc/self/fd/${fd}`, "r");
      closeSync(fd);
      const { fd: given, byPipe, close } = openStdin({ kind: "descriptor", fd: reading }, ids);
      expect(given).toBe(reading);
      close();
      closeSync(reading);
      return byPipe;
    };
    expect([large(0o600), large(0o644), large(0o666), large(0o600, [60_000, 0])]).toEqual([false, false, true, true]);
  });
});

describe("what is no file", () => {
  const byPipe = (fd: number, asItIs = false) => openStdin({ kind: "descriptor", fd }, ids, asItIs).byPipe;

  test("is handed over when it is the reading end of a pipe", () => {
    const [readEnd, writeEnd] = makePipe();
    expect(openStdin({ kind: "descriptor", fd: readEnd }, ids)).toMatchObject({ fd: readEnd, byPipe: false });
    // The program may open it by its name, and only for reading.
    expect(statDescriptor(readEnd).mode & 0o077).toBe(0o044);
    // The writing end as an input: the program could write to the caller's pipe.
    expect(byPipe(writeEnd)).toBe(true);
    for (const fd of [readEnd, writeEnd]) closeDescriptor(fd);
  });

  test("is handed over when it is a device that every box has", () => {
    for (const name of ["null", "zero", "full", "random", "urandom"]) {
      const fd = openSync(`/dev/${name}`, "r");
      expect([name, byPipe(fd)]).toEqual([name, false]);
      closeSync(fd);
    }
  });

  test("is read by us when it is a socket, a pipe with a name or another device, unless the caller wants it handed over as it is", () => {
    using directory = temporaryDirectory();
    const fifo = `${directory.path}/fifo`;
    expect(Bun.spawnSync(["mkfifo", fifo]).exitCode).toBe(0);
    const [one, other] = makeSocketPair();
    const opened = [one, openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK), openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY)];
    expect(opened.map((fd) => byPipe(fd))).toEqual([true, true, true]);
    expect(opened.map((fd) => byPipe(fd, true))).toEqual([false, false, false]);
    for (const fd of [...opened, other]) closeDescriptor(fd);
  });
});
