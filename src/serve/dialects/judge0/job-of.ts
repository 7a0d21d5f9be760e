/** From a submission to the job that runs it. */
import type { Contents } from "../../content.ts";
import type { Job, JobFile, Limits, ProgramWork } from "../../job.ts";
import type { ServeConfig } from "../../config/config.ts";
import { ownLanguageIds } from "../../own-languages.ts";
import type { ZipFile } from "../../zip/read-zip.ts";
import { besides } from "./additional-files.ts";
import { sourceName } from "./languages.ts";
import type { Memo } from "./memo.ts";
import { extractBytes, numberSetting, type NumberField } from "./settings.ts";
import type { Submission } from "./submission.ts";

const kilobyte = 1024;
/** Less is no stack for any program. */
const leastStack = 64 * kilobyte;

/** @param isWaited the answer waits for it @throws IsolateError of kind Io when contents cannot be kept */
export async function jobOf(submission: Submission, isWaited: boolean, key: string | null, config: ServeConfig, contents: Contents): Promise<Job> {
  const { memo } = submission;
  return {
    id: crypto.randomUUID(),
    dialect: "judge0",
    class: isWaited ? "interactive" : "normal",
    key,
    receivedAt: Date.now(),
    deadline: null,
    keepFor: null,
    labels: {},
    callback: memo.callbackUrl === null ? null : { url: memo.callbackUrl, method: "PUT" },
    work: await workOf(submission, config, contents),
    memo,
    isStreamed: false,
  };
}

async function workOf(submission: Submission, config: ServeConfig, contents: Contents): Promise<ProgramWork> {
  const { memo, stdin, expectedOutput, compilerWords } = submission;
  const program = await programOf(submission, contents);
  return {
    kind: "program",
    ...program,
    compilerOptions: compilerWords,
    environment: {},
    compileLimits: {},
    runLimits: limitsOf(memo, config),
    network: memo.network,
    stderrToStdout: memo.stderrToStdout,
    runs: memo.numbers.number_of_runs,
    tests: [{ name: "1", stdin, args: [], expected: expectedOutput, limits: {} }],
    stopsAtFailure: false,
    checker: null,
    filesOut: [],
    directoryOut: extractBytes(config),
    ...processLimitsOf(memo, config),
    keepsOrder: false,
  };
}

type Program = Pick<ProgramWork, "language" | "files" | "data" | "args">;

async function programOf({ language, source, files, scripts, words }: Submission, contents: Contents): Promise<Program> {
  const keep = async (some: readonly ZipFile[]): Promise<JobFile[]> => await Promise.all(some.map(async ({ name, bytes, isExecutable }) =>
    ({ name, content: await contents.put(bytes), isHandedToCompiler: false, ...(isExecutable ? { isExecutable } : {}) })));
  if (scripts !== null) {
    const script = scripts.compile ?? scripts.run;
    const all = await keep([script, ...scripts.files.filter((file) => file !== script)]);
    return scripts.compile === null ? { language: ownLanguageIds.script, files: all, data: [], args: words } : { language: ownLanguageIds.scripts, files: all, data: [], args: [scripts.run.name, ...words] };
  }
  const name = sourceName(language)!;
  const beside = await keep(besides(files, name));
  const all = [{ name, content: source! }, ...beside];
  if (language.kind !== "source") return { language: ownLanguageIds[language.kind as "text" | "executable"], files: all, data: [], args: words };
  // What lies beside a source while it is compiled is not there while it runs.
  return { language: language.served!.id, files: all, data: language.served!.isCompiled ? beside : [], args: words };
}

/** In bytes and seconds. Of a limit that is 0, Judge0 says that there is none; here it is the most that may be asked for. */
function limitsOf({ numbers, perProcessTime, perProcessMemory }: Memo, config: ServeConfig): Limits {
  const most = (field: NumberField) => numberSetting(field, config).range.most;
  // Where each process has a limit of its own, all together have no more than as many of them, and no more than may be asked for.
  const together = (value: number, isPerProcess: boolean, bound: number) => (isPerProcess ? Math.max(value, Math.min(value * numbers.max_processes_and_or_threads, bound)) : value);
  const orMost = (field: NumberField) => (numbers[field] > 0 ? numbers[field] : most(field));
  const fileSize = orMost("max_file_size") * kilobyte;
  const output = config.run.most.output_limit ?? null;
  // The extra time is there to see how long it takes. Where times are means, it could not be told who took too long.
  const extra = numbers.number_of_runs > 1 ? 0 : numbers.cpu_extra_time;
  return {
    cpu_time_limit: together(orMost("cpu_time_limit") + extra, perProcessTime, most("cpu_time_limit")),
    wall_time_limit: numbers.wall_time_limit,
    memory_limit: together(numbers.memory_limit, perProcessMemory, most("memory_limit")) * kilobyte,
    stack_limit: Math.max(leastStack, orMost("stack_limit") * kilobyte),
    process_limit: numbers.max_processes_and_or_threads,
    file_size_limit: fileSize,
    // Standard output is a file there.
    output_limit: output === null ? fileSize : Math.min(fileSize, output),
  };
}

function processLimitsOf({ numbers, perProcessTime, perProcessMemory }: Memo, config: ServeConfig): Pick<ProgramWork, "processLimits"> {
  if (!perProcessTime && !perProcessMemory) return {};
  const seconds = numbers.cpu_time_limit > 0 ? numbers.cpu_time_limit : numberSetting("cpu_time_limit", config).range.most;
  return { processLimits: { ...(perProcessTime ? { cpuTime: seconds } : {}), ...(perProcessMemory ? { addressSpace: numbers.memory_limit * kilobyte } : {}) } };
}
