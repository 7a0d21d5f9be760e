/** `limits` of problem.yaml. Where a package says nothing, its limits are the usual ones of the specification. */
import type { ProblemLimits } from "../../problem.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { mebibyte } from "./package.ts";

const usual = { memory: 2048, output: 8, code: 128, compilation_time: 60, compilation_memory: 2048, validation_time: 60, validation_memory: 2048, validation_output: 8 };

export function readLimits(limits: YamlMapping, inference: NonNullable<ProblemLimits["inference"]>, cpuTime: number | null): ProblemLimits {
  const whole = (key: keyof typeof usual) => limits.get(key)?.integer({ least: 1, most: 1e9 }) ?? usual[key];
  // Times were whole numbers once, and are read as such by some judges only.
  const seconds = (key: "compilation_time" | "validation_time") => limits.get(key)?.number({ above: 0, most: 1e6 }) ?? usual[key];
  const read: ProblemLimits = {
    cpuTime,
    memory: whole("memory") * mebibyte,
    output: whole("output") * mebibyte,
    code: whole("code") * 1024,
    compilationTime: seconds("compilation_time"),
    compilationMemory: whole("compilation_memory") * mebibyte,
    validationTime: seconds("validation_time"),
    validationMemory: whole("validation_memory") * mebibyte,
    validationOutput: whole("validation_output") * mebibyte,
    inference,
    timeFactors: {},
    memoryFactors: {},
  };
  limits.warnOfUnknownKeys();
  return read;
}
