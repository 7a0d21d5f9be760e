import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { confinementIn, onlyLine, withStreams } from "../../../../src/executor/plan/landlock.ts";
import { landlockVersion } from "../../../../src/kernel/landlock.ts";
import type { LandlockRule, LaunchSpec } from "../../../../src/executor/plan/spec.ts";
import { sealedMemoryFile } from "../../../../src/kernel/memory-file.ts";
import { claimWith } from "../../../helpers/requires.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";
import { directoryMount, someSpec } from "../samples.ts";
import { bare, lines, steps } from "./steps.ts";

const box: LandlockRule = { path: "/state/0/box", directory: true, access: "write" };
const system: LandlockRule = { path: "/usr", directory: true, access: "read" };
const file: LandlockRule = { path: "/etc/ld.so.cache", directory: false, access: "write" };

function specOf(version: number, rules: readonly LandlockRule[] = [box, system, file], network: LaunchSpec["network"] = "none", all = true): LaunchSpec {
  return { ...bare, landlock: confinementIn(version, rules, network, all) };
}

function words(spec: LaunchSpec): bigint[] {
  const [attributes] = steps(spec).find(({ call }) => call === "landlock_create_ruleset")!.args;
  return [...new BigUint64Array(Uint8Array.fromHex((attributes as { hex: string }).hex).buffer)];
}

const accesses = (spec: LaunchSpec) => steps(spec).filter(({ call }) => call === "landlock_add_rule").map(({ args }) => (args[2] as { access: number }).access);

test("a kernel without Landlock has no step for it", () => {
  expect(confinementIn(0, [box], "none", true)).toBeNull();
  expect(lines({ ...bare, landlock: null })).toEqual(lines(bare));
});

describe("each version of the interface is asked for what it knows, and nothing else", () => {
  test.each([
    [1, [0x1fffn]],
    [2, [0x3fffn]],
    [3, [0x7fffn]],
    [4, [0x7fffn, 3n]],
    [5, [0xffffn, 3n]],
    [6, [0xffffn, 3n, 3n]],
    [7, [0xffffn, 3n, 3n]],
  ] as const)("version %d", (version, expected) => {
    expect(words(specOf(version))).toEqual([...expected]);
  });

  test("with a network TCP is left alone, and with the host's its abstract sockets are", () => {
    expect(words(specOf(6, [box], "loopback"))).toEqual([0xffffn, 0n, 3n]);
    expect(words(specOf(6, [box], "host"))).toEqual([0xffffn, 0n, 2n]);
  });
});

describe("a rule", () => {
  test("gives the working directory everything, the system reading, and a file nothing that only directories have", () => {
    expect(accesses(specOf(7))).toEqual([0xffff, 0b1101, 0xc007]);
  });

  test("never allows what the version does not know, which would be an error", () => {
    for (let version = 1; version <= 7; version++) {
      const spec = specOf(version);
      const handled = Number(words(spec)[0]);
      for (const access of accesses(spec)) expect(access & ~handled).toBe(0);
    }
  });

  test("stands in the image with the descriptor right behind the access", () => {
    const spec = specOf(7);
    for (const { args } of steps(spec).filter(({ call }) => call === "landlock_add_rule")) {
      const { beneath } = args[2] as { beneath: string };
      expect(steps(spec).some(({ opens }) => opens === beneath)).toBe(true);
    }
  });
});

test("the second line leaves reading and writing alone, as an input may be opened by its name", () => {
  const [handled] = words(specOf(7, [{ path: "/", directory: true, access: "write" }], "none", false));
  expect(Number(handled) & 0b1110).toBe(0);
  expect(Number(handled) & 1).toBe(1);
});

const withLandlock = claimWith({ missing: landlockVersion() > 0 ? null : "Landlock" });

withLandlock("without namespaces what a box would mount may be read where it lies, what it writes to may be written to, and nobody's home is among it", () => {
  const mounts = [...someSpec.mounts, directoryMount("srv=/srv/data"), directoryMount("out=/srv/out:rw")];
  const rules = onlyLine("/state/0/box", mounts, "none")!.rules;
  const of = (path: string) => rules.find((rule) => rule.path === path)?.access;
  expect([of("/state/0/box"), of("/usr"), of("/srv/data"), of("/srv/out"), of("/dev/null")]).toEqual(["write", "read", "read", "write", "device"]);
  for (const closed of ["/", "/etc", "/home", "/root", "/tmp", "/proc", "/etc/passwd", "/state"]) expect(of(closed)).toBeUndefined();
});

test("a file that is a stream may be opened by its name, an input for reading only; pipes and memory files need no rule", () => {
  using directory = temporaryDirectory();
  const input = openSync(join(directory.path, "input"), "w+");
  const memory = sealedMemoryFile("memory", new Uint8Array(0));
  const added = (all: boolean, ...descriptors: Parameters<typeof withStreams>[1]) =>
    withStreams(confinementIn(5, [], "none", all), descriptors)!.rules;
  expect(added(true, input, null, input)).toEqual([
    { path: "/proc/self/fd/0", directory: false, access: "stream" },
    { path: "/proc/self/fd/2", directory: false, access: "device" },
  ]);
  expect([added(true, memory, null, null), added(false, input, null, null)]).toEqual([[], []]);
  expect(accesses(specOf(5, added(true, input, null, null)))).toEqual([1 << 2]);
  for (const fd of [input, memory]) closeSync(fd);
});
