// The key of a compile result: what must change it, and what must not.
import { describe, expect, spyOn, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootId, compileKey, type CompileInputs, type StagedFile } from "../../../../src/source/cache/compile-key.ts";
import type { LaunchSpec } from "../../../../src/executor/plan/spec.ts";
import { everyReset } from "../../../../src/executor/plan/caller.ts";
import { RLIMIT } from "../../../../src/kernel/constants.ts";
import { directoryMount, someLimits, usualCaller } from "../../executor/samples.ts";
import { workshop } from "./sample-step.ts";
import { claimWith, root } from "../../../helpers/requires.ts";

const asRoot = claimWith(root);

const file = (name: string, text: string, mode = 0o644): StagedFile => ({ name, mode, bytes: Buffer.from(text) });

test("the same step has the same key, whichever box and uid it is for", () => {
  using shop = workshop();
  const key = compileKey(shop.inputs());
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(compileKey(shop.inputs())).toBe(key);
  expect(compileKey(shop.inputs({}, { workdir: "/state/1/compile", rootMountPoint: "/elsewhere/.root", uid: 60_077, gid: 60_078 }))).toBe(key);
});

describe("another key comes of another", () => {
  const cases: Readonly<Record<string, (inputs: CompileInputs) => Partial<CompileInputs>>> = {
    "content of the source": () => ({ files: [file("a.c", "sourcf")] }),
    "name of the source": () => ({ files: [file("b.c", "source")] }),
    "mode of the source": () => ({ files: [file("a.c", "source", 0o755)] }),
    "file beside it": () => ({ files: [file("a.c", "source"), file("b.h", "")] }),
    "language": () => ({ language: "cpp" }),
    "command": ({ plan }) => ({ plan: { ...plan, command: [...plan.command, "-O2"] } }),
    "variable": ({ plan }) => ({ plan: { ...plan, environment: [["A", "1"]] } }),
    "pattern for artefacts": ({ plan }) => ({ plan: { ...plan, artefacts: ["a"] } }),
    "limit of the pack": ({ plan }) => ({ plan: { ...plan, limits: { ...plan.limits, memoryBytes: 2 } } }),
    "system call policy of the pack": ({ plan }) => ({ plan: { ...plan, seccomp: "strict" } }),
    "root directory": () => ({ root: "/srv/root" }),
    "strictness": () => ({ strict: true }),
    "user of the host": () => ({ user: { uid: 1000, gid: 1000 } }),
    "group of the host": () => ({ user: { uid: 1000, gid: 100 } }),
  };
  test.each(Object.keys(cases))("%s", (what) => {
    using shop = workshop();
    const inputs = shop.inputs();
    expect(compileKey({ ...inputs, ...cases[what]!(inputs) })).not.toBe(compileKey(inputs));
  });

  const specs: Readonly<Record<string, Partial<LaunchSpec>>> = {
    "isolation": { isolation: "userns" },
    "limit of the box": { limits: { ...someLimits, openFiles: 65 } },
    "network": { network: "host" },
    "seccomp filter": { filter: "00" },
    "hard limit of the caller's": { caller: { ...usualCaller, limits: { ...usualCaller.limits, [RLIMIT.RSS]: 4096 } } },
    "working directory": { chdir: "/box/x" },
    "environment": { program: { candidates: ["/tools/bin/cc"], argv: ["/tools/bin/cc", "a.c"], environment: ["PATH=/usr/bin"] } },
  };
  test.each(Object.keys(specs))("%s of the launch", (what) => {
    using shop = workshop();
    expect(compileKey(shop.inputs({}, specs[what]))).not.toBe(compileKey(shop.inputs()));
  });

  asRoot("caller, so root and an ordinary user never share", () => {
    using shop = workshop();
    const ours = compileKey(shop.inputs());
    const theirs = spyOn(process, "geteuid").mockReturnValue(12_345);
    try {
      expect(compileKey(shop.inputs())).not.toBe(ours);
    } finally {
      theirs.mockRestore();
    }
  });
});

