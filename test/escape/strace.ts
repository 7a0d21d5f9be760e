/** Making one system call of the supervisor or of the launcher fail, with strace(1), and saying which one it was. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../helpers/binary.ts";
import type { Outcome } from "../helpers/running.ts";

export const stracePath = "/usr/bin/strace";

/** A call as strace writes it, on one line: `mkdir("/sys/fs/cgroup/...", 0755) = 0`. */
export interface TracedCall {
  readonly name: string;
  readonly line: string;
}

/** Which call is to fail. */
export interface Injection {
  readonly call: string;
  readonly error: string;
  /** Of the calls of this name that one process makes, this one, from 1. */
  readonly when: number;
}

/** How a run with a fault in it ended. */
export interface Injected extends Outcome {
  /** Lines of the calls that strace made fail. */
  readonly failed: readonly string[];
}

export interface TraceOptions {
  /** Every process and thread, not only the thread that the command line runs on. */
  readonly all?: boolean;
  readonly timeoutMs?: number;
}

let traces = 0;

/** Calls are counted as a run makes them that starts its own launcher: one that cannot be started to wait is no fault. */
const usual = { MINI_ISOLATE_LAUNCHER: "" };

/** The calls of the supervisor's main thread (or, with `all`, of everybody) in one undisturbed run, in order. */
export async function traced(state: State, args: readonly string[], names: readonly string[], { all = false }: TraceOptions = {}): Promise<TracedCall[]> {
  const file = join(state.scratch, `trace-${++traces}`);
  const outcome = await state.mini(args, { env: usual, through: [stracePath, ...(all ? ["-f"] : []), "-qq", "-s", "300", "-e", `trace=${names.join(",")}`, "-e", "signal=none", "-o", file] });
  if (outcome.exitCode !== 0) throw new Error(`the undisturbed run ended with ${outcome.exitCode}: ${outcome.stderr}`);
  return callsIn(readFileSync(file, "utf8"));
}

/** Runs with one call failing. Each process and thread counts its calls for itself (strace(1), `when`). */
export async function withFault(state: State, args: readonly string[], { call, error, when }: Injection, { all = false, timeoutMs = 20_000 }: TraceOptions = {}): Promise<Injected> {
  const file = join(state.scratch, `trace-${++traces}`);
  const through = [stracePath, ...(all ? ["-f"] : []), "-qq", "-s", "300", "-e", `trace=${call}`, "-e", "signal=none", "-e", `inject=${call}:error=${error}:when=${when}`, "-o", file];
  const outcome = await state.mini(args, { env: usual, through, timeoutMs });
  return { ...outcome, failed: readFileSync(file, "utf8").split("\n").filter((line) => line.endsWith("(INJECTED)")) };
}

function callsIn(text: string): TracedCall[] {
  return text.split("\n").flatMap((line) => {
    const [, name] = /^(?:[0-9]+ +)?([a-z0-9_]+)\(/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, line }];
  });
}
