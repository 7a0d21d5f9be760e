/** A compile step with a compiler of its own, and results of it, for the tests of src/source/cache/. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CompileCache } from "../../../../src/source/cache/compile-cache.ts";
import type { CompileInputs } from "../../../../src/source/cache/compile-key.ts";
import type { LaunchSpec } from "../../../../src/executor/plan/spec.ts";
import type { StepResult } from "../../../../src/model/result.ts";
import { resultWith } from "../../cli/sample-result.ts";
import { directoryMount, someLimits, someSpec } from "../../executor/samples.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../../helpers/temporary.ts";

/** The size of a cache in which nothing is evicted. */
export const roomy = 2 ** 30;

export const stepWith = (changes: Partial<StepResult> = {}): StepResult => {
  const { phase: _phase, language: _language, compile: _compile, ...step } = resultWith({ ...changes, language: null });
  return step;
};

/** Directories of a test: where the compiler is, where it works, a box, and the state directory. */
export interface Workshop extends TemporaryDirectory {
  readonly compiler: string;
  readonly state: string;
  /** Where the compiler leaves its results. */
  readonly work: string;
  readonly box: string;
  /** What the cache said. */
  readonly said: string[];
  inputs(changes?: Partial<CompileInputs>, spec?: Partial<LaunchSpec>): CompileInputs;
  cache(inputs?: CompileInputs, limitBytes?: number): CompileCache;
  /** Makes the results of a compile step, and keeps them. */
  keep(files: Readonly<Record<string, string>>, inputs?: CompileInputs, limitBytes?: number): void;
  /** Names of the entries. */
  entries(): string[];
  /** The files in the box, with their content. */
  inBox(): Record<string, string>;
}

export function workshop(): Workshop {
  const directory = temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  for (const name of ["tools/bin", "state", "work", "box"]) mkdirSync(at(name), { recursive: true, mode: 0o700 });
  const compiler = join(at("tools"), "bin/cc");
  writeFileSync(compiler, "#!/bin/sh\n", { mode: 0o755 });
  const said: string[] = [];
  const inputs: Workshop["inputs"] = (changes = {}, spec = {}) => {
    const { cgroupJoins: _joins, rlimitProcesses: _processes, rlimitData: _data, ...base } = someSpec;
    const program = { candidates: ["/tools/bin/cc"], argv: ["/tools/bin/cc", "a.c"], environment: ["PATH=/bin"] };
    const mounts = [{ ...directoryMount("box=/x:rw"), source: "./box" }, directoryMount(`tools=${at("tools")}`)];
    return {
      files: [{ name: "a.c", mode: 0o644, bytes: Buffer.from("source") }],
      language: "c",
      plan: { command: program.argv, environment: [], usesRuntime: false, mounts: [], network: "none", allow: [], limits: { cpuTimeSeconds: 1, wallTimeSeconds: 2, memoryBytes: 1, processes: 1, fileSizeBytes: 1, outputBytes: 1 }, artefacts: ["**"], products: [], seccomp: null },
      prepared: { isolation: "full", lacks: [], limits: someLimits, spec: { ...base, program, mounts, ...spec } },
      root: null,
      strict: false,
      user: null,
      ...changes,
    };
  };
  const cache: Workshop["cache"] = (of = inputs(), limitBytes = roomy) => new CompileCache(at("state"), limitBytes, of, (line) => void said.push(line));
  return {
    ...directory,
    compiler,
    state: at("state"),
    work: at("work"),
    box: at("box"),
    said,
    inputs,
    cache,
    keep: (files, of, limitBytes) => {
      const kept = cache(of, limitBytes);
      if (kept.take(at("box"), null) !== null) throw new Error("it is kept already");
      Bun.spawnSync(["find", at("work"), "-mindepth", "1", "-delete"]);
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(join(at("work"), name, ".."), { recursive: true });
        writeFileSync(join(at("work"), name), content);
        chmodSync(join(at("work"), name), 0o755);
      }
      kept.keep(at("work"), stepWith());
    },
    entries: () => {
      try {
        return readdirSync(join(at("state"), ".cache/entries")).toSorted();
      } catch {
        return [];
      }
    },
    inBox: () => {
      const names = readdirSync(at("box"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return Object.fromEntries(names.map((entry) => [join(entry.parentPath, entry.name).slice(at("box").length + 1), readFileSync(join(entry.parentPath, entry.name), "latin1")]));
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
