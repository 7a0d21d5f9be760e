import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { chrootRules, lastCapability, programCandidates, resolveMounts } from "../../../../src/executor/plan/resolve.ts";
import { defaultMounts, parseMountRule, type MountRule } from "../../../../src/model/mounts.ts";
import { errorOf, temporaryDirectory } from "../../../helpers/temporary.ts";

/** Resolves one rule; null when it was left out. */
function resolve(rule: string, home = "/nowhere") {
  return resolveMounts([parseMountRule(rule)], home)[0] ?? null;
}

describe("the source of a mount", () => {
  test("is seen to be a directory or a file, links followed", () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    mkdirSync(`${path}/d`);
    writeFileSync(`${path}/f`, "");
    symlinkSync("d", `${path}/to-d`);
    symlinkSync("f", `${path}/to-f`);
    const types = ["d", "f", "to-d", "to-f"].map((name) => resolve(`x=${path}/${name}`)!);
    expect(types.map(({ source, sourceType }) => [source, sourceType])).toEqual([
      [`${path}/d`, "directory"], [`${path}/f`, "file"], [`${path}/to-d`, "directory"], [`${path}/to-f`, "file"],
    ]);
  });

  test("below the box is found there", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/data`);
    expect(resolve("x=./data", directory.path)).toMatchObject({ source: `${directory.path}/data`, sourceType: "directory" });
  });

  test("that is missing is an error that names it and what to do", () => {
    const error = errorOf(() => resolve("data=/no/such/place"));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe("cannot mount /no/such/place on /data: ENOENT (no such file or directory)");
    expect(error.hint).toBe("add :maybe to the rule if it may be missing");
  });

  test("that may be missing is left out when it is", () => {
    expect(resolve("data=/no/such/place:maybe")).toBeNull();
    expect(resolve("data=/etc/passwd/below:maybe")).toBeNull();
    expect(resolve("data=/usr:maybe")).toMatchObject({ source: "/usr" });
  });

  test("that may be missing is still an error when it cannot be looked at for another reason", () => {
    using directory = temporaryDirectory();
    symlinkSync("loop", `${directory.path}/loop`);
    expect(errorOf(() => resolve(`data=${directory.path}/loop:maybe`)).message).toContain("ELOOP");
  });

  test("is not looked for where there is none", () => {
    expect(resolve("cache:tmp")).toMatchObject({ kind: "scratch", source: "tmpfs" });
    expect(resolve("proc=proc:fs")).toMatchObject({ kind: "filesystem", source: "proc" });
    expect(resolveMounts(defaultMounts.filter(({ kind }) => kind === "accounts"), "/nowhere")[0]!.sourceType).toBe("none");
    // The box's own directory is opened by the launcher.
    expect(resolveMounts(defaultMounts.filter(({ inside }) => inside === "box"), "/nowhere")[0]!.source).toBe("./box");
  });
});

describe("a link of a merged /usr", () => {
  /** A rule as the defaults have them, for a link that a test made. */
  function linked(target: string): ReturnType<typeof resolveMounts> {
    using directory = temporaryDirectory();
    const path = `${directory.path}/bin`;
    symlinkSync(target, path);
    const rule: MountRule = { ...parseMountRule("x=/y:maybe"), inside: path.slice(1), source: path };
    return resolveMounts([rule], "/nowhere");
  }

  test("is made again instead of mounted", () => {
    expect(linked("usr/bin")).toMatchObject([{ sourceType: "link", target: "usr/bin" }]);
  });

  test.each(["/usr/lib", "../usr/lib", "usr/../etc", "usr/a/b", "etc"])("that leads to %s is not one, and is followed or missing", (target) => {
    expect(linked(target).map(({ sourceType }) => sourceType)).not.toContain("link");
  });

  test("is mounted when the rule puts it elsewhere", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/usr/bin`, { recursive: true });
    symlinkSync("usr/bin", `${directory.path}/bin`);
    expect(resolve(`bin=${directory.path}/bin`)).toMatchObject({ sourceType: "directory" });
  });
});

describe("a directory in place of the root", () => {
  test("gives every entry read-only, and leaves out what the sandbox lays out itself", () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    for (const name of ["bin", "etc", "opt", "proc", "dev", "tmp", "sys", "box"]) mkdirSync(`${path}/${name}`);
    writeFileSync(`${path}/readme`, "");
    const rules = chrootRules(path, defaultMounts);
    const bound = rules.filter(({ kind, source }) => kind === "bind" && source !== "./box");
    expect(bound.map(({ inside, source }) => [inside, source]).toSorted()).toEqual(["bin", "etc", "opt", "readme"].map((name) => [name, `${path}/${name}`]));
    expect(bound.every(({ writable, devices }) => !writable && !devices)).toBe(true);
    expect(rules.filter((rule) => !bound.includes(rule)).map(({ inside, kind }) => `${inside} ${kind}`).toSorted()).toEqual([
      "box bind", "dev devices", "proc filesystem", "tmp scratch",
    ]);
  });

  test("shows nothing of the host's own /usr and /etc", () => {
    using directory = temporaryDirectory();
    expect(chrootRules(directory.path, defaultMounts).map(({ source }) => source)).not.toContainAnyValues(["/usr", "/etc", "/bin"]);
  });

  test.each([["is missing", (path: string) => `${path}/missing`, "ENOENT"], ["is a file", (path: string) => `${path}/file`, "ENOTDIR"]] as const)(
    "that %s is an error that names it",
    (_, of, code) => {
      using directory = temporaryDirectory();
      writeFileSync(`${directory.path}/file`, "");
      chmodSync(`${directory.path}/file`, 0o644);
      const wrong = of(directory.path);
      const error = errorOf(() => chrootRules(wrong, defaultMounts));
      expect(error.kind).toBe("Config");
      expect(error.message).toStartWith(`cannot use root directory ${wrong}: ${code} (`);
    },
  );
});

describe("a program", () => {
  test.each(["./prog", "/bin/prog", "sub/prog"])("named with a slash (%s) is that path and no other", (name) => {
    expect(programCandidates(name, "/usr/bin:/bin")).toEqual([name]);
  });

  test("named without a slash is looked up in PATH, in its order; an empty part means the working directory", () => {
    expect(programCandidates("prog", "/usr/bin::/bin")).toEqual(["/usr/bin/prog", "prog", "/bin/prog"]);
  });
});

test("the last capability is the kernel's own number", () => {
  expect(lastCapability()).toBeWithin(37, 64);
});
