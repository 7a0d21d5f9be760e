/** A test in which several processes of the submission talk to a manager, and the manager says what they get. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { means } from "../../executor/plan/means.ts";
import { limits as limitTable } from "../../model/limits.ts";
import type { MountRule } from "../../model/mounts.ts";
import { recordOf } from "../checkers/check.ts";
import { cmsWord } from "../checkers/cms.ts";
import { failed } from "../checkers/protocol.ts";
import { groupRecord } from "../interact/group-record.ts";
import { groupTalk, pipeNames } from "../interact/group-talk.ts";
import type { Job } from "../job.ts";
import type { Kind, Test } from "../problem.ts";
import type { JuryResult } from "../programs/jury-run.ts";
import type { TestLimits } from "../records.ts";
import type { Submission } from "../submission.ts";
import { withTestFile } from "../test-file.ts";
import { isCompileError, type Attempt } from "./outcome.ts";

type Communication = Extract<Kind, { kind: "communication" }>;

/** Where pipes are in a box. */
const shownAt = "pipes";

export async function attemptCommunication(job: Job, submission: Submission, test: Test, kind: Communication): Promise<Attempt> {
  const { processes: count, protocol, io, manager } = kind;
  const jury = job.jury!;
  const [ready, limits] = [await jury.prepare(manager), await job.limits(submission, test)];
  const directory = jury.pipeDirectory(io === "fifo" ? count + 1 : 1);
  const [managerPipes, ...own] = directory.shown;
  const numbers = Array.from({ length: count }, (_, number) => number);
  const { loop = null, signals } = job.options;
  let said: JuryResult | null = null;
  try {
    const seen = await groupTalk({
      processes: numbers.map((number) => ({ stdin, stdoutTo, ...among }) => {
        const args = [...(io === "fifo" ? [pathOf(own[number]!, pipeNames.in), pathOf(own[number]!, pipeNames.out)] : []), ...(count > 1 || protocol === "hydro" ? [String(number)] : [])];
        return job.run({ source: submission.source!, language: submission.language }, test, { stdin, stdoutTo, among, args, mountRules: io === "fifo" ? rulesFor(own[number]!) : [] });
      }),
      manager: ({ waiter, signals: ownSignals, moments }) => withTestFile(test.input, async (input) => {
        said = await jury.run(ready, {
          args: () => numbers.flatMap((number) => [pathOf(managerPipes!, pipeNames.from(number)), pathOf(managerPipes!, pipeNames.to(number))]),
          stdin: { kind: "descriptor", fd: input },
          // Managers of CMS may read the input from a file of this name as well.
          ...(protocol === "cms" ? { files: { "input.txt": test.input }, filesInWorkdir: true } : {}),
          cpus: job.cpus,
          limits: managerLimits(count, limits),
          options: { waiter: waiter ?? null, signals: ownSignals ?? null, moments: moments ?? null, mountRules: rulesFor(managerPipes!) },
        });
        return said.run;
      }),
      managerPipes: managerPipes!,
      processPipes: io === "fifo" ? own : null,
      loop,
      ...(signals === undefined ? {} : { signals }),
    });
    const uncompiled = seen.processes.find(isCompileError);
    if (uncompiled !== undefined) return { run: uncompiled, passes: [] };
    const heard = said!;
    const check = recordOf(heard, heard.problem === null ? cmsWord(heard) : failed(heard.problem), ready, "manager");
    const runs = seen.processes.map((run) => job.recordOf(run, null));
    const pass = groupRecord(seen, runs, check, seen.transcript, protocol === "cms");
    return { run: seen.processes[0]!, passes: [{ ...pass, run: { ...pass.run!, output_bytes: seen.outputBytes } }] };
  } finally {
    rmSync(directory.path, { recursive: true, force: true });
  }
}

/** As a program in a box sees it; without namespaces, as it is. */
function pathOf(directory: string, name: string): string {
  return means().isolation === "none" ? join(directory, name) : `/${shownAt}/${name}`;
}

function rulesFor(directory: string): readonly MountRule[] {
  if (means().isolation === "none") return [];
  return [{ inside: shownAt, kind: "bind", source: directory, writable: true, devices: false, noExec: true, maybe: false, recursive: false }];
}

const leastSeconds = 10;

/** CMS's rule: as much as all processes together, with a second for each. On the clock it waits for them besides. */
function managerLimits(processes: number, { cpu_time_limit: cpu, wall_time_limit: wall }: TestLimits) {
  const seconds = Math.max(processes * ((cpu ?? leastSeconds) + 1), leastSeconds);
  return { cpuTime: seconds, wallTime: Math.min(2 * seconds + 1 + (wall ?? 0), limitTable.wall_time_limit.max) };
}