test("a caller with everything unusual has the results of others, as the launch takes it back", () => {
  using shop = workshop();
  const unusual = { ...usualCaller, scheduling: { policy: 5, nice: 19, clamped: true }, resets: everyReset() };
  expect(compileKey(shop.inputs({}, { caller: unusual }))).toBe(compileKey(shop.inputs()));
});

test("no byte of one part can be taken for one of another", () => {
  using shop = workshop();
  const keyOf = (...files: StagedFile[]) => compileKey(shop.inputs({ files }));
  const keys = [
    keyOf(file("a", "bc"), file("d", "e")),
    keyOf(file("a", "b"), file("d", "ce")),
    keyOf(file("a", "bcde")),
    keyOf(file("ab", "c"), file("d", "e")),
    keyOf(file("a", "bce"), file("d", "")),
    keyOf(file("a", ""), file("d", "bce")),
    keyOf(file("d", "e"), file("a", "bc")),
    keyOf(file('a",420,2],["d', "bce")),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

describe("the compiler is its file", () => {
  function keysAround(change: (compiler: string, tools: string) => void): [before: string, after: string] {
    using shop = workshop();
    const before = compileKey(shop.inputs());
    change(shop.compiler, join(shop.path, "tools"));
    return [before, compileKey(shop.inputs())];
  }

  test.each([
    ["another content of the same size and time", (compiler: string) => {
      writeFileSync(compiler, "#!/bin/xx\n");
      utimesSync(compiler, 1, 1);
      writeFileSync(compiler, "#!/bin/yy\n");
      utimesSync(compiler, 1, 1);
    }],
    ["another file in its place", (compiler: string) => {
      writeFileSync(`${compiler}.new`, "#!/bin/sh\n", { mode: 0o755 });
      renameSync(`${compiler}.new`, compiler);
    }],
    ["another file beside it", (_: string, tools: string) => writeFileSync(join(tools, "bin/as"), "")],
  ] as const)("%s is another key", (_title, change) => {
    const [before, after] = keysAround(change);
    expect(after).not.toBe(before);
  });

  test("one that is not there has no key", () => {
    using shop = workshop();
    const program = { candidates: ["/tools/bin/none"], argv: ["none"], environment: [] };
    expect(() => compileKey(shop.inputs({}, { program }))).toThrow("cannot tell which file none is");
  });
});

describe("what is mounted besides the system", () => {
  const mounted = (shop: ReturnType<typeof workshop>, rule: string) => shop.inputs({}, { mounts: [...shop.inputs().prepared.spec.mounts, directoryMount(rule)] });

  test("is part of the key, file by file and link by link", () => {
    using shop = workshop();
    const headers = join(shop.path, "headers");
    mkdirSync(join(headers, "deep"), { recursive: true });
    const keys = [compileKey(mounted(shop, `h=${headers}`))];
    const look = () => keys.push(compileKey(mounted(shop, `h=${headers}`)));
    writeFileSync(join(headers, "deep/grader.h"), "1");
    look();
    writeFileSync(join(headers, "deep/grader.h"), "2");
    look();
    symlinkSync("a", join(headers, "link"));
    look();
    expect(new Set(keys).size).toBe(4);
    expect(compileKey(mounted(shop, `h=${headers}`))).toBe(keys.at(-1)!);
  });

  test("has no key when the compiler can write to it", () => {
    using shop = workshop();
    expect(() => compileKey(mounted(shop, `h=${shop.box}:rw`))).toThrow("the compiler can write to it");
  });

  test("has no key when it is too much to look at, unless the compiler lies in it", () => {
    using shop = workshop();
    const many = join(shop.path, "many");
    mkdirSync(many);
    for (let i = 0; i < 5001; i++) writeFileSync(join(many, `${i}`), "");
    expect(() => compileKey(mounted(shop, `h=${many}`))).toThrow("more than 5000 files");
    for (let i = 0; i < 5001; i++) writeFileSync(join(shop.path, "tools", `${i}`), "");
    expect(compileKey(shop.inputs())).toMatch(/^[0-9a-f]{64}$/);
  });

  test("has no key when it is gone", () => {
    using shop = workshop();
    expect(() => compileKey(mounted(shop, "h=/no/such/directory"))).toThrow("ENOENT");
  });
});

test("the boot is the kernel's", () => {
  expect(bootId()).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
});
