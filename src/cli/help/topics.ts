/** Pages about what no command is: made from the same data as the documents. */
import { packKeys } from "../../language/keys.ts";
import { pluginSummaries } from "../../language/plugin-knowledge.ts";
import { defaultMounts } from "../../model/mounts.ts";
import type { ExecutionResult } from "../../model/result.ts";
import { exitCodeOfStatus, statuses } from "../../model/status.ts";
import { exitCodeRows } from "./exit-codes.ts";
import type { Page } from "./page.ts";

/** A line for each field of the result document. */
const resultFields: Readonly<Record<keyof ExecutionResult, string>> = {
  status: "one word for the outcome",
  success: "true if the status is Success",
  limit: "the limit that the status is about, or null",
  exit_code: "exit code of the program; null if a signal ended it or it never ran",
  signal: "number of the signal that ended the program, or null",
  forbidden_syscall: "name of the forbidden system call of a SecurityViolation, or null",
  stdout: "standard output as text, up to --output-limit",
  stderr: "standard error, in the same way",
  stdout_base64: "only if standard output is not UTF-8: its bytes",
  stderr_base64: "only if standard error is not UTF-8: its bytes",
  stdout_truncated: "true if the program wrote more than was kept",
  stderr_truncated: "the same of standard error",
  cpu_time: "CPU time of all processes of the box together, in seconds",
  wall_time: "time on the clock, in seconds",
  memory_peak: "most memory of all processes together, in bytes; null: not measured",
  memory_peak_source: "what memory_peak was found from, or null",
  cgroup_memory_peak: "the same with page cache and memory of the kernel, or null",
  resource_usage: "what the processes used, by getrusage(2)",
  disk_usage: "bytes and files in the working directory after the run, or null",
  error_message: "a sentence for people; null on success",
  phase: "the step that the result is about: compile or run",
  language: "id of the language; null for a command",
  compile: "the compile step, with the same fields, or null",
  enforced: "by what each limit was enforced",
  repeat: "only with --repeat: figures of all runs",
  files: "only with --copy-out: what became of each file",
};

const statusRows = statuses.map((status) => [status, `exit code ${exitCodeOfStatus(status)}`] as const);

export const topics: Readonly<Record<string, { readonly summary: string; readonly page: Page }>> = {
  result: {
    summary: "the fields of the result document, and the words for the outcome",
    page: [
      { text: "run and execute --json print one JSON document; --result FILE writes it to a file. Times are in seconds, sizes in bytes." },
      { title: "FIELDS" }, { rows: Object.entries(resultFields), column: 24 },
      { title: "STATUS" }, { rows: statusRows, column: 24 },
    ],
  },
  packs: {
    summary: "the form of language packs, and the packs in the binary",
    page: [
      { text: "A language pack is a YAML file that says how sources of a language are compiled and run. mini-isolate languages new ID prints one to start from; languages check finds its mistakes; --pack FILE uses it. Packs in /etc/mini-isolate/languages.d and those that MINI_ISOLATE_PACKS names hold for every run." },
      { title: "PACKS IN THE BINARY" }, { rows: Object.entries(pluginSummaries), column: 24 },
      { title: "KEYS" }, { rows: Object.entries(packKeys), column: 28 },
    ],
  },
  mounts: {
    summary: "what a program sees of the file system, and the rules of --mount",
    page: [
      { text: "A rule has the form IN[=OUT][:OPTION]...: the box shows OUT of the host as /IN. Without OUT it is the same path. Everything is read-only unless a rule says rw." },
      { title: "OPTIONS" },
      {
        rows: [
          ["rw", "the program may write"], ["ro", "read-only; the default"], ["dev", "devices can be used"], ["noexec", "nothing in it can be executed"],
          ["maybe", "no error if OUT does not exist"], ["fs", "a file system of this name, such as proc"], ["tmp", "an empty directory for one run"], ["norec", "without what is mounted below OUT"],
        ],
        column: 12,
      },
      { title: "DEFAULT" },
      { rows: defaultMounts.map(({ inside, kind, source, writable }) => [`/${inside.replace(/^\//, "")}`, `${kind}${source === "" ? "" : ` ${source}`}${writable ? ", writable" : ""}`] as const), column: 24 },
      { title: "EXAMPLES" }, { lines: ["mini-isolate run --mount data=/srv/data -- /bin/ls /data", "mini-isolate run --mount work=/tmp/work:rw -- ./prog"] },
    ],
  },
  "exit-codes": {
    summary: "the exit codes, and which status has which",
    page: [
      { text: "run and execute end with these codes. With --passthrough the code is that of the program, or 128 + the signal that ended it." },
      { title: "EXIT CODES" }, { rows: exitCodeRows, column: 6 },
      { title: "STATUS" }, { rows: statusRows, column: 24 },
    ],
  },
};
