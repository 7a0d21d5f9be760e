/**
 * Problems of Hydro: the files of its tests with `config.yaml`, `config.yml`, `config.ini` or none of them; also an exported problem, which has
 * them in `testdata/`. As packages/common and packages/hydrojudge of 2026 take them.
 */
import { basename, join, resolve } from "node:path";
import { existsSync } from "../../../kernel/fs.ts";
import { configError } from "../../../model/errors.ts";
import { bytesPerMebibyte } from "../../../model/units.ts";
import { noLimits, type Problem } from "../../problem.ts";
import { PackageFiles } from "../package/files.ts";
import { mappingOf } from "../package/yaml.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { readTestConfig, type TestConfig } from "./config.ts";
import { testFileNames } from "./data.ts";
import { readIni } from "./ini.ts";
import { languageFor, languagesFor } from "./languages.ts";
import { packs, readExtraFiles } from "./programs.ts";
import { readProblemType } from "./problem-type.ts";
import { findSolutions, mostPoints } from "./solutions.ts";
import { groupTests, withPairedCases } from "./subtasks.ts";

const defaultSeconds = 1;
const defaultBytes = 256 * bytesPerMebibyte;

/** Keys that are about the site: who sees what, and how a problem is stored. */
const otherKeys = ["score", "detail", "key", "template", "count", "noOutputFile", "hackable"];

/**
 * @param path the directory of the tests, or an exported problem
 * @throws IsolateError of kind Config: it is no problem, or needs what we do not do
 */
export function readHydro(path: string): Problem {
  const files = new PackageFiles(dataDirectory(path));
  const { config, fromIni } = readConfig(files);
  const written: TestConfig = fromIni ?? readTestConfig(config);
  const extra = { user: readExtraFiles(config.get("user_extra_files"), files), judge: readExtraFiles(config.get("judge_extra_files"), files) };
  const type = readProblemType(config, files, extra.judge);
  const hasCases = written.subtasks.some(({ cases }) => cases.length > 0);
  const subtasks = hasCases ? written.subtasks : withPairedCases(written.subtasks, files, testFileNames(files));
  if (subtasks.length === 0) throw configError(`cannot judge with ${path}: there are no tests in it`, "tests of Hydro are named in config.yaml, or are files such as 1.in with 1.out, name1-2.in with name1-2.ans, input3.txt with output3.txt");
  const { tests, root } = groupTests({ ...written, subtasks }, files, type.adapt);
  const rates = { timeFactors: ratesOf(config, "time_limit_rate"), memoryFactors: ratesOf(config, "memory_limit_rate") };
  const cpuTime = written.time ?? defaultSeconds;
  const langs = config.get("langs")?.list().map((one) => one.text()) ?? [];
  config.ignore(...otherKeys);
  config.warnOfUnknownKeys();
  const slowest = Math.max(cpuTime, ...new Set(tests.map((test) => test.cpuTime ?? cpuTime)));
  return {
    name: basename(resolve(path)), format: "hydro", path, tests, root, isScoring: true, kind: type.kind, passes: type.passes, checker: type.checker,
    inputFile: type.inputFile, outputFile: type.outputFile,
    limits: {
      ...noLimits, ...rates, cpuTime, memory: written.memory ?? defaultBytes,
      // Twice that of the submission, for who talks to it.
      validationTime: type.kind.kind === "interactive" || type.kind.kind === "communication" ? 2 * slowest : null,
    },
    additions: extra.user.length === 0 ? [] : [{ forLanguage: null, paths: extra.user, role: "beside" }],
    packs, languages: langs.length === 0 ? null : languagesFor(langs),
    submissions: findSolutions(path, mostPoints(tests, root)), warnings: files.warnings,
  };
}

function dataDirectory(path: string): string {
  const own = ["config.yaml", "config.yml", "config.ini"].some((name) => existsSync(join(path, name)));
  return !own && existsSync(join(path, "testdata")) ? join(path, "testdata") : path;
}

function readConfig(files: PackageFiles): { readonly config: YamlMapping; readonly fromIni: TestConfig | null } {
  const warn = (message: string) => files.warn(message);
  for (const name of ["config.yaml", "config.yml"]) {
    const text = files.text(name);
    if (text !== null) return { config: mappingOf(text, files.shown(name), warn), fromIni: null };
  }
  const ini = files.text("config.ini");
  return { config: mappingOf("", files.shown("config.yaml"), warn), fromIni: ini === null ? null : readIni(ini, files.shown("config.ini")) };
}

/** By language of ours; of several languages of Hydro that are one of ours, the first counts. */
function ratesOf(config: YamlMapping, key: string): Record<string, number> {
  const rates: Record<string, number> = {};
  for (const [language, rate] of config.mapping(key).entries()) if (rate !== null) rates[languageFor(language)] ??= rate.number({ above: 0 });
  return rates;
}
