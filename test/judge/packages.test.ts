// Problem packages of every format, end to end: each submission against what its package expects of it.
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { JudgingDocument } from "../../src/judge/document.ts";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/g++"), executable("/usr/bin/python3"));
const problems = join(import.meta.dir, "../fixtures/problems");

/** Some have tables of verdicts and scores of their own (kattis.test.ts, domjudge-polygon.test.ts). Of Hydro's problems only exported ones have submissions. */
const isHere = (name: string) => !/^(hydro|kattis|2025-09|domjudge|polygon)-/.test(name) || name === "hydro-named";
const withSubmissions = readdirSync(problems, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).filter(isHere).toSorted();

for (const name of withSubmissions) {
  claim(`${name}: every submission does what the package expects of it`, async () => {
    await using state = openState();
    const { exitCode, stdout, stderr } = await state.mini(["judge", join(problems, name), "--submissions", "--json", "--rerun-close", "none"], { timeoutMs: 120_000 });
    if (stdout === "") throw new Error(stderr);
    const { submissions, judge_errors: errors } = JSON.parse(stdout) as JudgingDocument;
    expect(errors).toEqual([]);
    expect(submissions.flatMap(({ path, verdict, as_expected, unexpected }) => (as_expected === false ? [{ path, verdict, unexpected }] : []))).toEqual([]);
    // Some packages say nothing of some submissions; none says nothing of all.
    expect(submissions.filter(({ as_expected }) => as_expected).length).toBeGreaterThan(0);
    expect(exitCode).toBe(submissions.every(({ as_expected, verdict }) => as_expected ?? verdict === "AC") ? 0 : 1);
  });
}
