import { describe, expect, test } from "bun:test";
import { gravestOf } from "../../../../src/cli/batch/codes.ts";
import { workerArguments } from "../../../../src/cli/batch/worker-arguments.ts";
import { slotsOf } from "../../../../src/cli/commands/batch.ts";
import { physicalCores } from "../../../../src/state/cores.ts";

describe("slots", () => {
  test("there is one for each core, unless somebody says otherwise", () => {
    expect(slotsOf(null, null)).toEqual(physicalCores().map(() => null));
    expect(slotsOf(3, null)).toEqual([null, null, null]);
    expect(slotsOf(2, "auto")).toEqual(["auto", "auto"]);
    expect(slotsOf(null, "0,2-3")).toEqual(["0", "2", "3"]);
    expect(slotsOf(2, "0,2-3")).toEqual(["0", "2"]);
  });

  test("no two share a processor", () => {
    expect(() => slotsOf(4, "0,2-3")).toThrow("cannot pin 4 runs to 3 processors: each has one of its own");
  });

  test("each gets the arguments of the batch, but for what is said of the batch as a whole", () => {
    expect(workerArguments(["batch", "--jobs", "4", "--env=A=--jobs", "--ordered", "--max-cpu", "3", "--cpus=0-3", "--silent", "--env", "B"], "2")).toEqual(["batch", "--env=A=--jobs", "--max-cpu", "3", "--env", "B", "--jobs=1", "--silent", "--cpus=2"]);
    expect(workerArguments(["batch"], null)).toEqual(["batch", "--jobs=1", "--silent"]);
  });
});

test("the gravest of the codes of lines is that of the batch", () => {
  expect([[], [0, 0], [0, 64], [75, 69, 64], [64, 5, 69], [75, 69], [0, 137]].map(gravestOf)).toEqual([0, 0, 64, 64, 5, 69, 5]);
});
