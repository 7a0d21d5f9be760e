/** One job of the judge: it runs test after test, and has a file for the output to itself. */
import { resolveStateDir } from "../config/load.ts";
import { O, S } from "../kernel/constants.ts";
import { reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, setBlocking, statDescriptor } from "../kernel/files.ts";
import { openSync } from "../kernel/fs.ts";
import { IsolateError, messageOf } from "../model/errors.ts";
import { plainRun, type RunOptions } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import type { IsolatePool } from "../pool/isolate-pool.ts";
import type { SourceRequest } from "../source/source-request.ts";
import { compareFiles } from "./compare/compare.ts";
import { usualComparison } from "./compare/comparison.ts";
import type { JudgeOptions } from "./events.ts";
import { OutputFile } from "./output-file.ts";
import type { Test } from "./problem.ts";
import { builtInCheck, type CheckRecord } from "./records.ts";
import type { TestLimits } from "./verdict.ts";

export interface Ran {
  readonly run: ExecutionResult;
  readonly check: CheckRecord | null;
}

export class Worker {
  readonly #pool: IsolatePool;
  readonly #options: JudgeOptions;
  readonly #output: OutputFile;
  readonly #cpus: string | null;

  constructor(pool: IsolatePool, options: JudgeOptions, number: number) {
    [this.#pool, this.#options] = [pool, options];
    this.#output = new OutputFile(resolveStateDir(options.stateDir));
    this.#cpus = options.cpus?.[number] ?? null;
  }

  get outputBytes(): number {
    return this.#output.size;
  }

  async run(source: SourceRequest, test: Test): Promise<Ran> {
    this.#output.empty();
    const input = openTestFile(test.input);
    try {
      const run = await this.#pool.use((box) => box.runSource(source, { kind: "descriptor", fd: input }, this.#runOptions));
      return { run, check: run.status === "Success" ? await this.#check(test) : null };
    } finally {
      closeDescriptor(input);
    }
  }

  /** @throws IsolateError for a source that cannot be read, or whose language is not known */
  async limits(source: SourceRequest): Promise<TestLimits> {
    const plan = (await this.#pool.use((box) => box.explainSource(source, this.#runOptions))) as { readonly run: { readonly limits: TestLimits } };
    const { cpu_time_limit, wall_time_limit, memory_limit, output_limit } = plan.run.limits;
    return { cpu_time_limit, wall_time_limit, memory_limit, output_limit };
  }

  get #runOptions(): RunOptions {
    const { loop = null, signals, limits = {}, limitsGiven = [], warn = null } = this.#options;
    return { ...plainRun, overrides: limits, limitsGiven, waiter: loop, signals: signals?.() ?? null, stdoutTo: this.#output.fd, cpus: this.#cpus, warn };
  }

  async #check(test: Test): Promise<CheckRecord> {
    let answer: number | null = null;
    try {
      answer = openTestFile(test.answer!);
      const { isAccepted, message } = await compareFiles(this.#output.fd, answer, this.#options.comparison ?? usualComparison, () => this.#rest());
      return isAccepted ? builtInCheck("accepted") : builtInCheck("wrong", message);
    } catch (error) {
      return builtInCheck("failed", messageOf(error));
    } finally {
      if (answer !== null) closeDescriptor(answer);
    }
  }

  /** Others are watched meanwhile. */
  async #rest(): Promise<void> {
    const { loop } = this.#options;
    if (loop !== undefined) await loop.wait([], 0);
    else await new Promise((resolve) => setImmediate(resolve));
  }

  close(): void {
    this.#output.close();
  }
}

/** @throws IsolateError of kind Config when it cannot be read, or is no regular file */
function openTestFile(path: string): number {
  let fd: number | null = null;
  try {
    // Not held up by a FIFO that nobody writes to.
    fd = openSync(path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
    if ((statDescriptor(fd).mode & S.IFMT) !== S.IFREG) throw new Error("it is no regular file");
    setBlocking(fd);
    return fd;
  } catch (error) {
    if (fd !== null) closeDescriptor(fd);
    throw new IsolateError("Config", `cannot read ${path}: ${reasonOf(error)}`, { hint: "a test needs a regular file for its input, and one for its answer" });
  }
}
