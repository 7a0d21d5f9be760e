/** A box in which one call of the supervisor's or of the launcher's fails, and the looking at what came of it. */
import { expect } from "bun:test";
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { LaunchPlan } from "../../src/model/plan.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { telltale } from "./plan-box.ts";
import { type Injected, type TracedCall, traced, withFault } from "./strace.ts";

/** Of no other test's box, so that what is left is ours. */
export const uid = "63101";
/** Groups of other tests go away within this. */
const patienceMs = 20_000;

/** A call of the supervisor that is made to fail. */
export interface Fault {
  readonly claim: string;
  readonly call: string;
  /** Which of the calls of that name: one that this fits, or by number from 1. */
  readonly which: RegExp | number;
  /** Of those that fit, this one, from 1. */
  readonly nth?: number;
  readonly error: string;
  /** What is on standard error. */
  readonly says: RegExp;
  /** Where the program is by then: not started when nothing is said; `runs`: perhaps running, so it has to be ended; `ending`: nobody knows how; `ended`. */
  readonly program?: "runs" | "ending" | "ended";
  readonly flags?: readonly string[];
}

export interface Scene extends AsyncDisposable {
  readonly state: State;
  /** Whether the telltale ran since the last look. */
  ran(): boolean;
  /** Runs with the call failing; a run in which another call failed than the one that was meant does not count. */
  fail(args: readonly string[], fault: Pick<Fault, "call" | "which" | "nth" | "error" | "program">): Promise<Injected>;
  /** The box works, and when it is removed nothing of it is left. */
  expectUsable(): Promise<void>;
}

/** A group that is busy for a moment is removed by one call more in one run than in another. */
const shifts = [0, 0, -1, 1, 0, -1, 1, -2];

/** Makes a box in a state directory of its own. */
export async function openScene(): Promise<Scene> {
  const state = openState();
  const box = await boxWith(state, [], { init: ["--uid", uid] });
  const mark = join(box.directory, "ran");
  return {
    state,
    ran: () => existsSync(mark),
    fail: async (args, { call, which, nth = 1, error, program }) => {
      // One that would stay for long shows whether it is ended.
      const [command, undisturbed] = program === "runs" ? [["/bin/sleep", "100"], ["/bin/true"]] : program === "ending" ? [["/bin/true"], ["/bin/true"]] : [telltale, telltale];
      const plain = [...args, ...undisturbed];
      for (let attempt = 1; ; attempt++) {
        const calls = (await traced(state, plain, [call])).filter(({ name }) => name === call);
        await state.mini(["run", "--box-id", "0", "--", "/bin/rm", "-f", "/box/ran"]);
        const seen = await withFault(state, [...args, ...command], { call, error, when: Math.max(1, positionOf(calls, which, nth) + shifts[attempt - 1]!) });
        const [line = ""] = seen.failed;
        if (seen.failed.length === 1 && (typeof which === "number" || which.test(line))) return seen;
        if (attempt === shifts.length) throw new Error(`${call} did not fail where it was meant to: ${line}`);
      }
    },
    expectUsable: async () => {
      const next = await state.json(["run", "--box-id", "0", "--", "/bin/true"]);
      expect(next.result.status).toBe("Success");
      const gone = await state.mini(["cleanup", "--box-id", "0"]);
      expect([gone.exitCode, gone.stderr]).toEqual([0, ""]);
      expect(lstatSync(join(state.directory, "0"), { throwIfNoEntry: false })).toBeUndefined();
      await expectNothingLeft(state, patienceMs);
    },
    [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
  };
}

function positionOf(calls: readonly TracedCall[], which: RegExp | number, nth: number): number {
  if (typeof which === "number") return which;
  const fitting = calls.flatMap(({ line }, index) => (which.test(line) ? [index + 1] : []));
  return fitting[nth - 1] ?? 1;
}

/** The steps of a plan that nobody but the launcher can be hit by: strace counts in each process, and only its counts go so far. */
export async function ofTheLauncherAlone({ state }: Scene, plan: LaunchPlan): Promise<{ call: string; when: number; does: string }[]> {
  // Of these the launcher makes more than the plan says (it joins cgroups), or all make very many.
  const names = [...new Set(plan.steps.map(({ call }) => call))].filter((name) => !["openat", "write", "close"].includes(name));
  const byProcess = new Map<string, number>();
  for (const { line, name } of await traced(state, ["run", "--box-id", "0", "--", "/bin/true"], [...names, "pivot_root"], { all: true })) {
    const key = `${line.split(" ", 1)[0]} ${name}`;
    byProcess.set(key, (byProcess.get(key) ?? 0) + 1);
  }
  const launcher = [...byProcess.keys()].find((key) => key.endsWith(" pivot_root"))!.split(" ", 1)[0];
  const others = new Map<string, number>();
  for (const [key, count] of byProcess) {
    const [pid, name = ""] = key.split(" ");
    if (pid !== launcher) others.set(name, Math.max(others.get(name) ?? 0, count));
  }
  const seen = new Map<string, number>();
  // A call that strace makes fail has the number -1 by the time that the filter sees it, and the filter ends the launcher for that.
  const last = plan.steps.findIndex(({ call }) => call === "seccomp");
  return plan.steps.slice(0, last + 1).flatMap(({ call, does }) => {
    const when = (seen.get(call) ?? 0) + 1;
    seen.set(call, when);
    // Forty times the same is no more proof than once.
    const isRepetition = /^drop capability [1-9]/.test(does);
    return !names.includes(call) || isRepetition || when <= (others.get(call) ?? 0) ? [] : [{ call, when, does }];
  });
}
