// Two programs that talk, each in a box of its own, on one loop, as the judge runs them.
import { rmSync } from "node:fs";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import { talk, type Talk } from "../../src/judge/interact/talk.ts";
import { passVerdict, talkRecord, type Word } from "../../src/judge/interact/verdict.ts";
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

/** Limits of one side, in seconds and bytes. */
export type Limits = Overrides;

export interface Table extends AsyncDisposable {
  /** Lets two actors (fixtures/interact/actor.c) play their parts. */
  play(submission: string, interactor: string, limits?: { readonly submission?: Limits; readonly interactor?: Limits }): Promise<Seen>;
  /** As many at the same time. */
  together<T>(plays: readonly (() => Promise<T>)[]): Promise<T[]>;
}

const wordOf = (exitCode: number | null): Word => (exitCode === 42 ? "accepted" : exitCode === 43 ? "wrong" : "failed");

/** The limits that {@link Table.play} gives: those of the submission first, as the interactor waits for it. */
const usual = { submission: { maxCpu: 0.3, maxTime: 1.5 }, interactor: { maxCpu: 5, maxTime: 10 } };

export async function openTable({ jobs = 1, loop = new RunLoop() }: { readonly jobs?: number; readonly loop?: RunLoop | null } = {}): Promise<Table> {
  const stateDir = makeTestDirectory("talk");
  const actor = await program("interact/actor");
  const poolOf = () => new IsolatePool({ boxes: jobs, stateDir: `${stateDir}/state`, config: { process_limit: 8, mounts: [`actor=${actor}`] } });
  const pools = [poolOf(), poolOf()] as const;
  const busy = <T>(work: () => Promise<T>) => (loop === null ? work() : loop.work(work));
  const start = (pool: IsolatePool, script: string, overrides: Limits) => (given: object) => pool.use((box) => box.run(["/actor", ...script.split(" ").filter(Boolean)], { kind: "empty" }, { ...plainRun, overrides, ...given }));
  const run = async (submission: string, interactor: string, limits: { submission?: Limits; interactor?: Limits }): Promise<Seen> => {
    const all = { submission: { ...usual.submission, ...limits.submission }, interactor: { ...usual.interactor, ...limits.interactor } };
    const side = (pool: IsolatePool, script: string, overrides: Limits) => (given: { stdin: Parameters<import("../../src/instance/isolate.ts").Isolate["run"]>[1] }) =>
      pool.use((box) => { const { stdin, ...options } = given; return box.run(["/actor", ...script.split(" ").filter(Boolean)], stdin, { ...plainRun, overrides, ...options }); });
    void start;
    const seen = await talk({ submission: side(pools[0], submission, all.submission), interactor: side(pools[1], interactor, all.interactor), wordOf, loop });
    const check = builtInCheck(seen.word === "accepted" ? "accepted" : seen.word === "wrong" ? "wrong" : "failed", `the interactor: ${seen.interactor.error_message}`);
    const pass = talkRecord(seen, recordOf(seen.submission, seen.outputBytes), check, seen.interactor, seen.transcript, all.submission.maxCpu);
    const limitsOf = { cpu_time_limit: all.submission.maxCpu, wall_time_limit: all.submission.maxTime, memory_limit: null, output_limit: null };
    const { verdict, message } = passVerdict(pass, limitsOf);
    return { ...seen, pass, verdict, message };
  };
  return {
    play: (submission, interactor, limits = {}) => busy(() => run(submission, interactor, limits)),
    together: (plays) => Promise.all(plays.map((play) => play())),
    [Symbol.asyncDispose]: async () => {
      for (const pool of pools) await pool.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

function recordOf({ status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message }: ExecutionResult, output_bytes: number): RunRecord {
  return { status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message, output_bytes };
}
