import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { chrootRules, lastCapability, programCandidates, refuseStrayPlaces, resolveMounts } from "../../../../src/executor/plan/resolve.ts";
import { defaultMounts, mergeMounts, parseMountRule, type MountRule } from "../../../../src/model/mounts.ts";
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

describe("links in a directory in place of the root", () => {
  test.each(["/etc", "../../../../etc", "usr/bin", "/proc/self/root", "nowhere"])("that lead to %s are made again as they are, and nothing of the host is bound", (target) => {
    using directory = temporaryDirectory();
    symlinkSync(target, `${directory.path}/etc`);
    const rules = chrootRules(directory.path, defaultMounts).filter(({ inside }) => inside === "etc");
    expect(rules.map(({ kind, source }) => [kind, source])).toEqual([["link", target]]);
    expect(resolveMounts(rules, "/nowhere")).toMatchObject([{ sourceType: "link", target }]);
  });
});

describe("a place in the box", () => {
  /** Rules of a caller over a root with these links; @returns what is refused, or null. */
  function refusal(rule: string, make: (path: string) => void): string | null {
    using directory = temporaryDirectory();
    const { path } = directory;
    for (const name of ["root", "box", "root/opt"]) mkdirSync(`${path}/${name}`);
    make(path);
    const rules = mergeMounts(chrootRules(`${path}/root`, defaultMounts), [parseMountRule(rule)]);
    try {
      refuseStrayPlaces(resolveMounts(rules, path), `${path}/box`);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  test("below a link of the root is refused: the launcher would follow it on the host", () => {
    expect(refusal("etc/x=/usr", (path) => symlinkSync("/etc", `${path}/root/etc`))).toBe("cannot mount /usr on /etc/x: /etc is a link in the box");
  });

  test("behind a link that leads out of what is mounted there is refused, however deep", () => {
    expect(refusal("opt/a/b/x=/usr", (path) => (mkdirSync(`${path}/root/opt/a`), symlinkSync("/usr", `${path}/root/opt/a/b`)))).toBe("cannot mount /usr on /opt/a/b/x: a link leads out of /opt");
    expect(refusal("opt/a/x=/usr", (path) => symlinkSync("../../..", `${path}/root/opt/a`))).toBe("cannot mount /usr on /opt/a/x: a link leads out of /opt");
  });

  test("behind a link that a program left in its working directory is refused", () => {
    expect(refusal("box/out=/usr", (path) => symlinkSync("/etc", `${path}/box/out`))).toBe("cannot mount /usr on /box/out: a link leads out of /box");
  });

  test("that is plain, is missing, or is behind a link that stays inside is none of these", () => {
    expect(refusal("opt/x=/usr", (path) => mkdirSync(`${path}/root/opt/x`))).toBeNull();
    expect(refusal("opt/missing=/usr", () => {})).toBeNull();
    expect(refusal("opt/a/x=/usr", (path) => (mkdirSync(`${path}/root/opt/b`), symlinkSync("b", `${path}/root/opt/a`)))).toBeNull();
  });
});

describe("a source below the box", () => {
  test("is not found through a link: programs can make them there", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/box`);
    symlinkSync("/etc", `${directory.path}/box/out`);
    symlinkSync("/etc/passwd", `${directory.path}/box/file`);
    for (const rule of ["x=./box/out", "x=./box/out/ssl", "x=./box/file", "x=./box/out:maybe"]) {
      const error = errorOf(() => resolve(rule, directory.path));
      expect([error.message, error.hint]).toEqual([expect.stringContaining("ELOOP"), "no link below the box is followed: name the place itself"]);
    }
  });
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
