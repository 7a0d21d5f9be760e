/** Whether programs can be run: one was a moment ago, or the smallest one is run now, by a command of its own. */

import type { JobResult } from "../outcome.ts";

/** A program that ran within this time says enough. */
const freshMs = 15_000;
const patienceMs = 10_000;

export interface SandboxState {
  readonly problem: string | null;
  /** What bounds memory: `cgroup-v2`, `sampling` ... */
  readonly groups: string;
  /** They were there, and are not any more. */
  readonly groupsProblem: string | null;
}

export class SandboxTrial {
  #provenAt = -Infinity;
  #groups: string | null = null;
  #running: Promise<SandboxState> | null = null;
  #last: SandboxState = { problem: null, groups: "not known yet", groupsProblem: null };

  readonly command: readonly string[];
  readonly stateDir: string;
  readonly now: () => number;

  /** @param command what starts this program, and nothing behind it */
  constructor(command: readonly string[], stateDir: string, now: () => number = () => performance.now()) {
    [this.command, this.stateDir, this.now] = [command, stateDir, now];
  }

  /** A job ran. @param groups what bounded its memory; null: it is not known */
  proven(groups: string | null): void {
    this.#note(null, groups ?? this.#groups ?? "not known yet");
  }

  /** A result says it, unless nothing ran or the host was at fault. */
  provenBy({ outcome, tests, commands }: JobResult): void {
    const run = tests[0]?.run ?? commands[0]?.run ?? null;
    if (outcome === "finished" && run !== null && run.status !== "InternalError") this.proven(run.enforced.memory);
  }

  async look(): Promise<SandboxState> {
    if (this.now() - this.#provenAt <= freshMs) return this.#last;
    return await (this.#running ??= this.#try().finally(() => (this.#running = null)));
  }

  async #try(): Promise<SandboxState> {
    const child = Bun.spawn([...this.command, "run", "--json", "--state-dir", this.stateDir, "--", "/bin/true"], { stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: patienceMs, killSignal: "SIGTERM" });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    try {
      const result = JSON.parse(stdout) as { readonly status?: string; readonly error_message?: string | null; readonly error?: { readonly message: string }; readonly enforced?: { readonly memory: string } };
      // A host without /bin/true has run something all the same: the attempt to start it.
      const problem = result.status === undefined || result.status === "InternalError" ? (result.error_message ?? result.error?.message ?? "a program could not be run") : null;
      return this.#note(problem, result.enforced?.memory ?? this.#groups ?? "not known yet");
    } catch {
      return this.#note(stderr.split("\n")[0]?.replace(/^mini-isolate: /, "") || "a program did not run in time", this.#groups ?? "not known yet");
    }
  }

  #note(problem: string | null, groups: string): SandboxState {
    if (problem === null) this.#provenAt = this.now();
    const hadGroups = this.#groups?.startsWith("cgroup") === true;
    const lost = hadGroups && !groups.startsWith("cgroup") ? `control groups cannot be used any more: memory is bounded by ${groups}` : null;
    if (!hadGroups) this.#groups = groups;
    return (this.#last = { problem, groups, groupsProblem: lost });
  }
}
