import { describe, expect } from "bun:test";
import { join } from "node:path";
import { claimWith, root } from "../../../helpers/requires.ts";

const fixture = join(import.meta.dir, "../../../fixtures/executor/spawn-with-few-descriptors.ts");

describe.each([
  { title: "in a pid namespace", words: ["pid namespace"], needs: [root] },
  { title: "in a user namespace", words: ["user and pid namespace"], needs: [] },
  { title: "without one", words: ["ours"], needs: [] },
])("a start $title", ({ words, needs }) => {
  claimWith(...needs)("that there are not enough descriptors for fails before anything runs", () => {
    const { stdout, stderr } = Bun.spawnSync([process.execPath, fixture, ...words]);
    expect(stderr.toString()).toBe("");
    const outcomes = JSON.parse(stdout.toString()) as string[];
    expect(outcomes[0]).toBe("socketpair");
    expect(outcomes.at(-1)).toBe("started");
    // A pidfd is opened when its process runs already.
    expect(outcomes).not.toContain("pidfd_open");
  });
});
