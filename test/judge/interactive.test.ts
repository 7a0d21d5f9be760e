// A submission and an interactor that talk: who ended first, ends of output, floods, and programs that mean harm.
import { describe, expect } from "bun:test";
import type { Verdict } from "../../src/judge/verdict.ts";
import { claimWith, sandbox, slow } from "../helpers/requires.ts";
import { openTable, type Limits } from "./talk.ts";

const claim = claimWith(...sandbox);

interface Row {
  readonly what: string;
  readonly submission: string;
  readonly interactor: string;
  readonly verdict: Verdict;
  /** null: nothing depends on it, and it may be either. */
  readonly first: "submission" | "interactor" | null;
  readonly limits?: Limits;
}

const short: Limits = { submission: { maxTime: 0.3 } };

const rows: readonly Row[] = [
  { what: "the right answer", submission: "hear say:5", interactor: "say:go hear:5 exit:42", verdict: "AC", first: null },
  { what: "the right answer of one that goes first", submission: "say:5", interactor: "hear:5 until-end exit:42", verdict: "AC", first: "submission" },
  { what: "the wrong answer", submission: "hear say:6 wait", interactor: "say:go hear:5 exit:42", verdict: "WA", first: "interactor" },
  { what: "WA, then the submission crashes for the end of its input", submission: "say:1 insist", interactor: "hear exit:43", verdict: "WA", first: "interactor" },
  { what: "WA with a last word, for which the submission crashes", submission: "say:1 insist abort", interactor: "hear say:no exit:43", verdict: "WA", first: "interactor" },
  { what: "WA, then the submission burns CPU time", submission: "say:1 burn", interactor: "hear exit:43", verdict: "WA", first: "interactor" },
  { what: "WA found without asking whether the submission is still there", submission: "say:6 abort", interactor: "hear burn:5 exit:43", verdict: "WA", first: "interactor" },
  { what: "AC with a last word, which the submission hears", submission: "say:1 hear:bye until-end", interactor: "hear say:bye exit:42", verdict: "AC", first: "interactor" },
  { what: "AC, then the submission crashes", submission: "say:1 until-end abort", interactor: "hear exit:42", verdict: "RTE", first: "interactor" },
  { what: "AC, then the submission ends with another code", submission: "say:1 until-end exit:3", interactor: "hear exit:42", verdict: "RTE", first: "interactor" },
  { what: "AC, then the submission is out of CPU time", submission: "say:1 burn", interactor: "hear exit:42", verdict: "TLE", first: "interactor" },
  { what: "AC, then the submission never ends", submission: "say:1 wait", interactor: "hear exit:42", verdict: "TLE", first: "interactor", limits: short },
  { what: "AC, then the submission writes late", submission: "say:1 until-end say:2 sleep:5 say:3", interactor: "hear exit:42", verdict: "AC", first: "interactor" },
  { what: "AC, then the submission writes a lot", submission: "say:1 until-end flood:3000000", interactor: "hear exit:42", verdict: "AC", first: "interactor" },
  { what: "a crash, then WA for it", submission: "abort", interactor: "hear:5 exit:42", verdict: "RTE", first: "submission" },
  { what: "a crash in the middle, then WA for it", submission: "say:1 hear abort", interactor: "hear say:2 hear:3 exit:42", verdict: "RTE", first: "submission" },
  { what: "a crash with output on its way, then AC all the same", submission: "say:1 abort", interactor: "hear:1 until-end exit:42", verdict: "RTE", first: "submission" },
  { what: "exit code 0 too early, then WA", submission: "say:1", interactor: "hear hear:2 exit:42", verdict: "WA", first: "submission" },
  { what: "out of CPU time, while the interactor waits and would say WA", submission: "say:1 burn", interactor: "hear hear:2 exit:42", verdict: "TLE", first: "submission" },
  { what: "out of CPU time, while the interactor would crash at the end of its input", submission: "burn", interactor: "insist exit:42", verdict: "TLE", first: "submission" },
  { what: "out of memory, while the interactor would crash at the end of its input", submission: "allocate", interactor: "insist exit:42", verdict: "MLE", first: "submission", limits: { submission: { maxMemory: 16e6, maxCpu: 2 } } },
  { what: "both wait for ever", submission: "hear", interactor: "hear", verdict: "TLE", first: "submission", limits: short },
  { what: "both wait, until the interactor is out of time", submission: "hear", interactor: "hear", verdict: "TLE", first: "submission", limits: { submission: { maxTime: 5 }, interactor: { maxTime: 0.3 } } },
  { what: "an interactor that is out of time when the submission is gone", submission: "exit:0", interactor: "sleep:5000", verdict: "JE", first: "submission", limits: { interactor: { maxTime: 0.3 } } },
  { what: "an interactor that burns CPU time while the submission waits", submission: "hear", interactor: "burn", verdict: "JE", first: "interactor", limits: { interactor: { maxCpu: 0.2 } } },
  { what: "an interactor that crashes while the submission waits", submission: "hear", interactor: "abort", verdict: "JE", first: "interactor" },
  { what: "an interactor with an exit code that says nothing", submission: "exit:0", interactor: "until-end exit:0", verdict: "JE", first: "submission" },
  { what: "an interactor that crashes for the crash of the submission", submission: "abort", interactor: "insist exit:42", verdict: "JE", first: "submission" },
  { what: "an interactor that is out of memory", submission: "hear", interactor: "allocate", verdict: "JE", first: "interactor", limits: { interactor: { maxMemory: 16e6 } } },
  { what: "the interactor closes its output and reads on", submission: "until-end say:5", interactor: "say:1 close-out hear:5 exit:42", verdict: "AC", first: null },
  { what: "the submission closes its output and lives on", submission: "say:1 close-out sleep:50 abort", interactor: "hear hear:2 exit:42", verdict: "RTE", first: "submission" },
  { what: "the submission closes its output and stays", submission: "close-out wait", interactor: "hear exit:42", verdict: "TLE", first: "submission", limits: short },
  { what: "the submission closes its input, and the interactor writes on", submission: "close-in say:1 until-end", interactor: "hear flood:100000 exit:42", verdict: "AC", first: null },
  { what: "the submission is gone, and the interactor writes a lot", submission: "exit:0", interactor: "sleep:20 flood:9000000 exit:42", verdict: "AC", first: null },
  { what: "an interactor that never reads", submission: "flood:1000000", interactor: "sleep:20 exit:42", verdict: "AC", first: null },
  { what: "the interactor writes and nobody reads", submission: "wait", interactor: "flood:-1", verdict: "TLE", first: "submission", limits: short },
  { what: "both write and nobody reads", submission: "flood:-1", interactor: "flood:-1", verdict: "TLE", first: "submission", limits: short },
  { what: "the submission prints a gigabyte", submission: "flood:1000000000", interactor: "until-end exit:42", verdict: "OLE", first: "submission", limits: { submission: { maxCpu: 5 } } },
  { what: "the submission forks without end", submission: "fork", interactor: "hear:5 exit:42", verdict: "TLE", first: "submission" },
  { what: "the submission loops", submission: "burn", interactor: "say:1 hear exit:42", verdict: "TLE", first: "submission" },
];

