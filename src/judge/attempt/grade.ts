/** Groups that a program of the jury decides: it is asked until nothing is open. */
import { decide } from "../decide/decide.ts";
import { graderKey, parseGraderAnswer, type GraderAnswer, type GraderQuestion } from "../decide/grader.ts";
import type { Course } from "../course.ts";
import type { Job } from "../job.ts";
import type { Group, Rule } from "../problem.ts";

/** The answers are in the course's policy from then on. */
export async function grade(job: Job, course: Course): Promise<void> {
  for (;;) {
    const { questions } = decide(job.problem, course.records, course.policy);
    if (questions.length === 0) return;
    for (const question of questions) course.grades.set(graderKey(question), await answerTo(job, question));
  }
}

async function answerTo(job: Job, { group, input }: GraderQuestion): Promise<GraderAnswer> {
  const grader = groupNamed(job.problem.root, group)?.rule.grader ?? null;
  if (grader === null || job.jury === null) return { failed: "there is no grader" };
  const ready = await job.jury.prepare(grader.program);
  const { run, stdout, stderr, problem } = await job.jury.run(ready, { args: () => grader.flags, stdin: { kind: "bytes", bytes: Buffer.from(input) }, cpus: job.cpus });
  if (problem !== null) return { failed: `the grader of ${group}: ${problem}` };
  const complaint = Buffer.from(stderr).toString("utf8").trim().slice(0, 200);
  if (run.exit_code !== 0) return { failed: `the grader of ${group} ended with ${run.signal === null ? `exit code ${run.exit_code}` : `signal ${run.signal}`}${complaint === "" ? "" : `: ${complaint}`}` };
  return parseGraderAnswer(Buffer.from(stdout).toString("utf8"));
}

function groupNamed(group: Group, name: string): { readonly rule: Rule } | null {
  if (group.name === name) return group;
  for (const child of group.children) {
    const found = typeof child === "number" ? null : groupNamed(child, name);
    if (found !== null) return found;
  }
  return null;
}
