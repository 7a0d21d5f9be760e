/** The jury of a problem that has programs of its own. */
import type { JudgeOptions } from "./options.ts";
import type { Group, Problem, Program } from "./problem.ts";
import type { Jury } from "./programs/jury.ts";

/**
 * Compiles them, before any submission runs.
 * @returns null for a problem without any
 * @throws IsolateError with exit code 5 for a program that does not compile, of kind Config for one that cannot be read
 */
export async function openJury(problem: Problem, { config = {}, stateDir, loop, signals, warn }: JudgeOptions, boxes: number): Promise<Jury | null> {
  const programs = programsOf(problem);
  if (programs.length === 0) return null;
  const jury = new (await import("./programs/jury.ts")).Jury({
    boxes, problem, config, ...(stateDir === undefined ? {} : { stateDir }), ...(loop === undefined ? {} : { loop }), ...(signals === undefined ? {} : { signals }), ...(warn === undefined ? {} : { warn }),
  });
  try {
    for (const program of programs) await jury.prepare(program);
    return jury;
  } catch (error) {
    await jury.close();
    throw error;
  }
}

export function programsOf({ checker, kind, root }: Problem): Program[] {
  return [
    ...(checker.kind === "program" ? [checker.program] : []),
    ...(kind.kind === "interactive" && kind.interactor.protocol === "testlib" ? [kind.interactor.program] : []),
    ...(kind.kind === "communication" ? [kind.manager] : []),
    ...gradersOf(root),
  ];
}

function gradersOf({ rule, children }: Group): Program[] {
  return [...(rule.grader === null ? [] : [rule.grader.program]), ...children.flatMap((child) => (typeof child === "number" ? [] : gradersOf(child)))];
}
