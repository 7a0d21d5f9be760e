/**
 * Tasks of CMS in the Italian format (`task.yaml`, `input/`, `output/`, `gen/GEN`, `sol/`, `check/` or `cor/`), as CMS's own importer takes them:
 * cmscontrib/loaders/italy_yaml.py of 2026.
 */
import { existsSync } from "../../../kernel/fs.ts";
import { basename, dirname, join, resolve } from "node:path";
import { configError } from "../../../model/errors.ts";
import { bytesPerMebibyte } from "../../../model/units.ts";
import { noLimits, type Problem } from "../../problem.ts";
import { PackageFiles } from "../package/files.ts";
import { readMapping } from "../package/yaml.ts";
import type { YamlMapping, YamlValue } from "../package/yaml-value.ts";
import { packs } from "./programs.ts";
import { readScoring } from "./scoring.ts";
import { findSolutions } from "./solutions.ts";
import { readTaskType, type TaskType } from "./task-type.ts";
import { readTests, testNumbers } from "./tests.ts";

/** CMS's own limits for what the jury wrote, and for files that are written. */
const jurySeconds = 10;
const juryBytes = 4096 * bytesPerMebibyte;
const outputBytes = 1024 * bytesPerMebibyte;

/** Keys that are about statements, contestants and contests: nothing here depends on them. */
const otherKeys = [
  "title", "nome", "primary_language", "version", "score_mode", "feedback_level", "max_submission_number", "max_user_test_number", "min_submission_interval", "min_user_test_interval",
  "token_mode", "token_max_number", "token_min_interval", "token_gen_initial", "token_gen_number", "token_gen_interval", "token_gen_max", "token_initial", "token_total", "token_gen_time", "token_max",
];

/**
 * @param path the directory of a task
 * @throws IsolateError of kind Config: it is no task, or needs what we do not do
 */
export function readCms(path: string): Problem {
  const files = new PackageFiles(path);
  const task = readTask(files);
  const name = of(task, "name", "nome_breve")?.text() ?? basename(resolve(path));
  if (name === "" || name.includes("/")) throw of(task, "name", "nome_breve")!.error("must be the name of the task, without '/'");
  const scoring = readScoring(task, files);
  const type = readTaskType(task, files, scoring.count);
  const samples = samplesOf(of(task, "public_testcases", "risultati"), scoring.count);
  const tests = readTests(files, { ...type.tests, count: scoring.count, points: scoring.points, samples });
  const limits = limitsOf(task, type);
  task.ignore(...otherKeys);
  task.warnOfUnknownKeys();
  return {
    name, format: "cms", path, tests, root: scoring.root, isScoring: true, kind: type.kind, passes: 1, checker: type.checker,
    sourceName: name, inputFile: type.inputFile, outputFile: type.outputFile, limits, additions: type.additions, packs, languages: null,
    submissions: findSolutions(files), warnings: files.warnings,
  };
}

/** Old tasks have their task.yaml beside their directory, under its name. */
function readTask(files: PackageFiles): YamlMapping {
  const own = readMapping(files, "task.yaml");
  if (own !== null) return own;
  const directory = resolve(files.root);
  const old = `${basename(directory)}.yaml`;
  if (!existsSync(join(dirname(directory), old))) throw configError(`cannot judge with ${files.root}: it has no task.yaml`, "a task of CMS has one; --format names another format");
  files.warn(`${files.shown("task.yaml")} is missing: ../${old} is taken, which CMS still does`);
  return readMapping(new PackageFiles(dirname(directory)), old)!;
}

function limitsOf(task: YamlMapping, { name, kind }: TaskType): Problem["limits"] {
  const [time, memory] = [of(task, "time_limit", "timeout")?.number({ above: 0 }) ?? null, of(task, "memory_limit", "memlimit")?.number({ above: 0 }) ?? null];
  const isRun = name !== "OutputOnly";
  // A manager waits for all processes of the submission.
  const validationTime = kind.kind === "communication" && time !== null ? Math.max(kind.processes * (time + 1), jurySeconds) : jurySeconds;
  return {
    ...noLimits,
    cpuTime: isRun ? time : null,
    memory: isRun && memory !== null ? Math.round(memory * bytesPerMebibyte) : null,
    output: outputBytes,
    validationTime,
    validationMemory: juryBytes,
  };
}

function samplesOf(value: YamlValue | null, count: number): ReadonlySet<number> {
  if (value?.value === "all") return new Set(Array.from({ length: count }, (_, number) => number));
  return testNumbers(value, count);
}

/** The value of a key, or of its older name. Both names are known then. */
function of(task: YamlMapping, key: string, older: string): YamlValue | null {
  const [value, old] = [task.get(key), task.get(older)];
  return value ?? old;
}
