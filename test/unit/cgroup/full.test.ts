import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { wasFull } from "../../../src/cgroup/full.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

test.each([
  { claim: "that reached its limit was full", max: "4", peak: "4", full: true },
  { claim: "that stayed below its limit was not", max: "4", peak: "3", full: false },
  { claim: "without a limit was not", max: "max", peak: "3", full: false },
  { claim: "without a limit was not, on an older kernel too", max: "max", peak: null, full: false },
  { claim: "of an older kernel, which keeps no peak, is taken for full", max: "4", peak: null, full: true },
  { claim: "that cannot be read is taken for full", max: null, peak: null, full: true },
])("a group $claim", ({ max, peak, full }) => {
  using directory = temporaryDirectory();
  for (const [name, text] of [["pids.max", max], ["pids.peak", peak]] as const) if (text !== null) writeFileSync(join(directory.path, name), `${text}\n`);
  expect(wasFull(directory.path)).toBe(full);
});
