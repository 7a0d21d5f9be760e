import { afterEach, describe, expect, test } from "bun:test";
import { fstatSync, linkSync, mkdirSync, openSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AT_REMOVEDIR, F, F_SEAL_ALL, O, S } from "../../../src/kernel/constants.ts";
import { errno, SyscallError } from "../../../src/kernel/errno.ts";
import { call, tryCall } from "../../../src/kernel/ffi.ts";
import {
  closeDescriptor, duplicateAbove, makeDirectoryAt, makePipe, openAt, openBeneath, readSome, renameAt, setNonBlocking, statDescriptor, statusFlags, tryLock, tryUnlinkAt, writeFully, writeNow,
} from "../../../src/kernel/files.ts";
import { copyAll } from "../../../src/kernel/files-copy.ts";
import { sealedMemoryFile } from "../../../src/kernel/memory-file.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const opened: number[] = [];

/** Keeps a descriptor for the end of the test. */
function owned(fd: number): number {
  opened.push(fd);
  return fd;
}

afterEach(() => {
  for (const fd of opened.splice(0)) closeDescriptor(fd);
});

function directoryAt(path: string): number {
  return owned(openSync(path, O.RDONLY | O.DIRECTORY));
}

/** The error number that a call is refused with. */
function refusal(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    if (error instanceof SyscallError) return error.errno;
    throw error;
  }
  throw new Error("nothing was refused");
}

function isCloseOnExec(fd: number): boolean {
  return (call("fcntl", "F_GETFD", fd, F.GETFD, 0) & 1) === 1;
}

describe("a path below a directory", () => {
  /** A directory with a file, a directory, and links to what is inside and outside. */
  function attackersDirectory() {
    const directory = temporaryDirectory();
    const box = join(directory.path, "box");
    mkdirSync(join(box, "sub"), { recursive: true });
    for (const file of ["secret", "box/file", "box/sub/file"]) writeFileSync(join(directory.path, file), file);
    symlinkSync("file", join(box, "link"));
    symlinkSync("../secret", join(box, "out"));
    symlinkSync("/etc/passwd", join(box, "absolute"));
    symlinkSync("sub", join(box, "linked-sub"));
    symlinkSync("nowhere", join(box, "dangling"));
    return { box, directory, [Symbol.dispose]: () => directory[Symbol.dispose]() };
  }

  test("is opened when it is plain", () => {
    using tree = attackersDirectory();
    const box = directoryAt(tree.box);
    for (const name of ["file", "sub/file"]) expect(readFileSync(owned(openBeneath(box, name, O.RDONLY)), "utf8")).toBe(`box/${name}`);
    expect(readFileSync(owned(openBeneath(box, Buffer.from("file"), O.RDONLY)), "utf8")).toBe("box/file");
  });

  test.each([
    ["a link", "link", "ELOOP"],
    ["a link that leads out", "out", "ELOOP"],
    ["a link to an absolute path", "absolute", "ELOOP"],
    ["a link that leads nowhere", "dangling", "ELOOP"],
    ["a path through a link", "linked-sub/file", "ELOOP"],
    ["..", "..", "EXDEV"],
    ["a path with too many ..", "sub/../../secret", "EXDEV"],
    ["an absolute path", "/etc/passwd", "EXDEV"],
    ["nothing", "", "ENOENT"],
    ["what is not there", "missing", "ENOENT"],
  ] as const)("is refused when it is %s", (_, name, code) => {
    using tree = attackersDirectory();
    const box = directoryAt(tree.box);
    expect(refusal(() => openBeneath(box, name, O.RDONLY))).toBe(errno[code]);
    if (name !== "") expect(refusal(() => openBeneath(box, Buffer.from(name), O.RDONLY))).toBe(errno[code]);
  });

  test("is never made through a link", () => {
    using tree = attackersDirectory();
    const box = directoryAt(tree.box);
    expect(refusal(() => openBeneath(box, "dangling", O.WRONLY | O.CREAT, 0o600))).toBe(errno.ELOOP);
    expect(refusal(() => openBeneath(box, "out", O.WRONLY | O.CREAT | O.TRUNC, 0o600))).toBe(errno.ELOOP);
    expect(readFileSync(join(tree.directory.path, "secret"), "utf8")).toBe("secret");
  });

  test("is refused on another device", () => {
    const root = directoryAt("/");
    expect(refusal(() => openBeneath(root, "proc/version", O.RDONLY))).toBe(errno.EXDEV);
    expect(refusal(() => openBeneath(root, "dev/null", O.RDONLY))).toBe(errno.EXDEV);
  });

  test("is refused when it is one of the kernel's own links", () => {
    const proc = directoryAt("/proc");
    expect(refusal(() => openBeneath(proc, `${process.pid}/exe`, O.RDONLY))).toBe(errno.ELOOP);
  });

  test("does not block when it is a FIFO that nobody writes to", () => {
    using tree = attackersDirectory();
    const box = directoryAt(tree.box);
    call("mknodat", "fifo", box, "fifo", S.IFIFO | 0o600, 0);
    expect(statDescriptor(owned(openBeneath(box, "fifo", O.RDONLY))).mode & S.IFMT).toBe(S.IFIFO);
  });

  test("is opened with close-on-exec, and made with the mode that was asked for", () => {
    using tree = attackersDirectory();
    const fd = owned(openBeneath(directoryAt(tree.box), "new", O.WRONLY | O.CREAT | O.EXCL, 0o640));
    expect(isCloseOnExec(fd)).toBe(true);
    expect(statDescriptor(fd).mode & 0o7777).toBe(0o640 & ~process.umask());
  });
});

