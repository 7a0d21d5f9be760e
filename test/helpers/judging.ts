/** Documents of judgings, made by hand: what the report and the grid of `judge` are tested with. */
import type { JudgingDocument, SubmissionDocument, TestDocument } from "../../src/judge/document.ts";
import type { Verdict } from "../../src/judge/verdict.ts";

const limits = { cpu_time_limit: 1, wall_time_limit: 3, memory_limit: 256 * 2 ** 20, output_limit: 64 * 2 ** 20 };

export function testOf(name: string, more: Partial<TestDocument> = {}): TestDocument {
  return {
    name, group: "", sample: false, verdict: "AC", as_expected: null, message: null, score: null, status: "Success", cpu_time: 0.012, wall_time: 0.013, memory_peak: 3 * 2 ** 20, exit_code: 0, signal: null,
    output_bytes: 120, stderr: null, passes: [], first_to_end: null, checker: null, core: 1, reruns: 0, near_limit: false, idle: false, ...more,
  };
}

/** A test that was not run. */
export function notRun(name: string, more: Partial<TestDocument> = {}): TestDocument {
  return testOf(name, { verdict: null, status: null, cpu_time: null, wall_time: null, memory_peak: null, exit_code: null, output_bytes: null, core: null, ...more });
}

export function submissionOf(path: string, tests: readonly TestDocument[], more: Partial<SubmissionDocument> = {}): SubmissionDocument {
  const run = tests.filter(({ cpu_time }) => cpu_time !== null);
  const slowest = run.toSorted((one, other) => other.cpu_time! - one.cpu_time!)[0];
  return {
    path, language: "cpp", expected: ["AC"], expected_by: "submissions/accepted", verdict: tests.find(({ verdict }) => verdict !== "AC")?.verdict ?? "AC", message: null, as_expected: true, unexpected: [], notes: [], score: null, max_score: null,
    stopped: false, compile: null, slowest: slowest === undefined ? null : { test: slowest.name, time: slowest.cpu_time! }, flips: null, limits, groups: [], tests, ...more,
  };
}

export function documentOf(submissions: readonly SubmissionDocument[], more: Partial<JudgingDocument> = {}): JudgingDocument {
  return {
    problem: "sums", format: "2025-09",
    time_limit: { value: 1, source: "package", lower: null, upper: null, lower_by: null, upper_by: null, multipliers: null, factors: {} },
    limits, submissions, judge_errors: [],
    machine: { cpu: "AMD EPYC 7763", cores: 8, memory: 32 * 2 ** 30, kernel: "6.1.0-28-amd64", version: "0.1.0", jobs: 7 },
    enforced: { memory: "cgroup-v2", cpu_time: "cgroup-v2", wall_time: "clock", processes: "cgroup-v2", network: "namespace", filesystem: "pivot_root", syscalls: "seccomp", cpus: "cgroup-v2", user: 60000 },
    warnings: [], ...more,
  };
}

