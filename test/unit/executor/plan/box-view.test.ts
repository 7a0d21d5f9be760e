import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { findProgram, lookInBox } from "../../../../src/executor/plan/box-view.ts";
import { resolveMounts } from "../../../../src/executor/plan/resolve.ts";
import { parseMountRule } from "../../../../src/model/mounts.ts";
import { directoryMount, someSpec } from "../samples.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

function program(path: string, mode = 0o755): void {
  writeFileSync(path, "");
  chmodSync(path, mode);
}

describe("a box sees", () => {
  test("what is below a mounted directory, where the rule puts it", () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    mkdirSync(`${path}/bin`);
    program(`${path}/bin/tool`);
    const mounts = resolveMounts([parseMountRule(`opt/tool=${path}`)], "/nowhere");
    expect(lookInBox(mounts, "/opt/tool/bin/tool")).toEqual({ kind: "file", hostPath: `${path}/bin/tool`, executable: true });
    expect(lookInBox(mounts, "//opt/./tool/bin/../bin/tool")).toMatchObject({ kind: "file" });
    expect([`${path}/bin/tool`, "/opt/tool/bin/other", "/opt/tool/bin/tool/below", "/opt/other"].map((at) => lookInBox(mounts, at).kind)).toEqual(["absent", "absent", "absent", "absent"]);
    expect(["/", "/opt", "/opt/tool", "/opt/tool/bin"].map((at) => lookInBox(mounts, at).kind)).toEqual(["directory", "directory", "directory", "directory"]);
  });

  test("the target of a link only if that is inside too", () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    mkdirSync(`${path}/usr`);
    mkdirSync(`${path}/other`);
    program(`${path}/usr/real`);
    program(`${path}/other/real`);
    symlinkSync("real", `${path}/usr/near`);
    symlinkSync("/usr/real", `${path}/usr/absolute`);
    symlinkSync(`${path}/other/real`, `${path}/usr/away`);
    symlinkSync("../../../../usr/real", `${path}/usr/above-the-root`);
    symlinkSync("round", `${path}/usr/round`);
    const mounts = resolveMounts([parseMountRule(`usr=${path}/usr`)], "/nowhere");
    const seen = (name: string) => lookInBox(mounts, `/usr/${name}`).kind;
    expect(["near", "absolute", "above-the-root"].map(seen)).toEqual(["file", "file", "file"]);
    expect(["away", "round"].map(seen)).toEqual(["absent", "absent"]);
    const more = resolveMounts([parseMountRule(`usr=${path}/usr`), parseMountRule(`${path.slice(1)}/other`)], "/nowhere");
    expect(lookInBox(more, "/usr/away")).toMatchObject({ kind: "file", hostPath: `${path}/other/real` });
  });

  test("a mounted file, a link that stands for a mount, nothing in what is empty, and nothing for sure in what only the run fills", () => {
    expect(lookInBox(someSpec.mounts, "/bin").kind).toBe("directory");
    expect(lookInBox(someSpec.mounts, "/bin/sh")).toMatchObject({ kind: "file", executable: true });
    expect(["/box/x", "/dev/x", "/proc/1/exe"].map((at) => lookInBox(someSpec.mounts, at).kind)).toEqual(Array(3).fill("unknown"));
    // /tmp is empty when a program starts.
    expect(["/tmp/x", "/etc/x", "/opt/x"].map((at) => lookInBox(someSpec.mounts, at).kind)).toEqual(Array(3).fill("absent"));
    expect(["/tmp", "/etc", "/etc/alternatives"].map((at) => lookInBox(someSpec.mounts, at).kind)).toEqual(Array(3).fill("directory"));
  });

  test("nothing for sure in a directory that a step may write to", () => {
    using directory = temporaryDirectory();
    const mounts = resolveMounts([parseMountRule(`x=${directory.path}:rw`), parseMountRule(`y=${directory.path}`)], "/nowhere");
    expect(["/x/later", "/y/later"].map((at) => lookInBox(mounts, at).kind)).toEqual(["unknown", "absent"]);
  });

  test("everything when there are no namespaces", () => {
    expect(lookInBox([], "/proc/self/status").kind).toBe("file");
    expect(lookInBox([], "/no/such/place").kind).toBe("absent");
  });

  test("the deepest mount at a path", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/a/b`, { recursive: true });
    mkdirSync(`${directory.path}/c`);
    program(`${directory.path}/c/tool`);
    const mounts = resolveMounts([parseMountRule(`x=${directory.path}/a`), parseMountRule(`x/b=${directory.path}/c`)], "/nowhere");
    expect(lookInBox(mounts, "/x/b/tool").kind).toBe("file");
  });
});

describe("the program that is found", () => {
  test("is the first that can be executed; one that cannot is better than none", () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    for (const name of ["one", "two", "three"]) mkdirSync(`${path}/${name}`);
    program(`${path}/two/tool`, 0o644);
    const mounts = resolveMounts([parseMountRule(`x=${path}`)], "/nowhere");
    const candidates = ["/x/one/tool", "/x/two/tool", "/x/three/tool"];
    expect(findProgram(mounts, candidates)).toMatchObject({ hostPath: `${path}/two/tool`, executable: false });
    program(`${path}/three/tool`);
    expect(findProgram(mounts, candidates)).toMatchObject({ hostPath: `${path}/three/tool`, executable: true });
    expect(findProgram(mounts, ["/x/one/tool"])).toBeNull();
    expect(findProgram(mounts, ["/x/one"])).toBeNull();
  });

  test("is not looked for in the working directory, which is not filled yet", () => {
    expect(findProgram([directoryMount("usr")], ["./prog"])).toEqual({ kind: "unknown" });
  });
});
