// What a talk of submission and interactor means, without running anything: the record of a pass, its verdict, the transcript.
import { describe, expect, test } from "bun:test";
import { passVerdict } from "../../../src/judge/decide/test.ts";
import { groupRecord, type GroupFacts } from "../../../src/judge/interact/group-record.ts";
import { Transcript, Transcripts } from "../../../src/judge/interact/transcript.ts";
import { talkRecord, type TalkFacts, type Word } from "../../../src/judge/interact/talk-record.ts";
import { builtInCheck, type RunRecord } from "../../../src/judge/records.ts";
import type { Verdict } from "../../../src/judge/verdict.ts";

const runs = {
  well: { status: "Success", limit: null, exit_code: 0, signal: null, cpu_time: 0.1 },
  crashed: { status: "Signaled", limit: null, exit_code: null, signal: 11, cpu_time: 0.1 },
  failed: { status: "RuntimeError", limit: null, exit_code: 3, signal: null, cpu_time: 0.1 },
  cpu: { status: "TimeLimit", limit: "cpu_time", exit_code: null, signal: 9, cpu_time: 1.1 },
  wall: { status: "TimeLimit", limit: "wall_time", exit_code: null, signal: 9, cpu_time: 0.1 },
  memory: { status: "MemoryLimit", limit: "memory", exit_code: null, signal: 9, cpu_time: 0.1 },
  output: { status: "FileSizeLimit", limit: "output", exit_code: null, signal: 9, cpu_time: 0.1 },
  stopped: { status: "InternalError", limit: null, exit_code: null, signal: 9, cpu_time: 1.2 },
  lost: { status: "InternalError", limit: null, exit_code: null, signal: null, cpu_time: 0 },
} as const satisfies Record<string, Partial<RunRecord>>;

const limits = { cpu_time_limit: 1, wall_time_limit: 3, memory_limit: 2 ** 28, output_limit: 2 ** 23 };
const nothing: TalkFacts = { first: null, word: null, interactorKilledFor: null, isInteractorStopped: false, isSubmissionStopped: false, isWaitedOut: false, isDeadlock: false };

function record(run: keyof typeof runs, facts: Partial<TalkFacts>) {
  const whole: RunRecord = { wall_time: 0.5, memory_peak: null, error_message: run, output_bytes: 0, ...runs[run] };
  const word: Word = facts.word ?? "failed";
  return talkRecord({ ...nothing, ...facts }, whole, builtInCheck(word, `said ${word}`), { error_message: "the interactor's end" }, null, limits.cpu_time_limit);
}

const verdictOf = (run: keyof typeof runs, facts: Partial<TalkFacts>) => passVerdict(record(run, facts), limits).verdict;

type Row = readonly [what: string, run: keyof typeof runs, facts: Partial<TalkFacts>, verdict: Verdict];
const first = (who: TalkFacts["first"], word: Word | null, more: Partial<TalkFacts> = {}): Partial<TalkFacts> => ({ first: who, word, ...more });
const cut = first("submission", null, { isInteractorStopped: true });

const rows: readonly Row[] = [
  // 1: the interactor failed by itself.
  ["the interactor failed first", "stopped", first("interactor", "failed", { isSubmissionStopped: true }), "JE"],
  ["the interactor failed, the submission was well", "well", first("submission", "failed"), "JE"],
  ["the interactor failed after a crash of the submission", "crashed", first("submission", "failed"), "JE"],
  ["the interactor reached a limit of its own", "stopped", first("interactor", null, { interactorKilledFor: "cpu", isSubmissionStopped: true }), "JE"],
  ["the interactor was out of time when the submission was gone", "well", first("submission", null, { interactorKilledFor: "wall" }), "JE"],
  ["the interactor could not be run", "stopped", first("submission", null, { isSubmissionStopped: true }), "JE"],
  // 2: WA, and it ended first.
  ["WA first, the submission was ended for it", "stopped", first("interactor", "wrong", { isSubmissionStopped: true }), "WA"],
  ["WA first, then a crash", "crashed", first("interactor", "wrong"), "WA"],
  ["WA first, then out of CPU time", "cpu", first("interactor", "wrong"), "WA"],
  ["WA first, then out of memory", "memory", first("interactor", "wrong"), "WA"],
  ["WA first, then too much output", "output", first("interactor", "wrong"), "WA"],
  ["WA first, then well", "well", first("interactor", "wrong"), "WA"],
  // 3: out of time.
  ["out of CPU time first", "cpu", cut, "TLE"],
  ["out of time on the clock first", "wall", cut, "TLE"],
  ["out of CPU time after AC", "cpu", first("interactor", "accepted"), "TLE"],
  ["out of time on the clock after AC", "wall", first("interactor", "accepted"), "TLE"],
  ["out of CPU time first, then WA of itself", "cpu", first("submission", "wrong"), "TLE"],
  ["the interactor waited until its own time was over", "stopped", first("submission", null, { interactorKilledFor: "wall", isWaitedOut: true, isSubmissionStopped: true }), "TLE"],
  ["both waited", "wall", { ...cut, isDeadlock: true }, "TLE"],
  // 4: the submission failed.
  ["a crash first, then WA", "crashed", first("submission", "wrong"), "RTE"],
  ["a crash first, then AC", "crashed", first("submission", "accepted"), "RTE"],
  ["a crash after AC", "crashed", first("interactor", "accepted"), "RTE"],
  ["another exit code after AC", "failed", first("interactor", "accepted"), "RTE"],
  ["another exit code first, then WA", "failed", first("submission", "wrong"), "RTE"],
  ["out of memory first", "memory", cut, "MLE"],
  ["too much output first", "output", cut, "OLE"],
  // 5: the word of the interactor.
  ["well, then AC", "well", first("submission", "accepted"), "AC"],
  ["well, then WA", "well", first("submission", "wrong"), "WA"],
  ["AC, then well", "well", first("interactor", "accepted"), "AC"],
  // Neither's doing.
  ["the submission could not be run", "lost", cut, "JE"],
];

