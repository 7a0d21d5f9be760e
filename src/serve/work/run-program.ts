/** A source with its tests: compiled once, run once for each test. */
import { posix } from "node:path";
import { placeFile, withDirectory } from "../../box/files.ts";
import type { Isolate } from "../../instance/isolate.ts";
import type { CheckRecord } from "../../judge/records.ts";
import { closeDescriptor, openAt, writeFully } from "../../kernel/files.ts";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import type { Language } from "../../language/language.ts";
import { configError, IsolateError } from "../../model/errors.ts";
import type { LimitKey } from "../../model/limits.ts";
import { plainRun, type BoxVisit, type RunOptions, type Stdin } from "../../model/request.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";
import { KeptSource } from "../../source/kept-source.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import { inlineBytes, type Content } from "../content.ts";
import type { JobFile, JobTest, Limits, ProgramWork } from "../job.ts";
import type { CompileOutcome, RunOutcome, TestOutcome } from "../outcome.ts";
import { Capture, Interleaved, type Watcher } from "./capture.ts";
import { OutputChecker } from "./check-output.ts";
import { boundsOf, boxConfig, ofBox, overridesOf } from "./limits-of-run.ts";
import { compileOutcome, runOutcome } from "./run-outcome.ts";
import type { Surroundings } from "./surroundings.ts";
import { TalkPipe } from "./talk-pipe.ts";
import { languageOf } from "./work-language.ts";

export interface ProgramEnd {
  readonly compile: CompileOutcome | null;
  readonly tests: readonly TestOutcome[];
}

/** @throws IsolateError for what is wrong with the request, and for faults of the host: never for the program */
export async function runProgram(work: ProgramWork, around: Surroundings): Promise<ProgramEnd> {
  await using checker = new OutputChecker(work, around);
  using course = new ProgramCourse(work, around, checker);
  return await course.run();
}

class ProgramCourse implements Disposable {
  readonly #work: ProgramWork;
  readonly #around: Surroundings;
  readonly #checker: OutputChecker;
  readonly #kept = new KeptSource();
  #language: Language | null = null;
  #source: SourceRequest | null = null;
  /** What lies in the working directory before a run, but for what was compiled. */
  #put: readonly StagedFile[] = [];
  #data: readonly StagedFile[] = [];
  #compile: CompileOutcome | null = null;
  #talk: TalkPipe | null = null;

