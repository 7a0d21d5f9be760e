// Which file a command of a compile step is.
import { describe, expect, test } from "bun:test";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCompiler } from "../../../../src/source/cache/compiler.ts";
import type { ResolvedMount } from "../../../../src/executor/plan/spec.ts";
import { directoryMount } from "../../executor/samples.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

const box: ResolvedMount = { ...directoryMount("box=/x:rw"), source: "./box" };

/** A root of a system with a compiler behind links, as Debian has them, in a directory of the host. */
function system(top: string): ResolvedMount[] {
  for (const name of ["usr/bin", "usr/lib/jvm/bin", "alternatives"]) mkdirSync(join(top, name), { recursive: true });
  for (const name of ["usr/bin/g++-12", "usr/lib/jvm/bin/javac"]) writeFileSync(join(top, name), "", { mode: 0o755 });
  symlinkSync("g++-12", join(top, "usr/bin/g++"));
  symlinkSync("/etc/alternatives/javac", join(top, "usr/bin/javac"));
  symlinkSync("../../usr/lib/jvm/bin/javac", join(top, "alternatives/javac"));
  symlinkSync("loop", join(top, "usr/bin/loop"));
  symlinkSync("/nowhere/x", join(top, "usr/bin/dangling"));
  return [
    box,
    { ...directoryMount("tmp:tmp") },
    directoryMount(`usr=${top}/usr`),
    { ...directoryMount("bin"), sourceType: "link", target: "usr/bin" },
    directoryMount(`etc/alternatives=${top}/alternatives`),
  ];
}

const find = (mounts: readonly ResolvedMount[], ...candidates: string[]) => findCompiler(mounts, "/box", candidates);

describe("a compiler", () => {
  test.each([
    ["/usr/bin/g++-12", "usr/bin/g++-12"],
    ["/usr/bin/g++", "usr/bin/g++-12"],
    ["/bin/g++", "usr/bin/g++-12"],
    ["//usr/./lib/../bin/g++", "usr/bin/g++-12"],
    ["/usr/bin/javac", "usr/lib/jvm/bin/javac"],
    ["../usr/bin/g++", "usr/bin/g++-12"],
  ])("%s is found where the box would find it", (path, file) => {
    using directory = temporaryDirectory();
    expect(find(system(directory.path), path)?.path).toBe(join(directory.path, file));
  });

  test.each(["/usr/bin/none", "/usr/bin/loop", "/usr/bin/dangling", "/etc/passwd", "/tmp/x", "/usr/bin", "/proc/self/exe"])("%s is none", (path) => {
    using directory = temporaryDirectory();
    expect(find(system(directory.path), path)).toBeNull();
  });

  test("is the first of the search path that is there", () => {
    using directory = temporaryDirectory();
    expect(find(system(directory.path), "/usr/local/bin/g++", "/usr/bin/g++", "/bin/javac")?.path).toBe(join(directory.path, "usr/bin/g++-12"));
  });

  test("is none that cannot be executed, if there is one that can: execve passes it over", () => {
    using directory = temporaryDirectory();
    const mounts = system(directory.path);
    writeFileSync(join(directory.path, "usr/bin/cc"), "", { mode: 0o644 });
    expect(find(mounts, "/usr/bin/cc", "/usr/bin/g++")?.path).toBe(join(directory.path, "usr/bin/g++-12"));
  });

  test("that would be reached by a way out of the working directory is none", () => {
    using directory = temporaryDirectory();
    expect(find(system(directory.path), "./made/../../usr/bin/g++")).toBeNull();
  });

  test("that is a staged file is named and no more, as its content is in the key", () => {
    using directory = temporaryDirectory();
    expect(find(system(directory.path), "./build.sh")).toEqual({ path: null, identity: "staged:build.sh" });
  });

  test("of the host itself is the file that realpath(3) finds", () => {
    const mounts = [directoryMount("usr"), { ...directoryMount("bin"), sourceType: "link" as const, target: "usr/bin" }, directoryMount("etc/alternatives")];
    expect(find(mounts, "/usr/bin/awk")?.path).toBe(realpathSync("/usr/bin/awk"));
  });
});