describe("the verdict of a talk", () => {
  test.each(rows)("%s", (_, run, facts, verdict) => expect(verdictOf(run, facts)).toBe(verdict));

  test("can be decided again with a smaller limit, but for a wrong answer that came first", () => {
    const smaller = { ...limits, cpu_time_limit: 0.05 };
    expect(passVerdict(record("well", first("submission", "accepted")), smaller).verdict).toBe("TLE");
    expect(passVerdict(record("well", first("interactor", "wrong")), smaller).verdict).toBe("WA");
  });
});

describe("the record of a talk", () => {
  test("has no more CPU time than the limit when a wrong answer came first", () => {
    expect(record("cpu", first("interactor", "wrong")).run!.cpu_time).toBe(1);
    expect(record("cpu", first("interactor", "accepted")).run!.cpu_time).toBe(1.1);
  });

  test("does not take a submission that the judge ended for a fault of the judge", () => {
    expect(record("stopped", first("interactor", "wrong", { isSubmissionStopped: true })).run).toMatchObject({ status: "Signaled", signal: 9, error_message: "the judge ended it, as the interactor had ended" });
  });

  test("has no check of an interactor that the judge ended", () => expect(record("cpu", cut).check).toBeNull());

  test("says that both waited", () => {
    const { message } = passVerdict(record("wall", { ...cut, isDeadlock: true }), limits);
    expect(message).toEndWith("; deadlock: submission and interactor both waited, and nothing was on its way between them");
  });
});

describe("a transcript", () => {
  const bytes = (text: string) => Buffer.from(text);

  test("puts pieces of one side together, a letter in two pieces too", () => {
    const transcript = new Transcript();
    transcript.add("submission", bytes("ä").subarray(0, 1));
    transcript.add("submission", bytes("ä").subarray(1));
    transcript.add("interactor", new Uint8Array(0));
    transcript.add("submission", bytes("b\n"));
    transcript.add("interactor", new Uint8Array([0xff]));
    expect(transcript.said()).toEqual([{ from: "submission", text: "äb\n" }, { from: "interactor", text: "\ufffd" }]);
  });

  test("tells the processes of a submission apart", () => {
    const transcript = new Transcript();
    for (const process of [0, 1, 1]) transcript.add("submission", bytes("x"), process);
    expect(transcript.said()).toEqual([{ from: "submission", process: 0, text: "x" }, { from: "submission", process: 1, text: "xx" }]);
  });

  test.each([0, 1, 1000, 32 * 1024, 64 * 1024 - 1, 64 * 1024])("has all of %d bytes", (length) => {
    const transcript = new Transcript();
    transcript.add("submission", bytes("x".repeat(length)));
    expect(transcript.said()).toEqual(length === 0 ? [] : [{ from: "submission", text: "x".repeat(length) }]);
  });

  test("has the beginning and the end of a long one, and says how much is left out", () => {
    const transcript = new Transcript();
    transcript.add("submission", bytes("a".repeat(40_000)));
    for (let turn = 0; turn < 10; turn++) transcript.add(turn % 2 === 0 ? "interactor" : "submission", bytes(String(turn).repeat(10_000)));
    const said = transcript.said();
    const kept = said.reduce((sum, { text }) => sum + text.length, 0);
    expect(kept).toBe(64 * 1024);
    expect(said[0]!.text).toBe("a".repeat(32 * 1024));
    expect(said[1]).toEqual({ from: "interactor", text: "6".repeat(32 * 1024 - 30_000), left_out: 140_000 - kept });
    expect(said.slice(2).map(({ text }) => text.length)).toEqual([10_000, 10_000, 10_000]);
  });

  test("is shorter of a talk that went well", () => {
    const transcripts = new Transcripts();
    transcripts.add("submission", bytes("a".repeat(100_000)));
    expect([true, false].map((isWell) => transcripts.said(isWell).reduce((sum, { text }) => sum + text.length, 0))).toEqual([8 * 1024, 64 * 1024]);
  });

  test("has a bound for many short turns as well", () => {
    const transcript = new Transcript();
    for (let turn = 0; turn < 100_000; turn++) transcript.add(turn % 2 === 0 ? "interactor" : "submission", bytes("1"));
    const said = transcript.said();
    expect(said.length).toBe(4096);
    expect(said.find(({ left_out: leftOut }) => leftOut !== undefined)!.left_out).toBe(100_000 - 4096);
  });
});

