import { describe, expect, test } from "bun:test";
import { languageLimits, type ScaledLimits } from "../../../src/language/run-limits.ts";
import { languagesIn } from "../../helpers/packs.ts";

const mebibyte = 2 ** 20;
const ofBox: ScaledLimits = { cpuTimeSeconds: 2, wallTimeSeconds: 4, memoryBytes: 128 * mebibyte };
const nothing = { cpuTimeSeconds: false, wallTimeSeconds: false, memoryBytes: false };

function limitsWith(yaml: string, given: Partial<typeof nothing> = {}, limits = ofBox) {
  const [language] = languagesIn(`version: 1\nid: x\nname: X\n${yaml}`, "x.yaml");
  return languageLimits(language!, limits, { ...nothing, ...given });
}

describe("the limits of a run", () => {
  test("are the box's when the pack says nothing", () => {
    expect(limitsWith("run: {command: x}")).toEqual(ofBox);
  });

  test("are the pack's where it has some", () => {
    expect(limitsWith("run: {command: x, limits: {time: 5, memory: 2GiB, processes: 64, file_size: 1, stack: 1GiB, output: 2}}")).toEqual({
      cpuTimeSeconds: 5, wallTimeSeconds: 10, memoryBytes: 2048 * mebibyte, processes: 64, fileSizeBytes: mebibyte, stackBytes: 1024 * mebibyte, outputBytes: 2 * mebibyte,
    });
  });

  test("are the caller's where a flag of the run gives them", () => {
    const yaml = "run: {command: x, limits: {time: 5, memory: 2GiB}}";
    expect(limitsWith(yaml, { cpuTimeSeconds: true, memoryBytes: true })).toEqual({ ...ofBox, wallTimeSeconds: 10 });
  });

  test("are scaled whoever gave them: factor first, then what is added", () => {
    const yaml = "time: {factor: 2, add: 500ms}\nmemory: {factor: 1.5, add: 64}\nrun: {command: x, limits: {memory: 100}}";
    expect(limitsWith(yaml)).toEqual({ cpuTimeSeconds: 4.5, wallTimeSeconds: 8.5, memoryBytes: 214 * mebibyte });
    expect(limitsWith(yaml, { memoryBytes: true })).toMatchObject({ memoryBytes: 256 * mebibyte });
  });

  test("stay lifted when they were lifted", () => {
    const none = { cpuTimeSeconds: null, wallTimeSeconds: null, memoryBytes: null };
    expect(limitsWith("time: {factor: 2}\nmemory: {add: 64}\nrun: {command: x}", {}, none)).toEqual(none);
    expect(limitsWith("run: {command: x, limits: {time: 5}}", { cpuTimeSeconds: true }, none)).toMatchObject({ cpuTimeSeconds: null });
  });

  test("in bytes are whole", () => {
    expect(Number.isInteger(limitsWith("memory: {factor: 1.0001}\nrun: {command: x}").memoryBytes)).toBeTrue();
  });
});