/** A judging as a setter has it shortly before the contest: most is well, a few things are not. */
export function realisticJudging(): JudgingDocument {
  const names = (prefix: string, from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${prefix}/${String(from + index).padStart(2, "0")}`);
  const groups = [{ name: "sample", tests: names("sample", 1, 2) }, { name: "secret/small", tests: names("secret/small", 1, 12) }, { name: "secret/medium", tests: names("secret/medium", 13, 26) }, { name: "secret/large", tests: names("secret/large", 27, 40) }];
  const all = groups.flatMap(({ name: group, tests }) => tests.map((name) => ({ name, group, sample: group === "sample" })));
  // The same numbers each time.
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const growth = (index: number) => (index < 2 ? 0.0012 : 0.0012 * 1.16 ** index);
  const runs = (slowness: number, change: (index: number, time: number) => Partial<TestDocument> = () => ({}), base = 0, memory = 3, limit = 1) =>
    all.map(({ name, ...of }, index) => {
      const time = Number((base + growth(index) * slowness * (0.9 + 0.2 * random())).toFixed(6));
      const more = change(index, time);
      const timed = time > limit && more.verdict === undefined ? { verdict: "TLE" as const, status: "TimeLimit" as const, cpu_time: time, wall_time: Number((time * 1.01).toFixed(6)), message: `more than ${limit} s of CPU time`, exit_code: null, signal: 9 } : { cpu_time: time, wall_time: Number((time * 1.02 + 0.001).toFixed(6)) };
      return testOf(name, { ...of, memory_peak: Math.round((memory + growth(index) * 40) * 2 ** 20), core: 1 + (index % 7), near_limit: time > 0.9 * limit && time < 1.1 * limit, ...timed, ...more });
    });
  const grouped = (tests: readonly TestDocument[]) => {
    const max: Record<string, number> = { "secret/small": 20, "secret/medium": 30, "secret/large": 50 };
    return groups.map(({ name }) => {
      const bad = tests.find(({ group, verdict }) => group === name && verdict !== "AC");
      return { name, verdict: (bad?.verdict ?? "AC") as Verdict, score: max[name] === undefined ? null : bad === undefined ? max[name] : 0, max_score: max[name] ?? null };
    });
  };
  const submission = (path: string, tests: readonly TestDocument[], more: Partial<SubmissionDocument> = {}) => {
    const scored = grouped(tests);
    return submissionOf(path, tests, { groups: scored, score: scored.reduce((sum, { score }) => sum + (score ?? 0), 0), max_score: 100, expected_by: path.split("/").slice(0, 2).join("/"), ...more });
  };
  const differs = (line: number, column: number) => `line ${line}, column ${column}: found '4294967296', the answer has '-4294967296'`;
  const wrong = (message: string) => ({ verdict: "WA" as const, message, checker: { exit_code: 43, message, score: null, time: 0.004 } });
  const compile = (stderr = "") => ({ status: "Success" as const, cached: false, cpu_time: 0.61, wall_time: 0.64, memory_peak: 90 * 2 ** 20, exit_code: 0, stdout: "", stderr });
  return documentOf(
    [
      submission("submissions/accepted/sum.cpp", runs(1), { compile: compile() }),
      submission("submissions/accepted/sum.py", runs(4.1, undefined, 0.014, 9, 3), { language: "python", limits: { ...limits, cpu_time_limit: 3, wall_time_limit: 7 } }),
      submission("submissions/accepted/prefix.java", runs(0.717, undefined, 0.08, 38), { language: "java", compile: compile("Note: Main.java uses unchecked or unsafe operations.\n") }),
      submission("submissions/accepted/fenwick.cpp", runs(0.8, (index) => (index === 33 ? wrong(differs(18, 7)) : {})), { verdict: "WA", as_expected: false, unexpected: ["the verdict is WA, and has to be AC"], compile: compile("fenwick.cpp: In function 'int main()':\nfenwick.cpp:14:9: warning: unused variable 'n' [-Wunused-variable]\n") }),
      submission("submissions/wrong_answer/overflow.cpp", runs(0.9, (index) => (index >= 24 && index % 3 === 0 ? wrong(differs(3, 1)) : {})), { expected: ["WA"], compile: compile() }),
      submission("submissions/wrong_answer/no-negative.py", runs(2.4, (index) => (index === 5 || index === 17 ? wrong("line 1, column 1: found '3', the answer has '-3'") : {}), 0.014, 9, 3), { language: "python", expected: ["WA"], limits: { ...limits, cpu_time_limit: 3, wall_time_limit: 7 } }),
      submission("submissions/time_limit_exceeded/quadratic.cpp", runs(26), { expected: ["TLE"], compile: compile() }),
      submission("submissions/wrong_answer/no-modulus.cpp", runs(1), { expected: ["WA"], verdict: "AC", as_expected: false, unexpected: ["the verdict is AC, and has to be WA"], compile: compile() }),
      submission("submissions/mixed/slow-input.cpp", runs(2, (index) => (index === 38 ? { cpu_time: 0.961, wall_time: 0.98, near_limit: true, reruns: 1 } : {})), { expected: ["AC", "TLE"], compile: compile() }),
      submission("submissions/run_time_error/small-array.cpp", runs(1, (index) => (index > 30 ? { verdict: "RTE", status: "RuntimeError", exit_code: null, signal: 11, message: "the program was ended by signal 11 (SIGSEGV)" } : {})), { expected: ["RTE"], compile: compile() }),
    ],
    {
      time_limit: {
        value: 1, source: "inferred", lower: 0.958, upper: 8.821, lower_by: { submission: "submissions/accepted/prefix.java", test: "secret/large/40" }, upper_by: { submission: "submissions/time_limit_exceeded/quadratic.cpp", test: "secret/large/40" },
        multipliers: { ac_to_limit: 2, limit_to_tle: 1.5 }, factors: { python: 3 },
      },
    },
  );
}