describe("a sealed memory file", () => {
  const bytes = Buffer.from("sealed");

  test("is read from its beginning", () => {
    expect(readFileSync(owned(sealedMemoryFile("test", bytes)), "utf8")).toBe("sealed");
    expect(readFileSync(owned(sealedMemoryFile("test", new Uint8Array(0)))).length).toBe(0);
  });

  test("of megabytes is whole", () => {
    const large = Buffer.alloc(3_000_001, "0123456789");
    expect(readFileSync(owned(sealedMemoryFile("test", large))).equals(large)).toBe(true);
  });

  test.each(["not executable", "executable"])("(%s) cannot be changed, by root neither, through /proc/self/fd neither", (kind) => {
    const fd = owned(sealedMemoryFile("test", bytes, kind === "executable"));
    const path = `/proc/self/fd/${fd}`;
    expect(tryCall("write", fd, "x", 1)).toBe(-errno.EBADF);
    expect(() => writeFileSync(path, "x", { flag: "r+" })).toThrow(/EPERM|EACCES|ETXTBSY/);
    expect(() => writeFileSync(path, "x", { flag: "a" })).toThrow(/EPERM|EACCES/);
    expect(() => truncateSync(path, 1)).toThrow(/EPERM|EACCES/);
    expect(readFileSync(path, "utf8")).toBe("sealed");
  });

  test("has every seal, the one against further seals included", () => {
    const F_GET_SEALS = F.ADD_SEALS + 1;
    expect(call("fcntl", "", owned(sealedMemoryFile("test", bytes)), F_GET_SEALS) & F_SEAL_ALL).toBe(F_SEAL_ALL);
  });

  test("is close-on-exec, and can be executed only when that was asked for", () => {
    const script = Buffer.from("#!/bin/sh\nexit 7\n");
    for (const executable of [false, true]) {
      const fd = owned(sealedMemoryFile("test", script, executable));
      expect(isCloseOnExec(fd)).toBe(true);
      expect((statDescriptor(fd).mode & 0o111) !== 0).toBe(executable);
    }
  });
});

describe("a descriptor", () => {
  test("has the facts that fstat(2) gives", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "file");
    writeFileSync(path, "12345", { mode: 0o604 });
    linkSync(path, `${path}2`);
    for (const fd of [owned(openSync(path, "r")), owned(openSync("/dev/null", "r")), directoryAt(directory.path), directoryAt("/proc/self")]) {
      const { dev, ino, mode, nlink, uid, gid, size, rdev, blocks, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
      expect(statDescriptor(fd)).toEqual({ device: dev, inode: ino, mode: Number(mode), links: Number(nlink), uid: Number(uid), gid: Number(gid), size: Number(size), deviceOfNode: rdev, allocatedBytes: Number(blocks) * 512, modifiedNs: mtimeNs, changedNs: ctimeNs });
    }
  });

  test("that is closed has no flags", () => {
    const [readEnd, writeEnd] = makePipe();
    expect([statusFlags(readEnd)! & 3, statusFlags(writeEnd)! & 3]).toEqual([O.RDONLY, O.WRONLY]);
    for (const fd of [readEnd, writeEnd]) closeDescriptor(fd);
    expect(statusFlags(readEnd)).toBeNull();
  });

  test("is duplicated above a number, close-on-exec", () => {
    const [readEnd, writeEnd] = makePipe().map(owned) as [number, number];
    const copy = owned(duplicateAbove(readEnd, 200));
    expect(copy).toBeGreaterThanOrEqual(200);
    expect(isCloseOnExec(copy)).toBe(true);
    writeFully(writeEnd, Buffer.from("x"));
    expect(readSome(copy, new Uint8Array(1))).toBe(1);
  });
});

