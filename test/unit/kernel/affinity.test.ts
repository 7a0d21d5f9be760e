import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { affinityMask, ownProcessors } from "../../../src/kernel/affinity.ts";
import { formatProcessors } from "../../../src/model/processors.ts";

test("our own processors are those that /proc shows", () => {
  expect(formatProcessors(ownProcessors())).toBe(/^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]!);
});

test("a mask has a bit for each processor, in whole words", () => {
  expect(affinityMask([0, 3]).toHex()).toBe("0900000000000000");
  expect(affinityMask([64]).toHex()).toBe("00000000000000000100000000000000");
});
