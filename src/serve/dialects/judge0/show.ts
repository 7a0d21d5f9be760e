/** A submission as answers have it. */
import { hostname } from "node:os";
import { type Content, type Contents, inlineBytes } from "../../content.ts";
import { HttpFault } from "../../http/dialect.ts";
import type { StoredJob } from "../../queue/queue.ts";
import { encodeLines } from "./base64.ts";
import type { Field } from "./fields.ts";
import type { ProgramWork } from "../../job.ts";
import type { Memo } from "./memo.ts";
import { statusOf } from "./statuses.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

/** Something that was asked for is not text, and was not asked for as Base64. */
export class NotText extends Error {}

export interface Showing {
  readonly fields: readonly Field[];
  /** Texts are Base64. */
  readonly isBase64: boolean;
  /** What several submissions in one answer may still have together; left out: any size. */
  readonly room?: AnswerRoom;
}

export class AnswerRoom {
  readonly #most: number;
  #taken = 0;

  /** @param most bytes */
  constructor(most: number) {
    this.#most = most;
  }

  /** Before it is read. @throws HttpFault 400 */
  take(content: Content): void {
    this.#taken += "sha256" in content ? content.bytes : inlineBytes(content)!.length;
    if (this.#taken > this.#most) throw new HttpFault(400, "answer-too-large", `these submissions have more than ${this.#most} bytes together: ask for fewer of them, or for fewer fields`);
  }
}

/** @throws NotText; HttpFault 400 when there is no room; IsolateError of kind Io when contents cannot be read */
export async function show(stored: StoredJob, { fields, isBase64, room }: Showing, contents: Contents): Promise<Readonly<Record<string, unknown>>> {
  const shown: Record<string, unknown> = {};
  const verdict = verdictOf(stored);
  const texts = new Texts(contents, isBase64, room ?? null);
  for (const field of fields) shown[field] = await valueOf(field, stored, verdict, texts);
  return shown;
}

async function valueOf(field: Field, stored: StoredJob, verdict: Verdict, texts: Texts): Promise<unknown> {
  const [memo, work] = [stored.job.memo as Memo, stored.job.work as ProgramWork];
  switch (field) {
    case "token": return stored.job.id;
    case "status": return statusOf(verdict.status);
    case "status_id": return verdict.status;
    case "language": return { id: memo.languageId, name: memo.languageName };
    case "language_id": return memo.languageId;
    case "source_code": return await texts.of(memo.hasSource ? work.files[0]!.content : null);
    case "stdin": return await texts.of(work.tests[0]!.stdin);
    case "expected_output": return await texts.of(work.tests[0]!.expected);
    case "stdout": return await texts.of(verdict.stdout);
    case "stderr": return await texts.of(verdict.stderr);
    case "compile_output": return await texts.ofAll(verdict.compileOutput);
    case "message": return verdict.message === null ? null : await texts.of({ text: verdict.message });
    case "additional_files": return await texts.encoded(memo.additionalFiles);
    case "post_execution_filesystem": return await texts.encoded(verdict.filesystem);
    case "time": return seconds(verdict.time);
    case "wall_time": return seconds(verdict.wallTime);
    case "memory": return verdict.memory === null ? null : Math.round(verdict.memory / 1024);
    case "exit_code": return verdict.exitCode;
    case "exit_signal": return verdict.exitSignal;
    case "cpu_time_limit": case "cpu_extra_time": case "wall_time_limit": return decimal(memo.numbers[field]);
    case "memory_limit": case "stack_limit": case "max_processes_and_or_threads": case "max_file_size": case "number_of_runs": return memo.numbers[field];
    case "enable_per_process_and_thread_time_limit": return memo.perProcessTime;
    case "enable_per_process_and_thread_memory_limit": return memo.perProcessMemory;
    case "compiler_options": return memo.compilerOptions;
    case "command_line_arguments": return memo.commandLineArguments;
    case "redirect_stderr_to_stdout": return memo.stderrToStdout;
    case "enable_network": return memo.network;
    case "callback_url": return memo.callbackUrl;
    case "callback_error": return stored.callbackError;
    case "queue_host": return hostname();
    case "execution_host": return stored.result?.worker ?? null;
    case "created_at": case "queued_at": return date(stored.job.receivedAt);
    case "started_at": return date(stored.startedAt);
    case "finished_at": return date(stored.result?.endedAt ?? null);
    case "updated_at": return date(stored.result?.endedAt ?? stored.startedAt ?? stored.job.receivedAt);
  }
}

class Texts {
  readonly #contents: Contents;
  readonly #isBase64: boolean;
  readonly #room: AnswerRoom | null;

  constructor(contents: Contents, isBase64: boolean, room: AnswerRoom | null) {
    [this.#contents, this.#isBase64, this.#room] = [contents, isBase64, room];
  }

  /** null when it is empty, too. @throws NotText */
  async of(content: Content | null): Promise<string | null> {
    return content === null ? null : await this.ofAll([content]);
  }

  /** One after the other. @throws NotText */
  async ofAll(some: readonly Content[]): Promise<string | null> {
    for (const content of some) this.#room?.take(content);
    const bytes = Buffer.concat(await Promise.all(some.map(async (content) => (await this.#contents.get(content)) ?? new Uint8Array())));
    if (bytes.length === 0) return null;
    if (this.#isBase64) return encodeLines(bytes);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new NotText();
    }
  }

  async encoded(content: Content | null): Promise<string | null> {
    if (content !== null) this.#room?.take(content);
    const bytes = content === null ? null : await this.#contents.get(content);
    return bytes === null ? null : encodeLines(bytes);
  }
}

/** Clients parse it: a fraction and Z have to be there. */
const date = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

const seconds = (value: number | null) => value?.toFixed(3) ?? null;

/** `5.0`, as decimal columns of a database are written. */
const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));