describe("a pipe", () => {
  test("is close-on-exec, and non-blocking only at the end that was told so", () => {
    const [readEnd, writeEnd] = makePipe().map(owned) as [number, number];
    setNonBlocking(readEnd);
    expect([isCloseOnExec(readEnd), isCloseOnExec(writeEnd)]).toEqual([true, true]);
    expect([readEnd, writeEnd].map((fd) => (statusFlags(fd)! & O.NONBLOCK) !== 0)).toEqual([true, false]);
  });

  test("gives what is there, EAGAIN while nothing is, and 0 at the end", () => {
    const [readEnd, writeEnd] = makePipe();
    owned(readEnd);
    setNonBlocking(readEnd);
    const into = new Uint8Array(3);
    expect(readSome(readEnd, into)).toBe(-errno.EAGAIN);
    writeFully(writeEnd, Buffer.from("abcde"));
    expect([readSome(readEnd, into), Buffer.from(into).toString()]).toEqual([3, "abc"]);
    expect(readSome(readEnd, into)).toBe(2);
    closeDescriptor(writeEnd);
    expect(readSome(readEnd, into)).toBe(0);
  });

  test("without a reader is an error for the writer, not a signal", () => {
    const [readEnd, writeEnd] = makePipe();
    owned(writeEnd);
    closeDescriptor(readEnd);
    expect(refusal(() => writeFully(writeEnd, Buffer.from("x")))).toBe(errno.EPIPE);
  });
});

describe("a lock", () => {
  test("is held by one at a time, or shared", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    writeFileSync(path, "");
    const [one, two] = [owned(openSync(path, "r")), owned(openSync(path, "r"))];
    expect([tryLock(one), tryLock(two), tryLock(two, "shared"), tryLock(one)]).toEqual([true, false, false, true]);
    expect([tryLock(one, "shared"), tryLock(two, "shared"), tryLock(two)]).toEqual([true, true, false]);
  });

  test("goes with the descriptor", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    writeFileSync(path, "");
    const one = openSync(path, "r");
    const two = owned(openSync(path, "r"));
    expect([tryLock(one), tryLock(two)]).toEqual([true, false]);
    closeDescriptor(one);
    expect(tryLock(two)).toBe(true);
  });

  test("on a closed descriptor is an error", () => {
    expect(refusal(() => tryLock(987_654))).toBe(errno.EBADF);
  });
});

describe("entries of a directory", () => {
  test("are made, renamed and removed by descriptor, by names of any bytes", () => {
    using directory = temporaryDirectory();
    const fd = directoryAt(directory.path);
    makeDirectoryAt(fd, "a", 0o700);
    expect(refusal(() => makeDirectoryAt(fd, "a", 0o700))).toBe(errno.EEXIST);
    renameAt(fd, "a", fd, "b");
    expect(tryUnlinkAt(fd, "b", 0)).toBe(-errno.EISDIR);
    expect(tryUnlinkAt(fd, "b", AT_REMOVEDIR)).toBe(0);
    const name = Uint8Array.of(0xff, 0x0a, 0x20);
    owned(openBeneath(fd, name, O.WRONLY | O.CREAT | O.EXCL, 0o600));
    expect([tryUnlinkAt(fd, name, 0), tryUnlinkAt(fd, name, 0)]).toEqual([0, -errno.ENOENT]);
  });
});

describe("a copy inside the kernel", () => {
  test("is everything from the position of the source on", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "source");
    const content = Buffer.alloc(200_000, "abcdefg");
    writeFileSync(path, content);
    const source = owned(openSync(path, "r"));
    readSome(source, new Uint8Array(7));
    copyAll(source, owned(openAt(directoryAt(directory.path), "target", O.WRONLY | O.CREAT, 0o600)));
    expect(readFileSync(join(directory.path, "target")).equals(content.subarray(7))).toBe(true);
  });

  test("into a closed descriptor is an error", () => {
    expect(refusal(() => copyAll(owned(openSync("/etc/passwd", "r")), 987_654))).toBe(errno.EBADF);
  });
});

describe("writing to a pipe now", () => {
  test("takes what there is room for, and never waits, though the descriptor would", () => {
    const [readEnd, writeEnd] = makePipe();
    try {
      expect(writeNow(writeEnd, new Uint8Array(100))).toBe(100);
      while (writeNow(writeEnd, new Uint8Array(4096)) > 0);
      expect(writeNow(writeEnd, new Uint8Array(4096))).toBe(-errno.EAGAIN);
      // Nothing of it stays with the open file description.
      expect(statusFlags(writeEnd)! & O.NONBLOCK).toBe(0);
      closeDescriptor(readEnd);
      expect(writeNow(writeEnd, new Uint8Array(1))).toBe(-errno.EPIPE);
    } finally {
      closeDescriptor(writeEnd);
    }
  });
});
