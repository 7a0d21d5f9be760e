// Each call beside the one of node:fs, on the same files.
import { afterAll, describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { join } from "node:path";
import * as ours from "../../../src/kernel/fs.ts";
import { O } from "../../../src/kernel/constants.ts";
import { errnoOf, SyscallError } from "../../../src/kernel/errno.ts";
import { statusFlags } from "../../../src/kernel/files.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const directory = temporaryDirectory();
const at = (name: string) => join(directory.path, name);
afterAll(() => directory[Symbol.dispose]());

node.writeFileSync(at("empty"), "");
node.writeFileSync(at("text"), "\ufeffgrün\r\nline\0end\n");
node.writeFileSync(at("bytes"), Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
for (const bytes of [65_535, 65_536, 65_537, 131_072, 300_000]) node.writeFileSync(at(`large-${bytes}`), Buffer.alloc(bytes, "0123456789abcdef-"));
node.mkdirSync(at("directory"));
for (const name of ["one", ".hidden", "zwei ü", "x".repeat(255)]) node.writeFileSync(at(`directory/${name}`), "");
node.writeFileSync(Buffer.concat([Buffer.from(at("directory/")), Buffer.of(0xff, 0x41)]), "");
node.mkdirSync(at("full"));
for (let index = 0; index < 3000; index++) node.writeFileSync(at(`full/entry-with-a-long-name-${index}`), "");
node.symlinkSync("text", at("link"));
node.symlinkSync("gone/ünd", at("dangling"));
node.symlinkSync("loop", at("loop"));
node.symlinkSync(`/${"y".repeat(254)}`.repeat(16), at("long-link"));
Bun.spawnSync(["mkfifo", at("fifo")]);
node.chmodSync(at("text"), 0o4640);
node.utimesSync(at("text"), 1_234_567.5, 987_654_321.25);

const files = ["empty", "text", "bytes", "large-65535", "large-65536", "large-65537", "large-131072", "large-300000", "link"].map(at);
const kernelFiles = ["/proc/self/cmdline", "/proc/self/mountinfo", "/proc/self/cgroup", "/proc/self/environ", "/proc/sys/kernel/cap_last_cap", "/sys/kernel/mm/transparent_hugepage/enabled"];
const wrong = [at("missing"), at("text/below"), at("dangling"), at("loop"), at("directory"), at("n".repeat(300)), ""];

/** The value, or the number of the error. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return `error ${errnoOf(error)}`;
  }
}

/** Both do the same with each path. */
function same<T>(paths: readonly string[], call: (fs: typeof node | typeof ours, path: string) => T) {
  for (const path of paths) expect([path, outcome(() => call(ours, path))]).toEqual([path, outcome(() => call(node, path))]);
}

describe("the same as node:fs", () => {
  test("readFileSync as text, as Latin-1 and as bytes, whatever size a file says it has", () => {
    const all = [...files, ...kernelFiles.filter((path) => node.existsSync(path)), ...wrong];
    same(all, (fs, path) => fs.readFileSync(path, "utf8"));
    same(all, (fs, path) => fs.readFileSync(path, "latin1"));
    same(all, (fs, path) => fs.readFileSync(path).toString("hex"));
  });

  test("readFileSync of a descriptor: from where it is to the end; the descriptor stays open", () => {
    same(files, (fs, path) => {
      const fd = node.openSync(path, "r");
      try {
        node.readSync(fd, Buffer.alloc(3));
        return [fs.readFileSync(fd).toString("hex"), fs.readFileSync(fd, "utf8"), node.fstatSync(fd).size];
      } finally {
        node.closeSync(fd);
      }
    });
  });

  test("what readFileSync gave stays as it is when the next file is read", () => {
    const first = ours.readFileSync(at("bytes"));
    ours.readFileSync(at("text"));
    expect(first.equals(node.readFileSync(at("bytes")))).toBe(true);
  });

  test("readFileSync of a pipe that is filled in small parts", async () => {
    const [read, write] = (await import("../../../src/kernel/files.ts")).makePipe();
    const child = Bun.spawn(["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.02; done"], { stdout: write });
    node.closeSync(write);
    expect(ours.readFileSync(read, "utf8")).toBe("1\n2\n3\n");
    node.closeSync(read);
    await child.exited;
  });

  test("statSync, lstatSync and fstatSync, with and without an error for what is not there", () => {
    const members = (stat: node.Stats | ours.Stats | undefined) => stat && [
      stat.dev, stat.ino, stat.mode, stat.uid, stat.gid, stat.rdev, stat.size, stat.blocks, stat.mtimeMs,
      stat.isDirectory(), stat.isFile(), stat.isSymbolicLink(), stat.isFIFO(), stat.isSocket(), stat.isCharacterDevice(),
    ];
    const all = [...files, ...wrong, at("fifo"), "/dev/null", "/proc/self/exe", "/proc/self/ns/pid", "/"];
    same(all, (fs, path) => members(fs.statSync(path)));
    same(all, (fs, path) => members(fs.lstatSync(path)));
    same(all, (fs, path) => members(fs.statSync(path, { throwIfNoEntry: false })));
    same(all, (fs, path) => members(fs.lstatSync(path, { throwIfNoEntry: false })));
    expect(members(ours.fstatSync(0))).toEqual(members(node.fstatSync(0)));
    expect(outcome(() => ours.fstatSync(1_000_000))).toBe(outcome(() => node.fstatSync(1_000_000)));
  });

  test("statfsSync", () => {
    for (const path of ["/proc", "/dev/shm", directory.path].filter((path) => node.existsSync(path))) {
      const { type, bsize, blocks } = node.statfsSync(path);
      expect(ours.statfsSync(path)).toMatchObject({ type, bsize, blocks });
    }
    same([at("missing")], (fs, path) => fs.statfsSync(path));
  });

  test("readdirSync, of names that are not UTF-8 too, and of many", () => {
    same([at("directory"), at("full"), directory.path, "/proc/self/ns", at("text"), at("missing"), at("loop")], (fs, path) => fs.readdirSync(path));
  });

  test("readlinkSync", () => {
    same([at("link"), at("dangling"), at("loop"), at("long-link"), "/proc/self", "/proc/self/exe", "/proc/self/ns/pid", ...files.slice(0, 2), at("missing")], (fs, path) => fs.readlinkSync(path));
  });

  test("existsSync and accessSync", () => {
    same([...files, ...wrong, "/proc/self/mem"], (fs, path) => fs.existsSync(path));
    same([...files, ...wrong], (fs, path) => fs.accessSync(path, fs.constants.R_OK | fs.constants.X_OK) ?? undefined);
    expect<typeof node.constants>(node.constants).toMatchObject(ours.constants);
  });

  test("writeFileSync: anew or over what is there, with the mode of a new file", () => {
    for (const fs of [node, ours]) {
      const path = at("written");
      const seen = ["long text ü", "", "x".repeat(200_000), "short"].map((text) => {
        fs.writeFileSync(path, text, { mode: 0o640 });
        return [node.readFileSync(path, "utf8") === text, node.statSync(path).mode];
      });
      expect(seen).toEqual(Array(4).fill([true, 0o100640]));
      node.rmSync(path);
    }
    same([at("directory"), at("missing/below"), "/proc/self/cmdline"], (fs, path) => fs.writeFileSync(path, "x"));
  });

  test("openSync, readSync and writeSync, with and without a position", () => {
    for (const fs of [node, ours]) {
      const fd = fs.openSync(at("positions"), O.RDWR | O.CREAT | O.TRUNC, 0o600);
      const into = Buffer.alloc(8);
      expect(fs.writeSync(fd, Buffer.from("0123456789"), 2, 6)).toBe(6);
      expect(fs.writeSync(fd, Buffer.from("AB"), 0, 2, 1)).toBe(2);
      expect(fs.readSync(fd, into, 0, 8, 0)).toBe(6);
      expect(into.toString("latin1", 0, 6)).toBe("2AB567");
      expect(fs.readSync(fd, into, 0, 8, null)).toBe(0);
      expect(fs.readSync(fd, into, 3, 2, 4)).toBe(2);
      expect(into.toString("latin1", 0, 6)).toBe("2AB677");
      expect(fs.readSync(fd, into, 0, 0, 0)).toBe(0);
      expect(() => fs.readSync(fd, into, 4, 5, 0)).toThrow(RangeError);
      expect(() => fs.writeSync(fd, into, 9, 1)).toThrow(RangeError);
      fs.closeSync(fd);
      expect(outcome(() => fs.closeSync(fd))).toBe("error 9");
    }
    same([...wrong, at("text")], (fs, path) => fs.closeSync(fs.openSync(path, "r")));
    same([at("directory"), at("missing")], (fs, path) => fs.closeSync(fs.openSync(path, "r+")));
  });

  test("a descriptor is close-on-exec", () => {
    for (const fs of [node, ours]) {
      const fd = fs.openSync(at("text"), "r");
      expect(node.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")).toMatch(/^flags:\t02[0-7]{6}$/m);
      expect(statusFlags(fd)! & O.RDWR).toBe(0);
      fs.closeSync(fd);
    }
  });

  test("mkdirSync, rmdirSync, symlinkSync, chmodSync, fchmodSync, fchownSync, futimesSync and fsyncSync", () => {
    const seen = [node, ours].map((fs) => {
      const path = at("made");
      fs.mkdirSync(path, 0o751);
      const modes = [node.statSync(path).mode];
      fs.chmodSync(path, 0o1700);
      modes.push(node.statSync(path).mode);
      fs.symlinkSync("some where", `${path}/link`);
      const errors = [outcome(() => fs.mkdirSync(path)), outcome(() => fs.rmdirSync(path)), outcome(() => fs.symlinkSync("x", `${path}/link`))];
      const target = node.readlinkSync(`${path}/link`);
      node.unlinkSync(`${path}/link`);
      const fd = node.openSync(path, "r");
      fs.fchmodSync(fd, 0o500);
      fs.fchownSync(fd, process.getuid!(), process.getgid!());
      fs.futimesSync(fd, 1000.25, 1_764_318_000.5);
      fs.fsyncSync(fd);
      const { mode, mtimeMs, atimeMs } = node.fstatSync(fd);
      node.closeSync(fd);
      fs.rmdirSync(path);
      errors.push(outcome(() => fs.rmdirSync(path)), outcome(() => fs.fchmodSync(fd, 0)), outcome(() => fs.fchownSync(fd, 0, 0)), outcome(() => fs.fsyncSync(fd)));
      return [modes, errors, target, mode, mtimeMs, atimeMs, node.existsSync(path)];
    });
    expect(seen[1]).toEqual(seen[0]);
  });
});

test("a path with a NUL is refused, and not taken for a shorter one", () => {
  const path = `${at("text")}\0more`;
  for (const call of [ours.readFileSync, ours.statSync, ours.lstatSync, ours.readlinkSync, ours.readdirSync, ours.rmdirSync, ours.mkdirSync, ours.statfsSync]) {
    expect(() => call(path)).toThrow(SyscallError);
  }
  expect(() => ours.openSync(path, "r")).toThrow(SyscallError);
  expect(() => ours.accessSync(path, 0)).toThrow(SyscallError);
  expect(() => ours.chmodSync(path, 0)).toThrow(SyscallError);
  expect(ours.existsSync(path)).toBe(false);
});

test("an owner that is no id is refused, also the one that would mean to leave it as it is", () => {
  const fd = ours.openSync(at("text"), "r");
  for (const id of [-1, -5, 2 ** 32 - 1, 2 ** 32, Number.NaN]) {
    expect(outcome(() => ours.fchownSync(fd, id, 0))).toBe("error 22");
    expect(outcome(() => ours.fchownSync(fd, 0, id))).toBe("error 22");
  }
  ours.closeSync(fd);
});

test("an error says what could not be done, to what, and why", () => {
  expect(() => ours.readFileSync("/no such file", "utf8")).toThrow("openat /no such file: ENOENT (no such file or directory)");
  expect(() => ours.statSync("/no such file")).toThrow("stat /no such file: ENOENT (no such file or directory)");
});
