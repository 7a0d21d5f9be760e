// `--time-limit infer`: what the submissions of a package say about its time limit.
import { expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JudgingDocument } from "../../src/judge/document.ts";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

/** Takes so many seconds of CPU time and is right. */
const burning = (seconds: number) => `import time\nn = int(input())\nwhile time.process_time() < ${seconds}: pass\nprint(n)\n`;

/** A package without a time limit. @param submissions sources by their paths below submissions/ */
function packageWith(state: State, submissions: Readonly<Record<string, string>>, limits = "  time_resolution: 0.1\n"): string {
  const place = join(state.scratch, "problem");
  mkdirSync(join(place, "data/secret"), { recursive: true });
  mkdirSync(join(place, "data/sample"), { recursive: true });
  writeFileSync(join(place, "problem.yaml"), `problem_format_version: 2025-09\nname: Echo\nuuid: 5ca6ba5b-36d5-4eff-8aa7-d967cbc4375e\nlimits:\n${limits}`);
  for (const name of ["sample/1", "secret/2"]) for (const ending of ["in", "ans"]) writeFileSync(join(place, `data/${name}.${ending}`), "7\n");
  for (const [path, source] of Object.entries(submissions)) {
    mkdirSync(join(place, "submissions", path, ".."), { recursive: true });
    writeFileSync(join(place, "submissions", path), source);
  }
  return place;
}

async function judge(state: State, ...args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly document: JudgingDocument; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await state.mini(["judge", ...args, "--json"]);
  return { exitCode, document: JSON.parse(stdout) as JudgingDocument, stderr };
}

claim("the slowest accepted submission says what the limit is, and who has to be out of time is", async () => {
  await using state = openState();
  const place = packageWith(state, { "accepted/quick.py": burning(0), "accepted/slow.py": burning(0.2), "time_limit_exceeded/endless.py": "while True: pass\n" });
  const { exitCode, document } = await judge(state, place);
  const { value, source, lower, upper, lower_by: by } = document.time_limit;
  expect([exitCode, source, by?.submission, document.submissions.map(({ verdict }) => verdict)]).toEqual([0, "inferred", "submissions/accepted/slow.py", ["AC", "AC", "TLE"]]);
  // Twice 0.2 s, and what Python takes beyond, rounded up to a tenth of a second.
  expect(value).toBeGreaterThanOrEqual(0.4);
  expect(value! * 10).toBeCloseTo(Math.round(value! * 10));
  expect(lower!).toBeLessThanOrEqual(value!);
  expect(upper!).toBeGreaterThanOrEqual(value!);
  expect(document.submissions.map(({ limits }) => limits.cpu_time_limit)).toEqual([value, value, value]);
});

claim("a submission that has to be out of time and is not slow enough is told", async () => {
  await using state = openState();
  const place = packageWith(state, { "accepted/slow.py": burning(0.2), "time_limit_exceeded/little.py": burning(0.25) });
  const { exitCode, document, stderr } = await judge(state, place, "--time-limit", "infer");
  expect([exitCode, document.submissions.map(({ verdict, as_expected }) => [verdict, as_expected])]).toEqual([1, [["AC", true], ["AC", false]]]);
  expect(stderr).toContain("the time limit must be at least");
});

claim("without a submission that has to be in time there is no limit, and the error says how to give one", async () => {
  await using state = openState();
  const place = packageWith(state, { "time_limit_exceeded/endless.py": "while True: pass\n" });
  expect(await state.mini(["judge", place])).toMatchObject({ exitCode: 64, stdout: expect.any(String), stderr: expect.stringContaining("cannot infer a time limit") });
  expect((await judge(state, place, "--time-limit", "0.3")).document.submissions.map(({ verdict }) => verdict)).toEqual(["TLE"]);
});

claim("a limit that the package has is not inferred unless that is asked for", async () => {
  await using state = openState();
  const place = packageWith(state, { "accepted/quick.py": burning(0) }, "  time_limit: 3\n");
  expect((await judge(state, place)).document.time_limit).toMatchObject({ value: 3, source: "package", lower: null });
  expect((await judge(state, place, "--time-limit", "infer")).document.time_limit).toMatchObject({ value: 1, source: "inferred" });
});
