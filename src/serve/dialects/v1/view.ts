/** A job as it is told. */
import type { Content, Contents } from "../../content.ts";
import type { CompileOutcome, FileOutcome, RunOutcome, TestOutcome } from "../../outcome.ts";
import type { StoredJob } from "../../queue/queue.ts";
import { bytesOf } from "./bytes-of.ts";
import { type JobView, jobFields, type RunView } from "./schema/answer.ts";
import { isUtf8, withoutHalf } from "./utf8.ts";

export type JobField = (typeof jobFields)[number];

export interface Shown {
  /** null: all. */
  readonly fields: ReadonlySet<JobField> | null;
  /** Bytes of each output and file that are told. */
  readonly outputBytes: number;
  /** Bytes of all outputs of an answer together, whatever is in it. */
  readonly allBytes: number;
}

type FileView = NonNullable<RunView["files"]>[string];

/**
 * @param teller of an answer with several jobs, which share what it can hold; left out: one for this job
 * @throws IsolateError of kind Io when a content cannot be read
 */
export async function viewOf(stored: StoredJob, contents: Contents, shown: Shown, teller = new Teller(contents, shown)): Promise<JobView> {
  const { fields } = shown;
  const { job, state, attempts, startedAt, result, callbackError } = stored;
  const wants = (field: JobField) => fields === null || fields.has(field);
  const all: JobView = {
    id: job.id,
    state,
    outcome: result?.outcome ?? null,
    status: result === null || result.outcome === "cancelled" || result.outcome === "expired" ? null : result.status,
    accepted: acceptedOf(stored),
    problem: result?.problem ?? null,
    language: job.work.kind === "program" ? job.work.language : null,
    dialect: job.dialect,
    class: job.class,
    labels: { ...job.labels },
    received_at: iso(job.receivedAt),
    deadline: job.deadline === null ? null : iso(job.deadline),
    started_at: isoOrNull(result?.startedAt ?? startedAt),
    ended_at: isoOrNull(result?.endedAt ?? null),
    attempts,
    worker: result?.worker ?? null,
    callback_error: callbackError,
    compile: result?.compile == null || !wants("compile") ? null : await teller.compile(result.compile),
    tests: result === null || !wants("tests") ? [] : await inTurn(result.tests, (test) => teller.test(test)),
  };
  if (fields === null) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name === "id" || fields.has(name as JobField)));
}

function acceptedOf({ job: { work }, result }: StoredJob): boolean | null {
  if (result === null || result.outcome !== "finished" || work.kind !== "program") return null;
  return result.tests.length === work.tests.length && result.tests.every(({ accepted }) => accepted);
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

/** One after the other: what comes first has its outputs first. */
export async function inTurn<T, R>(all: readonly T[], tell: (one: T) => Promise<R>): Promise<R[]> {
  const told: R[] = [];
  for (const one of all) told.push(await tell(one));
  return told;
}

/** Outcomes with their outputs, up to so many bytes each, and so many of all. */
export class Teller {
  readonly #contents: Contents;
  readonly #most: number;
  #left: number;

  constructor(contents: Contents, { outputBytes, allBytes }: Pick<Shown, "outputBytes" | "allBytes">) {
    [this.#contents, this.#most, this.#left] = [contents, outputBytes, allBytes];
  }

  async compile({ cached, ...run }: CompileOutcome): Promise<RunView & { readonly cached: boolean }> {
    return { ...(await this.#run(run)), cached };
  }

  async test({ name, accepted, check, runs, run }: TestOutcome): Promise<NonNullable<JobView["tests"]>[number]> {
    return { name, accepted, check, runs, ...(await this.#run(run)) };
  }

  async #run(run: RunOutcome): Promise<RunView> {
    const { status, success, limit, exit_code, signal, forbidden_syscall, stdout_truncated, stderr_truncated, cpu_time, wall_time, memory_peak, memory_peak_source, cgroup_memory_peak, disk_usage, error_message, enforced, files } = run;
    const [stdout, stderr, output] = [await this.#told(run.stdout), await this.#told(run.stderr), run.output === null ? null : await this.#told(run.output)];
    const names = Object.keys(files);
    return {
      status, success, limit, exit_code, signal, forbidden_syscall,
      stdout: stdout.text, ...(stdout.base64 === null ? {} : { stdout_base64: stdout.base64 }), stdout_bytes: stdout.bytes, ...(stdout.isCut ? { stdout_cut: true } : {}), stdout_truncated,
      stderr: stderr.text, ...(stderr.base64 === null ? {} : { stderr_base64: stderr.base64 }), stderr_bytes: stderr.bytes, ...(stderr.isCut ? { stderr_cut: true } : {}), stderr_truncated,
      ...(output === null ? {} : { output: output.text, ...(output.base64 === null ? {} : { output_base64: output.base64 }), output_bytes: output.bytes, ...(output.isCut ? { output_cut: true as const } : {}) }),
      cpu_time, wall_time, memory_peak, memory_peak_source, cgroup_memory_peak, disk_usage, error_message, enforced: { ...enforced },
      ...(names.length === 0 ? {} : { files: Object.fromEntries(await inTurn(names, async (name) => [name, await this.#file(files[name]!)] as const)) }),
    };
  }

  async #file(file: FileOutcome): Promise<FileView> {
    if ("error" in file) return { error: file.error };
    const { text, base64, bytes, isCut } = await this.#told(file.content);
    return { bytes, ...(base64 === null ? { text } : { base64 }), ...(isCut ? { cut: true } : {}), ...(file.truncated ? { truncated: true } : {}) };
  }

  async #told(content: Content): Promise<{ readonly text: string; readonly base64: string | null; readonly bytes: number; readonly isCut: boolean }> {
    const { start, total } = await bytesOf(content, this.#contents, Math.min(this.#most, this.#left));
    this.#left -= start.length;
    const isCut = start.length < total;
    // A character that was cut is no reason to call all of it binary.
    const whole = isCut ? withoutHalf(start) : start;
    const text = Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength).toString();
    return { text, base64: isUtf8(whole) ? null : Buffer.from(whole).toString("base64"), bytes: total, isCut };
  }
}
