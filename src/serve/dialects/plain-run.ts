/** A job that is one run of a source, for dialects whose requests are answered with its result. */
import type { Call } from "../http/dialect.ts";
import type { DialectName, Job, ProgramWork } from "../job.ts";

/** What the dialect says of the run; the rest is as plain as it can be. */
export type RunParts = Pick<ProgramWork, "language" | "files"> & Partial<ProgramWork>;

/** @param call whose client waits for the result: it is kept only until then */
export function runJobFor(call: Pick<Call, "caller">, dialect: DialectName, parts: RunParts): Job {
  return {
    id: crypto.randomUUID(),
    dialect,
    class: "interactive",
    key: call.caller.key,
    receivedAt: Date.now(),
    deadline: null,
    keepFor: 0,
    labels: {},
    isStreamed: false,
    callback: null,
    memo: null,
    work: {
      kind: "program", data: [], compilerOptions: [], args: [], environment: {}, compileLimits: {}, runLimits: {}, network: false, stderrToStdout: false, runs: 1,
      tests: [], stopsAtFailure: true, checker: null, filesOut: [], keepsOrder: false,
      ...parts,
    },
  };
}
