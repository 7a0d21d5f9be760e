/** The pipes that take what a program writes to its standard output and standard error; none where it has those of the caller as they are. */
import { closeDescriptor, statDescriptor } from "../../kernel/files.ts";
import type { CapturedOutput } from "../../model/observation.ts";
import type { RunJob } from "./job.ts";
import type { OutputSink } from "../../model/waiting.ts";
import type { OutputFile } from "./output-file.ts";
import type { OutputToSink } from "./output-sink.ts";
import { OutputPipe } from "./output.ts";

/** Of the memory limit, to which the kernel counts what is in the pipes. */
const mostOfMemory = 1 / 16;

/** Where the program's wish not to wait cannot be ignored, a pipe as large as the limit keeps what it writes before it ends. */
function pipeBytesFor({ waitingWrites, limits }: Pick<RunJob, "waitingWrites" | "limits">): number | undefined {
  return waitingWrites ? undefined : Math.min(limits.outputBytes, (limits.memoryBytes ?? Infinity) * mostOfMemory);
}

/** Loaded here only: most runs have no such file. */
function fileFor(fd: number | OutputSink | null | undefined, stream: string): OutputFile | OutputToSink | null {
  if (fd === null || fd === undefined) return null;
  if (typeof fd === "object") return new (require("./output-sink.ts") as typeof import("./output-sink.ts")).OutputToSink(fd);
  return new (require("./output-file.ts") as typeof import("./output-file.ts")).OutputFile(fd, stream);
}

const nothing: CapturedOutput = { bytes: new Uint8Array(0), truncated: false };

/** The caller's 1 and 2 have no limit. */
const unlimited = Infinity;

function isSameFile(one: number, other: number): boolean {
  const [first, second] = [statDescriptor(one), statDescriptor(other)];
  return first.device === second.device && first.inode === second.inode;
}

export class Outputs {
  readonly #stdout: OutputPipe | null;
  readonly #stderr: OutputPipe | null;
  /** What the program has in place of a pipe of ours. */
  readonly #handed: readonly [stdout: number | null, stderr: number | null];
  /** Each once. */
  readonly #pipes: readonly OutputPipe[];
  readonly #files: readonly (OutputFile | OutputToSink | null)[];

  /** @throws SyscallError */
  constructor(job: Pick<RunJob, "passthrough" | "passed" | "handed" | "waitingWrites" | "limits" | "stdoutTo" | "stderrTo">) {
    const [stdout, stderr] = job.passed ?? [1, 2];
    const handed = (as: number) => job.handed?.find((one) => one.as === as)?.fd ?? null;
    this.#handed = [handed(1), handed(2)];
    const isPiped = (passed: number | null) => !job.passthrough || passed === null;
    const [stdoutFile, stderrFile] = [fileFor(stdout === null ? 1 : job.stdoutTo, "standard output"), fileFor(stderr === null ? 2 : job.stderrTo, "standard error")];
    const pipe = (file: OutputFile | OutputToSink | null) => new OutputPipe(job.passthrough ? unlimited : (file?.mostBytes ?? job.limits.outputBytes), pipeBytesFor(job), file);
    this.#files = [stdoutFile, stderrFile];
    this.#stdout = this.#handed[0] === null && isPiped(stdout) ? pipe(stdoutFile) : null;
    // One file for both is written in the order in which the program writes.
    const isOne = stdout === null && stderr === null && isSameFile(1, 2);
    this.#stderr = isOne ? this.#stdout : this.#handed[1] === null && isPiped(stderr) ? pipe(stderrFile) : null;
    this.#pipes = [...new Set([this.#stdout, this.#stderr])].filter((one) => one !== null);
  }

  /** Why something of the output is not in the file that it was to go to. Only after {@link captured} is it final. */
  get fault(): string | null {
    return this.#files.find((file) => file?.fault)?.fault ?? null;
  }

  /** Descriptors of ours that become 1 and 2 of the program. */
  get given(): readonly [stdout: number, stderr: number] {
    const [stdout, stderr] = this.#handed;
    return [this.#stdout?.writeEnd ?? stdout ?? 1, this.#stderr?.writeEnd ?? stderr ?? 2];
  }

  /** Call once the launcher has them. */
  closeGiven(): void {
    for (const { writeEnd } of this.#pipes) closeDescriptor(writeEnd);
  }

  /** Whether a link of /proc names one of the pipes. */
  isPipe(link: string): boolean {
    return this.#pipes.some((pipe) => pipe.isOpen && pipe.link === link);
  }

  /** Whether somebody can still write, as far as we know. */
  get areOpen(): boolean {
    return this.#pipes.some(({ isOpen }) => isOpen);
  }

  /** How much has come, up to the caps. */
  get keptBytes(): number {
    return this.#pipes.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
  }

  /** Descriptors to wait on. */
  get pollable(): number[] {
    return this.#pipes.map(({ pollable }) => pollable).filter((fd) => fd !== null);
  }

  /** When the first rest ends, on the clock of performance.now(). */
  get dueMs(): number {
    return this.#pipes.reduce((at, { dueMs }) => Math.min(at, dueMs), Infinity);
  }

  /** Takes what is due of all. @param ready descriptors that were found readable @returns whether one is over its cap */
  pump(ready: readonly number[]): boolean {
    const nowMs = performance.now();
    for (const pipe of this.#pipes) pipe.pumpWhenDue(nowMs, ready);
    return this.#pipes.some(({ overflowed }) => overflowed);
  }

  /** Takes what is there now, and sees which pipes have come to their end. */
  look(): void {
    for (const pipe of this.#pipes) pipe.pump();
  }

  /** Nobody writes any more: what is in the pipes is all there will be. */
  drain(): void {
    for (const pipe of this.#pipes) while (pipe.pump() && !pipe.overflowed);
  }

  captured(): { readonly stdout: CapturedOutput; readonly stderr: CapturedOutput } {
    return { stdout: this.#stdout?.captured() ?? nothing, stderr: this.#stderr?.captured() ?? nothing };
  }

  close(): void {
    for (const pipe of this.#pipes) pipe.close();
  }
}
