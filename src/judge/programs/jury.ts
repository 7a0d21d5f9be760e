/**
 * Programs of the jury: checkers, interactors, managers, graders. Each is compiled once and runs in boxes of their own, under other users than
 * submissions have, without a network.
 */
import { dirname, join } from "node:path";
import type { IsolateConfigInput } from "../../config/config.ts";
import { means } from "../../executor/plan/means.ts";
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import { chmodSync, mkdirSync } from "../../kernel/fs.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { StoreOptions } from "../../instance/options.ts";
import type { Language } from "../../language/language.ts";
import { messageOf } from "../../model/errors.ts";
import { plainRun, type RunOptions } from "../../model/request.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { SignalSource } from "../../model/waiting.ts";
import { IsolatePool } from "../../pool/isolate-pool.ts";
import { OutputFile } from "../output-file.ts";
import type { Problem, Program } from "../problem.ts";
import { CappedText } from "./capped-text.ts";
import { endOf } from "./faults.ts";
import { feedbackName, noFeedback, placeFeedback, takeFeedback, type Feedback } from "./feedback.ts";
import { GivenFiles } from "./given-files.ts";
import type { JuryResult, JuryRun, ReadyProgram } from "./jury-run.ts";
import { juryConfig, juryLimits, juryRoom } from "./limits.ts";
import { placeTree } from "./program-tree.ts";
import { ReadyPrograms } from "./ready-programs.ts";
import { overflow, RoomWatch, type Room } from "./room.ts";

export interface JuryOptions extends StoreOptions {
  /** How many of its programs can run at the same time. */
  readonly boxes: number;
  /** What of it is about programs of the jury. */
  readonly problem: Pick<Problem, "limits" | "constants">;
  /** Configuration of the boxes of submissions; what lets a program do more does not count here. */
  readonly config?: IsolateConfigInput;
  /** That its programs may be in, whatever packs they name; left out: those of their packs. */
  readonly languages?: readonly Language[];
  /** All runs wait by it; left out: the event loop of the caller stays free. */
  readonly loop?: RunLoop;
  /** Signals that end what runs, for one run each. */
  readonly signals?: () => SignalSource;
  readonly warn?: (line: string) => void;
}

export class Jury {
  readonly #options: JuryOptions;
  readonly #room: Room;
  readonly #pool: IsolatePool;
  readonly #programs: ReadyPrograms;
  /** Nothing runs in it. Its home is ours alone, and is swept with it when we are killed. */
  readonly #place: Isolate;
  #outputs = 0;

  /** @throws IsolateError when no box can be made */
  constructor(options: JuryOptions) {
    this.#options = options;
    const config = juryConfig(options.config ?? {}, options.problem.limits);
    const store = options.stateDir === undefined ? {} : { stateDir: options.stateDir };
    this.#room = juryRoom(options.problem.limits);
    this.#programs = new ReadyPrograms(options.problem, config, store, () => this.#runOptions, options.languages);
    this.#place = Isolate.temporary({}, store);
    try {
      // No launcher waits: what is mounted is another file in each run.
      this.#pool = new IsolatePool({ boxes: options.boxes, config, launchers: 0, ...store });
    } catch (error) {
      this.#place.cleanup();
      throw error;
    }
  }

