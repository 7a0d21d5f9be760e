/** One job of the judge: it runs test after test, pinned to a core of its own, and has a file for the output to itself. */
import { resolveStateDir } from "../config/load.ts";
import { plainRun, type RunOptions, type Stdin } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import type { IsolatePool } from "../pool/isolate-pool.ts";
import type { SourceRequest } from "../source/source-request.ts";
import { takeOutput, visitFor } from "./attempt/box-files.ts";
import type { JudgeOptions } from "./options.ts";
import { limitsOf } from "./limits.ts";
import { OutputFile } from "./output-file.ts";
import type { Problem, Test } from "./problem.ts";
import type { Jury } from "./programs/jury.ts";
import { noTestLimits, type RunRecord, type TestLimits } from "./records.ts";
import type { Submission } from "./submission.ts";


/** What a run is made of, besides what the problem and the test say. */
export interface Feed {
  readonly stdin: Stdin;
  /** Where standard output goes. */
  readonly stdoutTo: RunOptions["stdoutTo"];
  /** How the run waits, and who ends it and hears of it, where it does not run by itself. */
  readonly among?: Pick<RunOptions, "waiter" | "signals" | "moments">;
  /** What the run has besides: arguments after those of the test, and rules for mounts. */
  readonly args?: readonly string[];
  readonly mountRules?: RunOptions["mountRules"];
}

export class Job {
  readonly problem: Problem;
  readonly options: JudgeOptions;
  /** What the submission wrote in the last run. */
  readonly output: OutputFile;
  /** Runs the programs of the jury; null: the problem has none. */
  readonly jury: Jury | null;
  readonly #inputs: OutputFile[] = [];
  /** Boxes of submissions. */
  readonly #pool: IsolatePool;
  readonly #cpus: string | null;
  readonly #limits = new Map<string, Promise<TestLimits>>();

  constructor(problem: Problem, pool: IsolatePool, jury: Jury | null, options: JudgeOptions, number: number) {
    [this.problem, this.#pool, this.jury, this.options] = [problem, pool, jury, options];
    this.output = jury?.outputFile() ?? new OutputFile(resolveStateDir(options.stateDir));
    this.#cpus = options.cpus?.[number] ?? null;
  }

  /** The processor that runs are pinned to; null: none. */
  get core(): number | null {
    return this.#cpus === null ? null : Number(this.#cpus);
  }

  /** As in cpuset(7); null: not pinned. */
  get cpus(): string | null {
    return this.#cpus;
  }

  /** Runs the submission once, in an empty box. What it wrote is in {@link output} afterwards, unless it goes elsewhere. */
  async run({ source, language }: SourceOf<Submission>, test: Test, feed: Feed): Promise<ExecutionResult> {
    const { outputFile } = this.problem;
    return await this.#pool.use(async (box) => {
      const options: RunOptions = { ...this.runOptions(test, language), stdoutTo: feed.stdoutTo ?? null, visit: visitFor(this.problem, test), ...feed.among, ...(feed.mountRules === undefined ? {} : { mountRules: feed.mountRules }) };
      const result = await box.runSource(this.#with(source, [...test.args, ...(feed.args ?? [])]), feed.stdin, options);
      if (outputFile !== null && result.status === "Success") takeOutput(box.workdir, outputFile, this.output);
      return result;
    });
  }

  /** What the limits of the submission are in this test, what its language makes of them counted in. @throws IsolateError */
  async limits({ source, language, path }: Submission, test: Test): Promise<TestLimits> {
    const overrides = limitsOf(this.problem, test, this.options.limits ?? {}, language);
    const { maxCpu, maxMemory, maxTime } = overrides;
    const key = JSON.stringify([path, maxCpu, maxMemory, maxTime]);
    const known = this.#limits.get(key);
    if (known !== undefined) return await known;
    const found = source === null ? Promise.resolve(noTestLimits) : this.#explain(source, test, language);
    this.#limits.set(key, found);
    return await found;
  }

  async #explain(source: SourceRequest, test: Test, language: string | null): Promise<TestLimits> {
    const plan = (await this.#pool.use((box) => box.explainSource(source, this.runOptions(test, language)))) as { readonly run: { readonly limits: TestLimits } };
    const { cpu_time_limit, wall_time_limit, memory_limit, output_limit } = plan.run.limits;
    return { cpu_time_limit, wall_time_limit, memory_limit, output_limit };
  }

  runOptions(test: Test, language: string | null): RunOptions {
    const { loop = null, signals, limits = {}, limitsGiven = [], warn = null } = this.options;
    return { ...plainRun, overrides: limitsOf(this.problem, test, limits, language), limitsGiven, waiter: loop, signals: signals?.() ?? null, cpus: this.#cpus, warn };
  }

  #with(source: SourceRequest, args: readonly string[]): SourceRequest {
    return args.length === 0 ? source : { ...source, args: [...(source.args ?? []), ...args] };
  }

  /** An empty file for the input of a pass after the first one: another one than that of the pass before. */
  inputFor(pass: number): OutputFile {
    const file = (this.#inputs[pass % 2] ??= this.jury!.outputFile());
    file.empty();
    return file;
  }

  /** Other jobs are looked after meanwhile. */
  async rest(): Promise<void> {
    const { loop } = this.options;
    if (loop !== undefined) await loop.wait([], 0);
    else await new Promise((resolve) => setImmediate(resolve));
  }

  /** @param outputBytes null: not known */
  recordOf({ status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message, stderr }: ExecutionResult, outputBytes: number | null): RunRecord {
    const said = status === "Success" || stderr === "" ? {} : { stderr: stderr.slice(-mostStderr) };
    return { status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message, output_bytes: outputBytes, ...said };
  }

  close(): void {
    for (const file of [this.output, ...this.#inputs]) file?.close();
  }
}

/** Characters of standard error that are kept: an exception with where it came from, for thousands of tests. */
const mostStderr = 1000;

type SourceOf<T extends Submission> = Pick<T, "language"> & { readonly source: SourceRequest };
