/** The JSON document of a judging, and the line of a test. Seconds and bytes; verdicts are AC WA TLE MLE RTE OLE CE JE. */
import type { SubmissionResult, TestResult } from "../../judge/events.ts";
import type { Problem } from "../../judge/problem.ts";

export interface Judged {
  readonly problem: Problem;
  /** The path as the caller wrote it. */
  readonly path: string;
  readonly result: SubmissionResult;
}

export function judgeDocument({ problem, path, result }: Judged): unknown {
  const { verdict, compile, language, slowest, limits } = result;
  return {
    problem: problem.name,
    format: problem.format,
    limits,
    submissions: [
      {
        path,
        language,
        verdict,
        stopped: result.isStopped,
        compile: compile === null ? null : { status: compile.status, cached: compile.cached, cpu_time: compile.cpu_time, wall_time: compile.wall_time, memory_peak: compile.memory_peak, exit_code: compile.exit_code, stdout: compile.stdout, stderr: compile.stderr },
        slowest,
        tests: problem.tests.map(({ name }, number) => {
          const test = result.tests[number] ?? null;
          return test === null ? { name, verdict: null } : testDocument(test);
        }),
      },
    ],
    judge_errors: result.tests.filter((test) => test?.verdict === "JE").map((test) => ({ test: test!.name, message: test!.message })),
    enforced: result.enforced,
  };
}

export function testDocument(test: TestResult): unknown {
  const { name, verdict, message, cpu_time, wall_time, memory_peak, exit_code, signal, output_bytes, idle, near_limit, reruns, status } = test;
  return { name, verdict, message, status, cpu_time, wall_time, memory_peak, exit_code, signal, output_bytes, idle, near_limit, reruns };
}
