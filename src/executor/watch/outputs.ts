/** The pipes that take what a program writes to its standard output and standard error; none where it has those of the caller. */
import { closeDescriptor } from "../../kernel/files.ts";
import type { CapturedOutput } from "../../model/observation.ts";
import type { RunJob } from "./job.ts";
import { OutputPipe } from "./output.ts";

/** Of the memory limit, to which the kernel counts what is in the pipes. */
const mostOfMemory = 1 / 16;

/** Where the program's wish not to wait cannot be ignored, a pipe as large as the limit keeps what it writes before it ends. */
function pipeBytesFor({ waitingWrites, limits }: Pick<RunJob, "waitingWrites" | "limits">): number | undefined {
  return waitingWrites ? undefined : Math.min(limits.outputBytes, (limits.memoryBytes ?? Infinity) * mostOfMemory);
}

const nothing: CapturedOutput = { bytes: new Uint8Array(0), truncated: false };

export class Outputs {
  readonly #pipes: readonly [stdout: OutputPipe, stderr: OutputPipe] | readonly [];

  /** @throws SyscallError */
  constructor(job: Pick<RunJob, "passthrough" | "waitingWrites" | "limits">) {
    const pipe = () => new OutputPipe(job.limits.outputBytes, pipeBytesFor(job));
    this.#pipes = job.passthrough ? [] : [pipe(), pipe()];
  }

  /** Descriptors of ours that become 1 and 2 of the program. */
  get given(): readonly [stdout: number, stderr: number] {
    const [stdout, stderr] = this.#pipes;
    return [stdout?.writeEnd ?? 1, stderr?.writeEnd ?? 2];
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
    const [stdout, stderr] = this.#pipes;
    return { stdout: stdout?.captured() ?? nothing, stderr: stderr?.captured() ?? nothing };
  }

  close(): void {
    for (const pipe of this.#pipes) pipe.close();
  }
}