describe("a talk of a submission and an interactor", () => {
  claim("has the verdict of what ended it", async () => {
    await using table = await openTable();
    const seen: [string, string, string | null][] = [];
    const left = [...rows];
    const job = async () => {
      for (let row = left.shift(); row !== undefined; row = left.shift()) {
        const { verdict, first } = await table.play(row.submission, row.interactor, row.limits);
        seen.push([row.what, verdict, row.first === null ? null : first]);
      }
    };
    await Promise.all([job(), job()]);
    const byRow = ([one]: readonly unknown[], [other]: readonly unknown[]) => String(one).localeCompare(String(other));
    expect(seen.toSorted(byRow)).toEqual(rows.map(({ what, verdict, first }): [string, string, string | null] => [what, verdict, first]).toSorted(byRow));
  });

  /** Where one end comes of the other, or both come at the same time. */
  const races: readonly Row[] = [
    ...rows.filter(({ what }) => what.startsWith("WA, then the submission crashes") || what.startsWith("WA with") || what.startsWith("AC with") || what === "a crash, then WA for it"),
    { what: "both at once", submission: "say:6 abort", interactor: "hear exit:43", verdict: "WA", first: "interactor" },
  ];
  const repetitions = slow.missing === null ? 1000 : 20;

  claim(`has no verdict by luck in ${repetitions} repetitions of each race`, async () => {
    await using table = await openTable();
    for (const { what, submission, interactor, verdict, first } of races) {
      const counts = new Map<string, number>();
      const job = async () => {
        for (let round = 0; round < repetitions / 2; round++) {
          const seen = await table.play(submission, interactor);
          const key = `${seen.verdict}, first the ${seen.first}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      };
      await Promise.all([job(), job()]);
      expect([what, ...counts]).toEqual([what, [`${verdict}, first the ${first}`, repetitions]]);
    }
  }, { timeout: 600_000 });

  claim("tells a deadlock from a submission that computes or is not read", async () => {
    await using table = await openTable();
    const messages = await Promise.all([table.play("hear", "hear", short), table.play("burn", "hear"), table.play("flood:-1", "wait", short), table.play("wait", "flood:-1", short)].map(async (seen) => (await seen).message));
    expect(messages.map((message) => message?.includes("deadlock"))).toEqual([true, false, false, false]);
    expect(messages[1]).toBe("more than 0.2 s of CPU time");
  });

  claim("keeps no more of the CPU time of a submission with a wrong answer than its limit", async () => {
    await using table = await openTable();
    const { pass, submission } = await table.play("say:1 burn", "hear exit:43");
    expect(pass.run).toMatchObject({ status: "Signaled", error_message: "the judge ended it, as the interactor had ended" });
    expect(pass.run!.cpu_time).toBeLessThanOrEqual(0.2);
    expect(submission.status).toBe("InternalError");
  });

  claim("hands on 100 MB each way, and keeps little of it", async () => {
    await using table = await openTable({ config: { output_limit: 200_000_000 } });
    const bytes = 100_000_000;
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    let most = 0;
    const look = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    try {
      const limits = { submission: { maxCpu: 5 } };
      expect(await table.play(`swallow:${bytes} say:all`, `flood:${bytes} hear:all exit:42`, limits)).toMatchObject({ verdict: "AC", outputBytes: 4 });
      const { verdict, outputBytes, transcript } = await table.play(`flood:${bytes} hear`, `swallow:${bytes} say:all exit:42`, limits);
      expect([verdict, outputBytes]).toEqual(["AC", bytes]);
      expect(transcript.reduce((sum, { text }) => sum + text.length, 0)).toBe(8 * 1024);
      expect(transcript.map(({ from, left_out: leftOut }) => [from, leftOut])).toEqual([["submission", undefined], ["submission", bytes + 4 - 8 * 1024], ["interactor", undefined]]);
    } finally {
      clearInterval(look);
    }
    expect(most - before).toBeLessThan(60e6);
  });

  claim("keeps what both said, in its order", async () => {
    await using table = await openTable();
    const { transcript } = await table.play("hear say:2 hear say:4", "say:1 hear:2 say:3 hear:4 exit:42");
    expect(transcript).toEqual([
      { from: "interactor", text: "1\n" }, { from: "submission", text: "2\n" }, { from: "interactor", text: "3\n" }, { from: "submission", text: "4\n" },
    ]);
  });

  claim("goes to and fro thousands of times in less than the time that a pause for each would take", async () => {
    await using table = await openTable();
    const { verdict, outputBytes } = await table.play("echo", "ask:3000 exit:42", { submission: { maxCpu: 2 } });
    expect([verdict, outputBytes]).toEqual(["AC", 13_890]);
  });

  claim("needs no loop of ours", async () => {
    await using table = await openTable({ loop: null, jobs: 1 });
    expect(await table.play("hear say:5", "say:go hear:5 exit:42")).toMatchObject({ verdict: "AC" });
    expect(await table.play("say:1 insist", "hear exit:43")).toMatchObject({ verdict: "WA", first: "interactor" });
    expect(await table.play("abort", "hear:5 exit:42")).toMatchObject({ verdict: "RTE", first: "submission" });
    expect(await table.play(`swallow:20000000 say:all`, `flood:20000000 hear:all exit:42`, { submission: { maxCpu: 5 } })).toMatchObject({ verdict: "AC" });
  });

  claim("ends one side when the other cannot be started", async () => {
    await using table = await openTable();
    const { submission, interactor } = table.starts("hear", "hear");
    const refuse = () => Promise.reject(new Error("refused"));
    await expect(table.talk({ submission: refuse, interactor })).rejects.toThrow("refused");
    await expect(table.talk({ submission, interactor: refuse })).rejects.toThrow("refused");
    const absent = table.starts("hear", "hear", "/none");
    expect(await table.talk({ submission, interactor: absent.interactor })).toMatchObject({ word: null, interactor: { exit_code: 127 }, isSubmissionStopped: true });
    expect(await table.talk({ submission: absent.submission, interactor })).toMatchObject({ first: "submission", submission: { exit_code: 127 } });
  });

  claim("ends both when the judge is told to stop", async () => {
    await using table = await openTable();
    const seen = await table.talk({ ...table.starts("hear", "hear"), signals: () => ({ take: () => ["SIGINT"], close: () => {} }) });
    expect([seen.submission.status, seen.interactor.status]).toEqual(["InternalError", "InternalError"]);
  });
});
