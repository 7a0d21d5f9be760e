// Two programs that talk, each in a box of its own, as the judge runs them.
import { rmSync } from "node:fs";
import type { IsolateConfigInput } from "../../src/config/config.ts";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import { passVerdict } from "../../src/judge/decide/test.ts";
import type { Start } from "../../src/judge/interact/player.ts";
import { talk, type Talk, type TalkOptions } from "../../src/judge/interact/talk.ts";
import { talkRecord, type Word } from "../../src/judge/interact/talk-record.ts";
import { builtInCheck, type PassRecord, type RunRecord } from "../../src/judge/records.ts";
import type { TestVerdict } from "../../src/judge/verdict.ts";
import { plainRun, type Overrides } from "../../src/model/request.ts";
import type { ExecutionResult } from "../../src/model/result.ts";
import { IsolatePool } from "../../src/pool/isolate-pool.ts";
import { program } from "../helpers/programs.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

export interface Seen extends Talk {
  readonly pass: PassRecord;
  readonly verdict: TestVerdict["verdict"];
  readonly message: string | null;
}

export interface Limits {
  readonly submission?: Overrides;
  readonly interactor?: Overrides;
}

export interface Table extends AsyncDisposable {
  /** Lets two actors (fixtures/interact/actor.c) play their parts: words that say what to do. */
  play(submission: string, interactor: string, limits?: Limits): Promise<Seen>;
  /** @param program in the boxes */
  starts(submission: string, interactor: string, program?: string): Pick<TalkOptions, "submission" | "interactor">;
  talk(options: Pick<TalkOptions, "submission" | "interactor" | "signals">): Promise<Talk>;
}

const wordOf = (exitCode: number | null): Word => (exitCode === 42 ? "accepted" : exitCode === 43 ? "wrong" : "failed");

/** The submission is out of time first, as the interactor waits for it. */
const usual = { submission: { maxCpu: 0.2, maxTime: 5 }, interactor: { maxCpu: 5, maxTime: 10 } };

/** @param jobs how many talks there may be at once @param config of the submission's boxes @param loop null: no loop of ours, as in the library */
export async function openTable({ jobs = 2, config = {}, loop = new RunLoop() }: { readonly jobs?: number; readonly config?: IsolateConfigInput; readonly loop?: RunLoop | null } = {}): Promise<Table> {
  const directory = makeTestDirectory("talk");
  const stateDir = `${directory}/state`;
  const mounts = [`actor=${await program("interact/actor")}`];
  const [submissions, interactors] = [new IsolatePool({ boxes: jobs, stateDir, config: { process_limit: 8, ...config, mounts } }), new IsolatePool({ boxes: jobs, stateDir, config: { process_limit: 8, mounts } })];
  const start = (pool: IsolatePool, part: string, overrides: Overrides, file = "/actor"): Start =>
    ({ stdin, ...given }) => pool.use((box) => box.run([file, ...part.split(" ")], stdin, { ...plainRun, overrides, ...given }));
  const play = async (submission: string, interactor: string, limits: Limits): Promise<Seen> => {
    const ofSubmission = { ...usual.submission, ...limits.submission };
    const seen = await talk({ submission: start(submissions, submission, ofSubmission), interactor: start(interactors, interactor, { ...usual.interactor, ...limits.interactor }), wordOf, loop });
    const check = builtInCheck(seen.word ?? "failed", `its word: ${seen.word}`);
    const pass = talkRecord(seen, recordOf(seen.submission, seen.outputBytes), check, seen.interactor, seen.transcript, ofSubmission.maxCpu);
    const { verdict, message } = passVerdict(pass, { cpu_time_limit: ofSubmission.maxCpu, wall_time_limit: ofSubmission.maxTime, memory_limit: null, output_limit: null });
    return { ...seen, pass, verdict, message };
  };
  return {
    starts: (submission, interactor, file) => ({ submission: start(submissions, submission, usual.submission, file), interactor: start(interactors, interactor, usual.interactor, file) }),
    talk: (options) => (loop === null ? talk({ ...options, wordOf, loop }) : loop.work(() => talk({ ...options, wordOf, loop }))),
    play: (submission, interactor, limits = {}) => (loop === null ? play(submission, interactor, limits) : loop.work(() => play(submission, interactor, limits))),
    [Symbol.asyncDispose]: async () => {
      for (const pool of [submissions, interactors]) await pool.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function recordOf({ status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message }: ExecutionResult, output_bytes: number): RunRecord {
  return { status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message, output_bytes };
}
