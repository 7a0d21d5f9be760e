/** The settings of Judge0, as they come from those of the service: what a submission has when it says nothing, and the most it may ask for. */
import type { ServeConfig } from "../../config/config.ts";
import type { LimitKey } from "../../../model/limits.ts";
import { tries } from "../../callbacks/pauses.ts";
import type { Range } from "./values.ts";

const kilobyte = 1024;

/** Numbers of a submission, with the defaults and maxima of Judge0 1.13.1. Seconds, KB and numbers. */
const usualSettings = {
  cpu_time_limit: { usual: 5, most: 15, least: 0, of: "cpu_time_limit" },
  cpu_extra_time: { usual: 1, most: 5, least: 0, of: null },
  wall_time_limit: { usual: 10, most: 20, least: 1, of: "wall_time_limit" },
  memory_limit: { usual: 128_000, most: 512_000, least: 2048, of: "memory_limit" },
  stack_limit: { usual: 64_000, most: 128_000, least: 0, of: "stack_limit" },
  max_processes_and_or_threads: { usual: 60, most: 120, least: 0, of: "process_limit" },
  max_file_size: { usual: 1024, most: 4096, least: 0, of: "file_size_limit" },
  number_of_runs: { usual: 1, most: 20, least: 0, of: null },
} as const satisfies Readonly<Record<string, { usual: number; most: number; least: number; of: LimitKey | null }>>;

export type NumberField = keyof typeof usualSettings;

export const numberFields = Object.keys(usualSettings) as readonly NumberField[];

/** Where parts of a whole number are cut off. */
export const wholeFields: readonly NumberField[] = ["memory_limit", "stack_limit", "max_processes_and_or_threads", "max_file_size", "number_of_runs"];

const inKilobytes: readonly NumberField[] = ["memory_limit", "stack_limit", "max_file_size"];

/** What is unpacked of additional_files, in KB. */
const mostExtracted = 10_240;

export interface NumberSetting {
  /** When nothing is said. */
  readonly usual: number;
  readonly range: Range;
}

/** The most is what the service allows; where the service has no bound, it is that of Judge0. */
export function numberSetting(field: NumberField, config: ServeConfig): NumberSetting {
  const { usual, most, least, of } = usualSettings[field];
  const allowed = of === null ? null : (config.run.most[of] ?? null);
  const bound = allowed === null ? most : Math.max(inKilobytes.includes(field) ? Math.floor(allowed / kilobyte) : allowed, least);
  const isAbove = field === "max_processes_and_or_threads" || field === "number_of_runs";
  return { usual: Math.min(usual, bound), range: { least, most: bound, ...(isAbove ? { above: true } : {}) } };
}

/** In bytes. */
export function extractBytes(config: ServeConfig): number {
  return Math.min(mostExtracted * kilobyte, config.bounds.jobBytes);
}

/** `GET /config_info`. Clients refuse to start when a key is missing. */
export function configInfo(config: ServeConfig): Readonly<Record<string, boolean | number | readonly string[]>> {
  const numbers = Object.fromEntries(numberFields.flatMap((field) => {
    const { usual, range } = numberSetting(field, config);
    return [[field, usual], [`max_${field}`, range.most]];
  }));
  return {
    maintenance_mode: config.judge0.maintenance !== null,
    enable_wait_result: config.judge0.waitAllowed,
    enable_compiler_options: true,
    allowed_languages_for_compile_options: [],
    enable_command_line_arguments: true,
    enable_submission_delete: config.judge0.users.length > 0,
    enable_callbacks: config.callbacks.allowed,
    callbacks_max_tries: tries(config.callbacks.giveUp),
    callbacks_timeout: config.callbacks.timeout,
    enable_additional_files: true,
    max_queue_size: config.queue.most,
    ...numbers,
    enable_per_process_and_thread_time_limit: false,
    allow_enable_per_process_and_thread_time_limit: true,
    enable_per_process_and_thread_memory_limit: false,
    allow_enable_per_process_and_thread_memory_limit: true,
    redirect_stderr_to_stdout: false,
    max_extract_size: extractBytes(config) / kilobyte,
    enable_batched_submissions: true,
    max_submission_batch_size: config.judge0.mostBatch,
    submission_cache_duration: 0,
    use_docs_as_homepage: false,
    allow_enable_network: config.network === "allowed",
    enable_network: false,
  };
}