  constructor(work: ProgramWork, around: Surroundings, checker: OutputChecker) {
    [this.#work, this.#around, this.#checker] = [work, around, checker];
  }

  [Symbol.dispose](): void {
    this.#talk?.close();
    this.#kept[Symbol.dispose]();
  }

  async run(): Promise<ProgramEnd> {
    const { talk, loop } = this.#around;
    if (talk !== null) {
      const pipe = (this.#talk = new TalkPipe(loop, (bytes) => talk.taken({ command: 0, fd: 0 }, bytes)));
      talk.onInput((_stream, bytes) => pipe.give(bytes));
    }
    const language = (this.#language = languageOf(this.#work, this.#around.languages, this.#around.usual.compile));
    const files = await Promise.all(this.#work.files.map((file) => this.#read(file)));
    this.#data = await Promise.all(this.#work.data.map((file) => this.#read(file)));
    this.#put = [...files, ...this.#data];
    const [main, ...added] = files as [(typeof files)[number], ...typeof files];
    this.#source = {
      path: main.name,
      bytes: main.bytes,
      language: language.id,
      packs: [],
      // A later pack may have said it anew: of several with this id, the one that was chosen.
      languages: [language, ...this.#around.languages.filter(({ id }) => id !== language.id)],
      addedFiles: added,
      onlyBeside: this.#work.files.filter(({ isHandedToCompiler }) => isHandedToCompiler === false).map(({ name }) => posix.normalize(name)),
      kept: this.#kept,
    };
    if (language.compile !== null && this.#around.isWatched && !(await this.#compileAlone())) return { compile: this.#compile, tests: [] };
    const problem = await this.#checker.prepare();
    if (problem !== null) throw configError(problem);
    const tests: TestOutcome[] = [];
    for (const [number, test] of this.#work.tests.entries()) {
      if (this.#around.isCancelled) break;
      this.#around.tell({ kind: "test", test: number, name: test.name });
      const outcome = await this.#runTest(test, number);
      if (outcome === null) break;
      tests.push(outcome);
      this.#around.tell({ kind: "tested", test: number, outcome });
      if (this.#work.stopsAtFailure && !outcome.accepted) break;
    }
    return { compile: this.#compile, tests };
  }

  /** So that whoever watches sees what the compiler says before the program runs. @returns whether there is a program */
  async #compileAlone(): Promise<boolean> {
    this.#around.tell({ kind: "compiling" });
    const options = { ...this.#options({}), warn: this.#around.warn };
    const result = await this.#box({}).runSource({ ...this.#source!, onlyCompile: true }, { kind: "empty" }, options);
    await this.#keepCompile(result);
    return result.status === "Success";
  }

  async #keepCompile({ compile, status, error_message }: ExecutionResult): Promise<void> {
    if (this.#compile !== null || compile === null) return;
    if (status === "InternalError") throw hostFault(error_message);
    this.#compile = await compileOutcome(compile, this.#around.contents);
    this.#around.tell({ kind: "compiled", compile: this.#compile });
  }

  /** @returns null: it could not be compiled */
  async #runTest(test: JobTest, number: number): Promise<TestOutcome | null> {
    const outcomes: RunOutcome[] = [];
    let check: CheckRecord | null = null;
    for (let run = 0; run < this.#work.runs; run++) {
      const ran = await this.#runOnce(test, number);
      if (ran === null) return null;
      outcomes.push(ran);
      const isChecked = ran.success && (test.expected !== null || this.#work.checker?.kind === "program");
      check = isChecked ? await this.#checker.check(ran.stdout, test) : null;
      if (!ran.success || (check !== null && check.kind !== "accepted") || this.#around.isCancelled) break;
    }
    const last = outcomes.at(-1)!;
    const run = outcomes.length === 1 ? last : { ...last, cpu_time: mean(outcomes.map(({ cpu_time }) => cpu_time)), wall_time: mean(outcomes.map(({ wall_time }) => wall_time)), memory_peak: meanOrNull(outcomes.map(({ memory_peak }) => memory_peak)) };
    return { name: test.name, run, check, accepted: last.success && (check === null || check.kind === "accepted"), runs: outcomes.length };
  }

  /** @returns null: it could not be compiled */
  async #runOnce(test: JobTest, number: number): Promise<RunOutcome | null> {
    const both = this.#work.keepsOrder ? new Interleaved() : null;
    const [stdout, stderr] = [new Capture(both, this.#watcherOf(number, "stdout")), new Capture(both, this.#watcherOf(number, "stderr"))];
    const asked = { ...this.#work.runLimits, ...test.limits };
    const source = { ...this.#source!, args: [...this.#work.args, ...test.args] };
    const stdin = await this.#stdin(test.stdin);
    try {
      const options: RunOptions = {
        ...this.#options(asked),
        stdoutTo: stdout,
        ...(this.#work.stderrToStdout ? {} : { stderrTo: stderr }),
        visit: this.#visit(),
        filesOut: this.#work.filesOut.length === 0 ? null : { copies: {}, reads: this.#work.filesOut.map(wanted), badPath: "report" },
      };
      const box = this.#box(asked);
      const result = await box.runSource(source, stdin, options);
      await this.#keepCompile(result);
      if (result.phase === "compile" && result.status === "CompileError") return null;
      if (result.status === "InternalError") throw hostFault(result.error_message);
      const captured = { stdout: stdout.bytes, stderr: stderr.bytes, output: both?.bytes ?? null };
      return { ...withoutMissing(await runOutcome(result, captured, this.#around.contents), this.#work.filesOut), ...(await this.#directory(box.workdir)) };
    } finally {
      if (stdin.kind === "descriptor" && stdin.fd !== this.#talk?.readEnd) closeDescriptor(stdin.fd);
    }
  }

  /** Somebody may come to watch while it runs. */
  #watcherOf(test: number, stream: "stdout" | "stderr"): Watcher {
    const around = this.#around;
    return {
      get isThere() {
        return around.isWatched;
      },
      tell: (bytes) => around.tell({ kind: "output", test, stream, base64: Buffer.from(bytes).toString("base64") }),
    };
  }

  async #directory(workdir: string): Promise<Pick<RunOutcome, "directory">> {
    const { directoryOut: most } = this.#work;
    if (most === undefined) return {};
    const { directoryOut } = await import("./directory-out.ts");
    const zip = directoryOut(workdir, most, this.#put, this.#language!);
    return zip === null ? {} : { directory: await this.#around.contents.put(zip) };
  }

  #box(asked: Limits): Isolate {
    return this.#around.box(0, boxConfig({ ...this.#around.usual.run, ...ofBox(asked) }));
  }

  #options(asked: Limits): RunOptions {
    const { loop, cpus, warn } = this.#around;
    // A pack knows better than the service what its language needs, and the job knows better than the pack.
    return {
      ...plainRun,
      overrides: overridesOf(asked),
      limitsGiven: Object.keys(asked) as LimitKey[],
      environment: Object.entries(this.#work.environment),
      network: this.#work.network ? "host" : null,
      stderrToStdout: this.#work.stderrToStdout,
      bounds: boundsOf(this.#work),
      cpus,
      waiter: loop,
      signals: this.#around.signals(),
      warn,
    };
  }

  #visit(): BoxVisit | null {
    if (this.#data.length === 0) return null;
    return {
      before: ({ workdir, owner }) => {
        withDirectory(workdir, (directory) => {
          for (const { name, bytes, mode } of this.#data) placeFile(directory, name, mode, owner, (target) => writeFully(target, bytes));
        });
      },
    };
  }

  async #read({ name, content, isExecutable = false }: JobFile): Promise<StagedFile> {
    const bytes = await this.#around.contents.get(content);
    if (bytes === null) throw new IsolateError("Io", `the content of ${name} is gone`, { hint: "send the job again" });
    return { name: posix.normalize(name), bytes, mode: isExecutable ? 0o755 : 0o644 };
  }

  async #stdin(content: Content): Promise<Stdin> {
    if (this.#talk !== null) return { kind: "descriptor", fd: this.#talk.readEnd };
    const bytes = inlineBytes(content);
    if (bytes !== null) return bytes.length === 0 ? { kind: "empty" } : { kind: "bytes", bytes };
    const path = await this.#around.contents.path(content);
    if (path === null) throw new IsolateError("Io", "the input of the job is gone", { hint: "send the job again" });
    return { kind: "descriptor", fd: openAt(AT_FDCWD, path, O.RDONLY | O.NOFOLLOW) };
  }
}

const wanted = (name: string) => name.replace(/\?$/, "");

/** Files that may be missing, and are. */
function withoutMissing(run: RunOutcome, names: readonly string[]): RunOutcome {
  const optional = names.filter((name) => name.endsWith("?")).map(wanted);
  const files = Object.entries(run.files).filter(([name, file]) => !("error" in file && optional.includes(name)));
  return { ...run, files: Object.fromEntries(files) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.round(mean(known));
}

/** A run that could not be made says nothing about the program. */
function hostFault(message: string | null): IsolateError {
  return new IsolateError("Process", message ?? "the program could not be run", { hint: "mini-isolate doctor" });
}