  /** A file for what submissions write, that a program of the jury can be given by its path. It is gone with the jury. */
  outputFile(): OutputFile {
    return new OutputFile(dirname(this.#place.workdir), `output-${this.#outputs++}`);
  }

  /** Directories for pipes between programs, which are closed to all but those to whom they are shown. They are gone with the jury. @throws SyscallError */
  pipeDirectory(count: number): { readonly path: string; readonly shown: readonly string[] } {
    const path = join(dirname(this.#place.workdir), `pipes-${this.#outputs++}`);
    mkdirSync(path, 0o700);
    const shown = Array.from({ length: count }, (_, number) => join(path, String(number)));
    for (const directory of shown) {
      mkdirSync(directory, 0o755);
      chmodSync(directory, 0o755);
    }
    return { path, shown };
  }

  /**
   * Finds and compiles a program; once, however often it is asked for.
   * @throws IsolateError of kind Config for a program that cannot be read or has no language; with exit code 5 when it does not compile
   */
  prepare(program: Program): Promise<ReadyProgram> {
    return this.#programs.ready(program);
  }

  /** Runs a program in an empty box. @throws IsolateError for what the caller has to mend, and for faults of the host */
  async run(program: ReadyProgram, asked: JuryRun): Promise<JuryResult> {
    return await this.#pool.use((box) => this.#runIn(box, program, asked));
  }

  /** What runs goes on to its end first. @throws IsolateError when a box cannot be removed */
  async close(): Promise<void> {
    try {
      await this.#pool.close();
    } finally {
      this.#programs.close();
      this.#place.cleanup();
    }
  }

  async #runIn(box: Isolate, program: ReadyProgram, asked: JuryRun): Promise<JuryResult> {
    const { loop = null, problem, signals } = this.#options;
    const [stdout, stderr] = [new CappedText(), new CappedText()];
    const { cpuTime, wallTime, memory } = { ...juryLimits(problem.limits), ...asked.limits };
    const given = new GivenFiles(asked.files ?? {});
    const room = { ...this.#room, bytes: this.#room.bytes + given.copiedBytes };
    const watch = new RoomWatch(box.workdir, room, loop, asked.options?.signals ?? signals?.() ?? null);
    try {
      const run = await this.#start(box, program, asked, given, {
        ...this.#runOptions,
        overrides: { maxCpu: cpuTime, maxTime: wallTime, maxMemory: memory },
        limitsGiven: ["process_limit", "output_limit", "file_size_limit", "disk_limit", "stack_limit"],
        cpus: asked.cpus ?? null,
        stdoutTo: asked.stdoutTo ?? stdout,
        stderrTo: asked.stderrTo ?? stderr,
        ...asked.options,
        signals: watch.signals,
      });
      return { run, stdout: stdout.bytes, stderr: stderr.bytes, ...this.#left(box.workdir, asked, room, watch.problem ?? endOf(run)) };
    } finally {
      watch.end();
    }
  }

  async #start(box: Isolate, { start }: ReadyProgram, asked: JuryRun, given: GivenFiles, options: RunOptions): Promise<ExecutionResult> {
    const workdir = means().isolation === "none" ? box.workdir : "/box";
    const args = asked.args({ file: (name) => given.path(name, workdir), feedback: `${workdir}/${feedbackName}/` });
    const withFiles: RunOptions = {
      ...options,
      mountRules: [...given.rules, ...(options.mountRules ?? [])],
      visit: {
        before: (place) => {
          if (start.kind === "tree") placeTree(place.workdir, start.files, start.built, place.owner);
          given.place(place, asked.filesInWorkdir ?? false, workdir);
          if (asked.feedback != null) placeFeedback(place, asked.feedback);
        },
      },
    };
    if (start.kind === "tree") {
      const command = options.chdir === null ? start.command : start.command.map((word) => (word.startsWith("./") ? `${workdir}${word.slice(1)}` : word));
      return await box.run([...command, ...args], asked.stdin, withFiles);
    }
    return await box.runSource({ ...start.request, args }, asked.stdin, withFiles);
  }

  /** What it left behind, and whether that is as it should be. */
  #left(workdir: string, { feedback, keepFeedback = false }: JuryRun, room: Room, problem: string | null): { readonly feedback: Feedback; readonly problem: string | null } {
    try {
      const most = problem ?? overflow(workdir, room);
      return { feedback: feedback == null ? noFeedback : takeFeedback(workdir, keepFeedback, room.feedbackBytes), problem: most };
    } catch (error) {
      return { feedback: noFeedback, problem: problem ?? messageOf(error) };
    }
  }

  get #runOptions(): RunOptions {
    const { loop = null, signals, warn = null } = this.#options;
    return { ...plainRun, waiter: loop, signals: signals?.() ?? null, warn };
  }
}