describe("the record of several processes with a manager", () => {
  const whole = { wall_time: 0.5, memory_peak: 10, error_message: null, output_bytes: 3 };
  const run = (kind: keyof typeof runs, more: Partial<RunRecord> = {}): RunRecord => ({ ...whole, ...runs[kind], ...more });
  const facts: GroupFacts = { failedFirst: null, isManagerWell: true, areStopped: [false, false] };
  const check = (word: Word) => ({ ...builtInCheck(word, word), fraction: word === "accepted" ? 1 : 0.5 });
  const verdictOf = (seen: Partial<GroupFacts>, kinds: readonly RunRecord[], word: Word, isSum = true) => passVerdict(groupRecord({ ...facts, ...seen }, kinds, check(word), null, isSum), limits).verdict;

  test.each<[what: string, seen: Partial<GroupFacts>, kinds: (keyof typeof runs)[], word: Word, verdict: Verdict]>([
    ["all well, and the manager content", {}, ["well", "well"], "accepted", "AC"],
    ["all well, and the manager not", {}, ["well", "well"], "wrong", "WA"],
    ["all well, and the manager's word is none", {}, ["well", "well"], "failed", "JE"],
    ["a process failed first", { failedFirst: 1, isManagerWell: false, areStopped: [true, false] }, ["stopped", "crashed"], "failed", "RTE"],
    ["a process failed after the manager was content", {}, ["well", "failed"], "accepted", "RTE"],
    ["a process was out of time first", { failedFirst: 0, isManagerWell: false, areStopped: [false, true] }, ["cpu", "stopped"], "failed", "TLE"],
    ["a process was out of memory after the manager's word", {}, ["memory", "well"], "wrong", "MLE"],
    ["the manager failed first", { failedFirst: "manager", isManagerWell: false, areStopped: [true, true] }, ["stopped", "stopped"], "failed", "JE"],
    ["the manager failed first, then a process", { failedFirst: "manager", isManagerWell: false, areStopped: [false, true] }, ["crashed", "stopped"], "failed", "JE"],
  ])("%s", (_, seen, kinds, word, verdict) => expect(verdictOf(seen, kinds.map((kind) => run(kind, kind === "stopped" ? { cpu_time: 0.1 } : {})), word)).toBe(verdict));

  test("has the CPU times added up, or the longest, and the peak of one", () => {
    const kinds = [run("well", { cpu_time: 0.6, memory_peak: 5 }), run("well", { cpu_time: 0.7, wall_time: 0.9 })];
    expect(groupRecord(facts, kinds, check("accepted"), null, true).run).toMatchObject({ cpu_time: 1.3, wall_time: 0.9, memory_peak: 10, output_bytes: 6 });
    expect(groupRecord(facts, kinds, check("accepted"), null, false).run).toMatchObject({ cpu_time: 0.7 });
    expect([verdictOf({}, kinds, "accepted"), verdictOf({}, kinds, "accepted", false)]).toEqual(["TLE", "AC"]);
  });

  test("names the process that failed, where there are several", () => {
    const failing = run("failed", { error_message: "the program ended with exit code 3" });
    expect(groupRecord(facts, [run("well"), failing], check("accepted"), null, true).run?.error_message).toBe("process 1: the program ended with exit code 3");
    expect(groupRecord({ ...facts, areStopped: [false] }, [failing], check("accepted"), null, true).run?.error_message).toBe("the program ended with exit code 3");
  });
});
