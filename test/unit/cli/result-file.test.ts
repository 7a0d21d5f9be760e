import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync, closeSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync,
  writeFileSync, writeSync,
} from "node:fs";
import { join } from "node:path";
import { ResultFile } from "../../../src/cli/result-file.ts";
import { errno, SyscallError } from "../../../src/kernel/errno.ts";
import { reportBeginning } from "../../../src/judge/report/page.ts";
import { IsolateError } from "../../../src/model/errors.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

let directory: string;
beforeEach(() => {
  directory = makeTestDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(path: string, text: string): void {
  const file = ResultFile.open(path, "output");
  try {
    file.write(text);
  } finally {
    file.close();
  }
}

function refusal(path: string): IsolateError {
  try {
    ResultFile.open(path, "output").close();
  } catch (error) {
    if (error instanceof IsolateError) return error;
    throw error;
  }
  throw new Error(`accepted: ${path}`);
}

describe("a result file", () => {
  test("is made when it is absent", () => {
    write(join(directory, "out"), "text\n");
    expect(readFileSync(join(directory, "out"), "utf8")).toBe("text\n");
    expect(readdirSync(directory)).toEqual(["out"]);
  });

  test("is not touched before it is written", () => {
    const path = join(directory, "out");
    writeFileSync(path, "old");
    ResultFile.open(path, "output").close();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(directory)).toEqual(["out"]);
  });

  test("takes the place of an old one, whole, with the old one's permissions", () => {
    const path = join(directory, "out");
    writeFileSync(path, "something longer");
    chmodSync(path, 0o640);
    linkSync(path, join(directory, "other name"));
    write(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readFileSync(join(directory, "other name"), "utf8")).toBe("something longer");
  });

  test("is written as it is when it is a device", () => {
    write("/dev/null", "text");
    expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("that is a descriptor of ours is written after what was written there", () => {
    const path = join(directory, "both");
    const fd = openSync(path, "w");
    writeSync(fd, "first ");
    write(`/dev/fd/${fd}`, "second ");
    writeSync(fd, "third");
    write(`/proc/self/fd/${fd}`, " fourth");
    closeSync(fd);
    expect(readFileSync(path, "utf8")).toBe("first second third fourth");
  });

  test("that is a descriptor we cannot write to is refused", () => {
    expect(refusal("/dev/fd/999").message).toBe("cannot write --output /dev/fd/999: EBADF (bad file descriptor)");
    const fd = openSync("/etc/passwd", "r");
    expect(refusal(`/dev/fd/${fd}`).message).toEndWith(": EBADF (bad file descriptor)");
    closeSync(fd);
  });

  test("that is a symbolic link is refused, and what it points to left alone", () => {
    writeFileSync(join(directory, "target"), "precious");
    symlinkSync("target", join(directory, "out"));
    const error = refusal(join(directory, "out"));
    expect(error.message).toBe(`cannot write ${join(directory, "out")}: it is a symbolic link`);
    expect(error.exitCode).toBe(64);
    expect(readFileSync(join(directory, "target"), "utf8")).toBe("precious");
  });

  test("does not follow a link that comes between", () => {
    writeFileSync(join(directory, "target"), "precious");
    const file = ResultFile.open(join(directory, "out"), "output");
    symlinkSync("target", join(directory, "out"));
    file.write("result");
    file.close();
    expect(readFileSync(join(directory, "target"), "utf8")).toBe("precious");
    expect(readFileSync(join(directory, "out"), "utf8")).toBe("result");
  });

  test("stays in its directory when another takes that one's name", () => {
    mkdirSync(join(directory, "a"));
    mkdirSync(join(directory, "elsewhere"));
    const file = ResultFile.open(join(directory, "a/out"), "output");
    renameSync(join(directory, "a"), join(directory, "b"));
    symlinkSync("elsewhere", join(directory, "a"));
    file.write("result");
    file.close();
    expect(readdirSync(join(directory, "elsewhere"))).toEqual([]);
    expect(readFileSync(join(directory, "b/out"), "utf8")).toBe("result");
  });

  test("that cannot be put in place leaves no old one to be taken for it", () => {
    writeFileSync(join(directory, "out"), "old");
    const file = ResultFile.open(join(directory, "out"), "meta");
    function* broken(): Generator<string> {
      yield "half";
      throw new SyscallError("write", errno.ENOSPC);
    }
    expect(() => file.write(broken())).toThrow(/^cannot write --meta .*out: ENOSPC/);
    file.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("leaves nothing behind when it cannot be put in place", () => {
    const file = ResultFile.open(join(directory, "out"), "output");
    mkdirSync(join(directory, "out"));
    expect(() => file.write("result")).toThrow(/^cannot write --output .*out: E/);
    file.close();
    expect(readdirSync(directory)).toEqual(["out"]);
  });

  test.each([
    ["in a directory that is missing", "missing/out", "ENOENT (no such file or directory)"],
    ["below a file", "file/out", "ENOTDIR (not a directory)"],
    ["that is a directory", "dir", "it is a directory"],
    ["with a slash at the end", "dir/new/", "it is a directory"],
  ])("%s is refused", (_title, name, reason) => {
    writeFileSync(join(directory, "file"), "");
    mkdirSync(join(directory, "dir"));
    const error = refusal(`${directory}/${name}`);
    expect(error.message).toEndWith(`: ${reason}`);
    expect(error.exitCode).toBe(64);
  });
});

describe("a report", () => {
  const refused = (path: string) => {
    try {
      ResultFile.open(path, "html", "reports").close();
      return null;
    } catch (error) {
      return error instanceof IsolateError ? error.message : error;
    }
  };

  test("takes the place of an empty file and of another report", () => {
    const path = join(directory, "report.html");
    for (const text of ["", reportBeginning]) {
      writeFileSync(path, text);
      expect(refused(path)).toBeNull();
    }
  });

  test("does not take the place of any other file", () => {
    const path = join(directory, "page.html");
    for (const text of ["x", "<!doctype html>\n<html><body>mine</body></html>\n", '{"status":"Success","success":true,"limit":null}\n']) {
      writeFileSync(path, text);
      expect(refused(path)).toBe(`cannot write --html ${path}: the file that is there is no report of ours, and would be lost`);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });
});
