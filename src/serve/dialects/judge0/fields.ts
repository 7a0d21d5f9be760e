/** Fields of a submission, as `fields=` names them. */
import { HttpFault } from "../../http/dialect.ts";

/** When nothing is asked for, and of callbacks. */
export const usualFields = ["token", "time", "memory", "stdout", "stderr", "compile_output", "message", "status"] as const;

/** In the order of answers with `fields=*`. The Python SDK fails for any other: what there is besides has to be asked for by name. */
const all = [
  "source_code", "language_id", "stdin", "expected_output", "stdout", "status_id", "created_at", "finished_at", "time", "memory", "stderr", "token", "number_of_runs",
  "cpu_time_limit", "cpu_extra_time", "wall_time_limit", "memory_limit", "stack_limit", "max_processes_and_or_threads", "enable_per_process_and_thread_time_limit",
  "enable_per_process_and_thread_memory_limit", "max_file_size", "compile_output", "exit_code", "exit_signal", "message", "wall_time", "compiler_options",
  "command_line_arguments", "redirect_stderr_to_stdout", "callback_url", "additional_files", "enable_network", "post_execution_filesystem", "status", "language",
] as const;

/** Of later versions of Judge0, and why a callback did not arrive. */
const besides = ["started_at", "queued_at", "updated_at", "queue_host", "execution_host", "callback_error"] as const;

export type Field = (typeof all)[number] | (typeof besides)[number];

const known: ReadonlySet<string> = new Set([...all, ...besides]);

/** @param asked names with commas between them; null or empty: the usual ones @throws HttpFault 400 for one that is none */
export function fieldsOf(asked: unknown): readonly Field[] {
  const names = (typeof asked === "string" ? asked : "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  const unknown = names.filter((name) => name !== "*" && !known.has(name));
  if (unknown.length > 0) throw new HttpFault(400, "invalid-fields", `invalid fields: [${unknown.join(", ").slice(0, 200)}]`);
  if (names.length === 0) return usualFields;
  return names.includes("*") ? [...all, ...besides.filter((name) => names.includes(name))] : (names as Field[]);
}
