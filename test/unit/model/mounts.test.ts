import { describe, expect, test } from "bun:test";
import { defaultMounts, mergeMounts, parseMountRule, type MountRule } from "../../../src/model/mounts.ts";
import { errorOf } from "../../helpers/temporary.ts";

const plain: MountRule = {
  inside: "data", kind: "bind", source: "/data", writable: false, devices: false, noExec: false, maybe: false, recursive: true,
};

describe("a mount rule", () => {
  test.each<[rule: string, means: Partial<MountRule>]>([
    ["data", {}],
    ["/data", {}],
    ["/data/", {}],
    ["data=/srv/data", { source: "/srv/data" }],
    ["data=./in", { source: "./in" }],
    ["data=/srv/a=b", { source: "/srv/a=b" }],
    ["data:rw", { writable: true }],
    ["data:ro", {}],
    ["data:dev", { devices: true }],
    ["data:noexec", { noExec: true }],
    ["data:maybe", { maybe: true }],
    ["data:norec", { recursive: false }],
    ["data=/srv:rw:dev:noexec:maybe:norec", { source: "/srv", writable: true, devices: true, noExec: true, maybe: true, recursive: false }],
    ["opt/some.dir/x", { inside: "opt/some.dir/x", source: "/opt/some.dir/x" }],
    ["data:tmp", { kind: "scratch", source: "tmpfs", writable: true }],
    ["data:tmp:noexec", { kind: "scratch", source: "tmpfs", writable: true, noExec: true }],
    ["proc:fs", { inside: "proc", kind: "filesystem", source: "proc" }],
    ["data=sysfs:fs", { kind: "filesystem", source: "sysfs" }],
    ["data=tmpfs:fs:rw", { kind: "filesystem", source: "tmpfs", writable: true }],
    ["tmp=", { inside: "tmp", kind: "remove", source: "" }],
    ["proc=", { inside: "proc", kind: "remove", source: "" }],
    ["box/data=/srv", { inside: "box/data", source: "/srv" }],
    ["dev/input=/dev/input:dev", { inside: "dev/input", source: "/dev/input", devices: true }],
  ])("'%s' means what it says", (rule, means) => {
    expect(parseMountRule(rule)).toEqual({ ...plain, ...means });
  });

  test.each<[rule: string, reason: string]>([
    ["", "the path inside must be plain and not the root"],
    ["/", "the path inside must be plain and not the root"],
    ["=/srv", "the path inside must be plain and not the root"],
    [":rw", "the path inside must be plain and not the root"],
    ["..=/srv", "the path inside must be plain and not the root"],
    ["a/../b", "the path inside must be plain and not the root"],
    ["./a", "the path inside must be plain and not the root"],
    ["a//b", "the path inside must be plain and not the root"],
    ["a\0b", "it contains a NUL byte"],
    ["a=/b\0", "it contains a NUL byte"],
    ["dev", "/dev is laid out by the sandbox"],
    ["/dev/=/dev:dev", "/dev is laid out by the sandbox"],
    ["proc=/proc", "/proc is laid out by the sandbox"],
    ["proc:tmp", "/proc is laid out by the sandbox"],
    ["data:RW", "unknown option 'RW'"],
    ["data:rw,dev", "unknown option 'rw,dev'"],
    ["data:", "unknown option ''"],
    ["data=/a:/b", "unknown option '/b'"],
    ["data:constructor", "unknown option 'constructor'"],
    ["data=proc:fs:tmp", "options fs and tmp exclude each other"],
    ["data:rw:ro", "options rw and ro exclude each other"],
    ["data=:rw", "a rule that removes takes no options"],
    ["data=/srv:tmp", "option tmp has nothing on the right-hand side"],
    ["data:fs", "file system 'data' is not one of proc tmpfs sysfs devpts"],
    ["data=ext4:fs", "file system 'ext4' is not one of proc tmpfs sysfs devpts"],
    ["data=cgroup:fs", "file system 'cgroup' is not one of proc tmpfs sysfs devpts"],
    ["data=srv", "the path outside must begin with / or ./"],
    ["data=../srv", "the path outside must begin with / or ./"],
    ["data=.", "the path outside must begin with / or ./"],
    ["data=./../x", "the path outside must stay below the box"],
    ["data=./a/../../x", "the path outside must stay below the box"],
  ])("%p is refused", (rule, reason) => {
    const error = errorOf(() => parseMountRule(rule));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(`cannot use mount rule '${rule}': ${reason}`);
    expect(error.hint).toBe("the form is in[=out][:option]..., options: rw ro dev noexec maybe fs tmp norec");
  });
});

describe("rules together", () => {
  const merge = (...layers: string[][]) => mergeMounts(...layers.map((layer) => layer.map(parseMountRule))).map(({ inside, source }) => `${inside}=${source}`);

  test("a later rule for the same path takes the place of the earlier one", () => {
    expect(merge(["a=/one", "b=/b"], ["/a/=/two"], ["a=/three"])).toEqual(["a=/three", "b=/b"]);
  });

  test("a rule that removes takes the earlier one away, and not the one below it or after it", () => {
    expect(merge(["a", "a/b"], ["a="])).toEqual(["a/b=/a/b"]);
    expect(merge(["a"], ["a="], ["a=/again"])).toEqual(["a=/again"]);
    expect(merge(["a="])).toEqual([]);
  });

  test("a mount below another one comes after it, or it would be hidden", () => {
    expect(merge(["a/b/c", "x/y", "a/b"], ["a", "x"])).toEqual(["a=/a", "x=/x", "x/y=/x/y", "a/b=/a/b", "a/b/c=/a/b/c"]);
  });
});

describe("the default mounts", () => {
  test("give the program its box and /tmp to write to, and nothing else", () => {
    expect(defaultMounts.filter((rule) => rule.writable).map((rule) => rule.inside)).toEqual(["box", "tmp"]);
  });

  test("need nothing of the host, which may have no /usr", () => {
    expect(defaultMounts.filter((rule) => rule.kind === "bind" && rule.source.startsWith("/") && !rule.maybe).map((rule) => rule.source)).toEqual([]);
  });

  test("show of the host's /etc only the linker's cache and the alternatives", () => {
    expect(defaultMounts.filter((rule) => rule.source.startsWith("/etc")).map((rule) => rule.source)).toEqual(["/etc/alternatives", "/etc/ld.so.cache"]);
  });
});
